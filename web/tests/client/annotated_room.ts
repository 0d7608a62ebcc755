/** A meeting of us and Bo, as far as marks and control need one: Bo shares `tr_bo`, we share `tr_own`. */

import { Channels, type Message } from "../../src/client/channels";
import { Emitter } from "../../src/client/emitter";
import { Live } from "../../src/client/live";
import type { MeetingEvents } from "../../src/client/meeting";
import { Roster } from "../../src/client/roster";
import type { Track } from "../../src/client/types";
import { type FakeChannel, FakeConnection, FakeSocket } from "./fake_connection";

export class AnnotatedRoom {
  readonly roster = new Roster();
  readonly channels = new Channels(new FakeSocket());
  readonly live = new Live(this.channels.link("live"));
  readonly events = new Emitter<MeetingEvents>();
  private connection = new FakeConnection();

  constructor() {
    this.roster.self = "pa_ada";
    for (const [id, participant] of [
      ["tr_own", "pa_ada"],
      ["tr_bo", "pa_bo"],
    ] as const)
      this.roster.tracks.set(id, { id, participant, source: "screen", kind: "video" } as Track);
  }

  on<Name extends keyof MeetingEvents>(
    name: Name,
    listener: (event: MeetingEvents[Name]) => void,
  ): () => void {
    return this.events.on(name, listener);
  }

  /** A new way to the server. */
  connect(): void {
    this.connection = new FakeConnection();
    this.channels.attach(this.connection.real);
    for (const channel of this.connection.channels.values()) channel.open();
  }

  disconnect(): void {
    this.channels.attach(null);
  }

  channel(label: string): FakeChannel {
    const channel = this.connection.channels.get(label);
    if (!channel) throw new Error(`no channel ${label}`);
    return channel;
  }

  /** What was sent under a label, the newest last. */
  sent(label: string): Message[] {
    return this.channel(label).sent as Message[];
  }

  end(track: string): void {
    this.roster.tracks.delete(track);
    this.events.emit("track_unpublished", { track });
  }
}
