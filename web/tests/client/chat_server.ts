/** The server's side of one chat, by the protocol, for several clients: what it stores, and who hears of it. */

import type { Message } from "../../src/client/channels";
import { FakePeer } from "./fake_peer";

export interface Stored {
  [field: string]: unknown;
  version: number;
  from: string;
  name: string;
  text: string;
  to?: string;
  client: string;
  seq: number;
  at: number;
}

export class ChatServer {
  epoch = "first";
  readonly messages: Stored[] = [];
  /** Errors for the next changes, in order. */
  readonly refusals: { code: string; retry_ms?: number }[] = [];
  snapshotSize = 200;
  readonly peers: ChatPeer[] = [];

  history(identity: string, after: number, limit: number): Stored[] {
    return this.readable(identity)
      .filter(({ version }) => version > after)
      .slice(0, limit);
  }

  readable(identity: string): Stored[] {
    return this.messages.filter(({ to, from }) => to === undefined || to === identity || from === identity);
  }

  lastSeq(identity: string, client: string): number {
    const own = this.messages.filter((one) => one.from === identity && one.client === client);
    return Math.max(0, ...own.map(({ seq }) => seq));
  }

  answer(peer: ChatPeer, message: Message): void {
    const { id } = message;
    if (message.t === "open") {
      for (const other of this.peers) {
        if (other.identity === peer.identity && other.client === message.client) other.client = "";
      }
      peer.client = String(message.client);
      const known = typeof message.version === "number" && message.epoch === this.epoch;
      const seq = this.lastSeq(peer.identity, peer.client);
      const all = this.readable(peer.identity);
      const version = this.messages.length;
      if (known) {
        const messages = all.filter((one) => one.version > Number(message.version));
        peer.push({ t: "changes", re: id, epoch: this.epoch, seq, messages });
      } else {
        const messages = all.slice(-this.snapshotSize);
        peer.push({ t: "snapshot", re: id, epoch: this.epoch, version, seq, messages });
      }
    } else if (message.t === "say") this.say(peer, message);
    else peer.push({ t: "error", re: id, code: "bad_message", message: "" });
  }

  private say(peer: ChatPeer, message: Message): void {
    const { id, text, to } = message;
    const seq = Number(message.seq);
    const refuse = (code: string, more = {}): void =>
      peer.push({ t: "error", re: id, seq, code, message: "", ...more });
    if (peer.client === "") {
      refuse("conflict");
      return;
    }
    const before = this.messages.find(
      (one) => one.client === peer.client && one.from === peer.identity && one.seq === seq,
    );
    if (before) {
      peer.push({ t: "ack", re: id, seq, version: before.version });
      return;
    }
    if (seq !== this.lastSeq(peer.identity, peer.client) + 1) {
      refuse("conflict");
      return;
    }
    const refusal = this.refusals.shift();
    if (refusal) {
      refuse(refusal.code, refusal);
      return;
    }
    const version = this.messages.length + 1;
    const { identity: from, client } = peer;
    const stored: Stored = {
      version,
      from,
      name: from.toUpperCase(),
      text: String(text),
      at: version * 1_000,
      client,
      seq,
      ...(typeof to === "string" ? { to } : {}),
    };
    this.messages.push(stored);
    for (const other of this.peers) {
      if (other !== peer && other.client !== "" && this.readable(other.identity).includes(stored))
        other.push({ t: "message", ...stored });
    }
    peer.push({ t: "ack", re: id, seq, version });
  }
}

export class ChatPeer extends FakePeer {
  constructor(
    private readonly server: ChatServer,
    readonly identity: string,
  ) {
    super("chat");
    server.peers.push(this);
  }

  protected answer(message: Message): void {
    this.server.answer(this, message);
  }
}
