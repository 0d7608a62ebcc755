/** One client's way to a server that the test plays: what is sent waits until the test carries it. */

import { Channels, type Label, type Link, type Message } from "../../src/client/channels";
import { FakeSocket } from "./fake_connection";

export abstract class FakePeer {
  /** Of the opening on the server; "" where there is none. */
  client = "";
  readonly down: Message[] = [];
  readonly socket = new FakeSocket();
  readonly channels = new Channels(this.socket);
  readonly link: Link;

  constructor(private readonly label: Label) {
    this.link = this.channels.link(label);
    this.channels.close();
  }

  /** The server has a message of this client. */
  protected abstract answer(message: Message, label: string): void;

  push(message: Message): void {
    this.down.push(JSON.parse(JSON.stringify(message)) as Message);
  }

  get isUp(): boolean {
    return this.socket.isUp;
  }

  connect(): void {
    this.socket.isUp = true;
    this.channels.socketUp();
  }

  /** Loses what is under way, in both directions. */
  cut(): void {
    this.socket.isUp = false;
    this.socket.sent.length = 0;
    this.down.length = 0;
    this.client = "";
    this.channels.socketDown();
  }

  /** Carries one message to the server; false if there was none. */
  up(): boolean {
    const sent = this.socket.sent.shift();
    if (sent) this.answer(JSON.parse(JSON.stringify(sent.data)) as Message, sent.label);
    return sent !== undefined;
  }

  /** Carries one message to the client; false if there was none. */
  hear(): boolean {
    const message = this.down.shift();
    if (message) this.channels.hear(this.label, message);
    return message !== undefined;
  }

  /** Carries one message each way; false if there was none. */
  step(): boolean {
    return [this.up(), this.hear()].includes(true);
  }
}

/** Carries until nothing is under way. */
export function carry(...peers: FakePeer[]): void {
  for (let moved = true; moved; ) moved = peers.map((peer) => peer.step()).includes(true);
}
