/** The server's side of one board, by the protocol, for several clients. */

import { type Change, Elements } from "../../src/client/board_elements";
import type { Message } from "../../src/client/channels";
import { SharedBoard } from "../../src/client/shared_board";
import { FakePeer } from "./fake_peer";

interface Stored {
  version: number;
  client: string;
  seq: number;
  changes: Change[];
}

/** What an ack says of the entries that had no effect; nothing where it is given again. */
interface Ignored {
  ignored: string[];
  ignored_at?: number[];
}

export class BoardServer {
  readonly elements = new Elements();
  readonly stored: Stored[] = [];
  readonly peers: BoardPeer[] = [];
  /** Errors for the next submits, in order. */
  readonly refusals: string[] = [];
  /** Who lacks more gets a snapshot. */
  mostChanges = 5;

  constructor() {
    this.elements.apply({ op: "page", id: "p1" });
  }

  lastSeq(client: string): number {
    return Math.max(0, ...this.stored.filter((one) => one.client === client).map(({ seq }) => seq));
  }

  content(): { pages: unknown[]; elements: unknown[] } {
    return { pages: [...this.elements.pages.values()], elements: [...this.elements.alive.values()] };
  }

  answer(peer: BoardPeer, message: Message): void {
    if (message.t === "open") this.open(peer, message);
    else if (message.t === "submit") this.submit(peer, message);
    else if (message.t === "close") peer.client = "";
  }

  private open(peer: BoardPeer, message: Message): void {
    peer.client = String(message.client);
    const version = this.stored.length;
    const seq = this.lastSeq(peer.client);
    const common = { board: "b", re: message.id, epoch: "one", seq };
    if (typeof message.version === "number" && version - message.version <= this.mostChanges) {
      const changes = this.stored.slice(message.version);
      peer.push({ t: "changes", ...common, changes });
    } else peer.push({ t: "snapshot", ...common, version, ...this.content() });
  }

  private submit(peer: BoardPeer, message: Message): void {
    const seq = Number(message.seq);
    const about = { board: "b", re: message.id, seq };
    const before = this.stored.find((one) => one.client === peer.client && one.seq === seq);
    if (peer.client === "") peer.push({ t: "error", ...about, code: "conflict" });
    else if (before) peer.push({ t: "ack", ...about, version: before.version });
    else if (seq !== this.lastSeq(peer.client) + 1) peer.push({ t: "error", ...about, code: "conflict" });
    else if (this.refusals.length > 0)
      peer.push({ t: "error", ...about, code: this.refusals.shift() as string, retry_ms: 50 });
    else this.commit(peer, seq, message.changes as Change[], about);
  }

  private commit(peer: BoardPeer, seq: number, changes: Change[], about: object): void {
    const ignored: number[] = [];
    const made: Change[] = [];
    for (const [place, change] of changes.entries()) {
      const { alive, gone } = this.elements;
      const known = alive.has(change.id);
      const meaningless =
        (change.op === "put" && gone.has(change.id)) ||
        (change.op === "delete" && !known) ||
        (change.op === "restore" && !gone.has(change.id));
      if (meaningless) {
        ignored.push(place);
        continue;
      }
      this.elements.apply(change);
      const { id: _, ...props } = alive.get(change.id) ?? { id: "" };
      made.push(change.op === "restore" ? { ...change, props: props as never } : change);
    }
    const stored: Stored = {
      version: this.stored.length + 1,
      client: peer.client,
      seq,
      changes: made,
    };
    this.stored.push(stored);
    for (const other of this.peers)
      if (other !== peer && other.client !== "") other.push({ t: "change", board: "b", ...stored });
    const told: Ignored = { ignored: ignored.map((place) => changes[place]?.id ?? "") };
    if (ignored.length > 0) told.ignored_at = ignored;
    peer.push({ t: "ack", ...about, version: stored.version, ...told, ...this.restored(stored) });
  }

  private restored({ changes }: Stored): object {
    const restored = changes.filter(({ op }) => op === "restore").map(({ id, ...rest }) => ({ id, ...rest }));
    return restored.length > 0 ? { restored } : {};
  }
}

export class BoardPeer extends FakePeer {
  readonly board: SharedBoard;

  constructor(
    private readonly server: BoardServer,
    name: string,
    messageBytes = 65_536,
  ) {
    super("whiteboard");
    this.board = new SharedBoard({
      id: "b",
      link: this.link,
      client: name,
      fetch: () => Promise.reject(new Error("unused")),
      messageBytes: () => messageBytes,
    });
    this.link.observe({
      up: () => this.board.up(),
      down: () => this.board.down(),
      heard: (message) => this.board.heard(message),
    });
    server.peers.push(this);
  }

  protected answer(message: Message): void {
    this.server.answer(this, message);
  }
}
