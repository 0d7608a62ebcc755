/** One document without a meeting: what a share link opens. No media, and the signaling socket alone. */

import { signalingUrl } from "./address";
import { Channels, MESSAGE_BYTES } from "./channels";
import { SharedDocument } from "./document";
import { Documents } from "./documents";
import { Emitter } from "./emitter";
import { closeWords } from "./endings";
import { request } from "./http";
import { Line } from "./line";
import { Live } from "./live";
import { Roster } from "./roster";
import type { SessionOptions } from "./signaling";
import { randomClient } from "./topic";
import type { Limits, Participant } from "./types";

export interface DocumentSessionOptions {
  /** The server, as `https://meet.example`; the page's own unless told. */
  url?: string;
  /** That of the share link. */
  token: string;
  /** What others see beside our cursor. */
  name?: string;
  /** Needed where the token does not say. */
  doc?: string;
  /** For tests outside browsers. */
  socket?: SessionOptions["socket"];
}

export interface DocumentSessionEvents {
  /** `title`, `me` or `isUp` may be different. */
  changed: object;
  /** It is over: removed, revoked, or the server cannot be reached. */
  closed: { code: number; reason: string };
}

export class DocumentSession {
  readonly document: SharedDocument;

  private readonly events = new Emitter<DocumentSessionEvents>();
  private readonly line: Line;
  private readonly live: Live;
  private readonly channels: Channels;
  private readonly documents: Documents;
  private readonly roster = new Roster();
  private limits: Limits = {};

  /** Returns at once; `document` opens by itself. Throws `TypeError` for a token that is of no document. */
  static connect(options: DocumentSessionOptions): DocumentSession {
    return new DocumentSession(options);
  }

  private constructor(options: DocumentSessionOptions) {
    const { url, token, name, socket } = options;
    const doc = options.doc ?? topicOf(token);
    this.line = new Line(
      {
        url: signalingUrl(url),
        token,
        client: "web",
        ...(name ? { name } : {}),
        ...(socket ? { socket } : {}),
      },
      {
        opened: () => {},
        up: (joined) => {
          this.limits = joined.limits ?? {};
          this.channels.socketUp();
        },
        down: () => {
          this.channels.socketDown();
          this.changed();
        },
        over: (closed) => this.end(closed.code),
        refused: () => {},
      },
    );
    this.channels = new Channels(this.line);
    // There is no peer connection to wait for.
    this.channels.close();
    this.live = new Live(this.channels.link("live"));
    const host = {
      link: this.channels.link("documents"),
      live: this.live,
      client: randomClient(),
      messageBytes: () => this.limits.data_message_bytes ?? MESSAGE_BYTES,
      who: (participant: string) => this.roster.participants.get(participant) ?? null,
      self: () => this.roster.self,
      http: (path: string, init?: RequestInit) =>
        request(this.line.address, this.line.token ?? token, path, init),
    };
    this.documents = new Documents(host);
    this.document = this.documents.attach(new SharedDocument(doc, host));
    this.roster.follow(this.line, () => {
      this.documents.know(this.roster.room?.documents);
      this.changed();
    });
    this.line.on("participant_left", ({ participant }) => this.documents.left(participant));
    this.line.on("channel", ({ label, data }) => this.channels.hear(label, data));
    this.line.open();
  }

  /** False while the way to the server is down; what is typed waits. */
  get isUp(): boolean {
    return this.line.isUp;
  }

  /** What the document is called; "" before it is known. */
  get title(): string {
    return this.documents.list.find(({ id }) => id === this.document.id)?.title ?? "";
  }

  /** Ourselves; null before we are in. */
  get me(): Participant | null {
    return this.roster.participants.get(this.roster.self) ?? null;
  }

  /** Those this session is told of, by id. */
  get participants(): ReadonlyMap<string, Participant> {
    return this.roster.participants;
  }

  /** Calls `listener` for every event of that name; returns the call that stops it. */
  on<Name extends keyof DocumentSessionEvents>(
    name: Name,
    listener: (event: DocumentSessionEvents[Name]) => void,
  ): () => void {
    return this.events.on(name, listener);
  }

  /** Closes the document and leaves. */
  async close(): Promise<void> {
    this.document.close();
    await this.line.leave();
  }

  private changed(): void {
    this.events.emit("changed", {});
  }

  private end(code: number): void {
    this.document.end(code === 1000 ? "" : "ended");
    this.live.close();
    this.changed();
    this.events.emit("closed", { code, reason: closeWords(code) });
  }
}

/** The topic that a share link's token is for (the claim `topic`). */
function topicOf(token: string): string {
  const claims = token.split(".")[1] ?? "";
  try {
    const { topic } = JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))) as {
      topic?: unknown;
    };
    if (typeof topic === "string") return topic;
  } catch {
    // Told below.
  }
  throw new TypeError("this token is of no document");
}
