/** The server's side of one document, by the protocol, for several clients: what it stores, and who hears of it. */

import Delta from "quill-delta";
import type { Message } from "../../src/client/channels";
import { SharedDocument } from "../../src/client/document";
import { Anchor } from "../../src/client/document_notes";
import type { KeptEdits } from "../../src/client/kept_edits";
import { Live } from "../../src/client/live";
import { RequestError } from "../../src/client/signaling";
import { FakePeer } from "./fake_peer";

export const DOC = "do_1";

export interface Committed {
  [field: string]: unknown;
  version: number;
  client: string;
  seq: number;
  delta: Delta;
}

interface Said {
  id: string;
  text: string;
  author: string;
  quote: string;
  anchor: Anchor;
  state: "open" | "detached";
}

/** A refusal by the protocol. */
class Refused extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export class DocumentServer {
  epoch = "first";
  /** By version, from 2 on. */
  log: Committed[] = [];
  /** Versions that `history` has no more. */
  forgotten = 0;
  /** Errors for the next submits, in order. */
  readonly refusals: { code: string; retry_ms?: number }[] = [];
  baseWindow = 5;
  mostChanges = 6;
  /** Longer content is fetched. */
  longBytes = 48 * 1024;
  /** Whether HTTP requests fail. */
  unreachable = false;
  /** The largest message that came, in bytes. */
  largest = 0;
  readonly peers: DocumentPeer[] = [];
  private readonly acks = new Map<string, Message>();
  private readonly comments = new Map<string, Said>();
  private readonly pages = new Map<string, object>();

  constructor(private first = new Delta().insert("\n")) {}

  get version(): number {
    return this.log.length + 1;
  }

  contentAt(version: number): Delta {
    return this.log.slice(0, version - 1).reduce((content, { delta }) => content.compose(delta), this.first);
  }

  get content(): Delta {
    return this.contentAt(this.version);
  }

  places(): [string, number, number][] {
    return [...this.comments.values()].map(({ id, anchor: { start, end } }) => [id, start, end - start]);
  }

  lastSeq(client: string): number {
    let seq = 0;
    while (this.acks.has(`${client} ${seq + 1}`)) seq += 1;
    return seq;
  }

  /** A backup was put back: history is another one. */
  putBack(content: Delta): void {
    this.epoch = "second";
    this.first = content;
    this.log = [];
    this.acks.clear();
    this.comments.clear();
  }

  /** A change from somebody with other habits than our clients'. */
  submitCarelessly(delta: Delta): void {
    this.commit(null, "other", this.lastSeq("other") + 1, delta, false);
    this.acks.set(`other ${this.lastSeq("other") + 1}`, { t: "ack" });
  }

  /** Drops what waits for a slow reader, answers too, for one snapshot. */
  fallBehind(peer: DocumentPeer): void {
    if (peer.client === "" || peer.down.some(({ re }) => re === peer.openedAs)) return;
    peer.down.length = 0;
    peer.push({ t: "snapshot", doc: DOC, ...this.snapshot(peer) });
  }

  http(path: string): Promise<Response> {
    if (this.unreachable) return Promise.reject(new TypeError("no network"));
    const page = this.pages.get(path);
    if (page) return answered(page);
    const version = /documents\/do_1\/content\?version=(\d+)$/.exec(path);
    if (!version || Number(version[1]) < this.forgotten)
      return Promise.reject(new RequestError("not_found", path));
    return answered({ delta: this.contentAt(Number(version[1])) });
  }

  answer(peer: DocumentPeer, message: Message): void {
    this.largest = Math.max(this.largest, new TextEncoder().encode(JSON.stringify(message)).length);
    const { id, seq } = message;
    const reply = (answer: Message): void => peer.push({ doc: DOC, re: id, ...answer });
    try {
      if (message.t === "open") this.open(peer, message, reply);
      else if (message.t === "close") peer.client = "";
      else if (message.t === "history") this.history(message, reply);
      else this.change(peer, message, reply);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      reply({ t: "error", code: error.code, message: "", ...(seq === undefined ? {} : { seq }) });
    }
  }

  private open(peer: DocumentPeer, message: Message, reply: (answer: Message) => void): void {
    for (const other of this.peers) if (other.client === message.client) other.client = "";
    peer.client = String(message.client);
    peer.openedAs = message.id;
    const version = Number(message.version ?? 0);
    const known = message.version !== null && message.epoch === this.epoch && version <= this.version;
    if (known) this.sendChanges(peer, version, reply);
    else reply({ t: "snapshot", ...this.snapshot(peer) });
  }

  private snapshot(peer: DocumentPeer): object {
    const { epoch, version } = this;
    const seq = this.lastSeq(peer.client);
    const bulk = { delta: { ops: this.content.ops }, comments: this.notes(), reviews: [] };
    return { epoch, version, seq, ...this.brief(bulk) };
  }

  private brief(bulk: object): object {
    if (JSON.stringify(bulk).length <= this.longBytes) return bulk;
    const url = `/api/v1/documents/${DOC}/page/${this.pages.size}`;
    this.pages.set(url, bulk);
    return { url };
  }

  /** A long change says where its delta is. */
  private told({ delta, ...rest }: Committed): object {
    return { ...rest, ...this.brief({ delta }) };
  }

  private sendChanges(peer: DocumentPeer, version: number, reply: (answer: Message) => void): void {
    const changes = this.log.slice(version - 1).map((change) => this.told(change));
    const long = changes.length > this.mostChanges || version <= this.forgotten;
    const { epoch } = this;
    if (long) reply({ t: "snapshot", ...this.snapshot(peer) });
    else
      reply({
        t: "changes",
        epoch,
        seq: this.lastSeq(peer.client),
        changes,
        comments: this.notes(),
        reviews: [],
      });
  }

  private history(message: Message, reply: (answer: Message) => void): void {
    const from = Number(message.from);
    const to = Math.min(Number(message.to), from + this.mostChanges - 1);
    if (from <= this.forgotten) throw new Refused("stale");
    if (from < 2 || to < from) throw new Refused("bad_message");
    const changes = this.log.slice(from - 2, to - 1).map((change) => this.told(change));
    reply({ t: "history", to, ...this.brief({ changes }) });
  }

  private change(peer: DocumentPeer, message: Message, reply: (answer: Message) => void): void {
    const seq = Number(message.seq);
    if (peer.client === "") throw new Refused("conflict");
    const known = this.acks.get(`${peer.client} ${seq}`);
    if (known) {
      reply(known);
      return;
    }
    if (seq !== this.lastSeq(peer.client) + 1) throw new Refused("conflict");
    const refusal = message.t === "submit" ? this.refusals.shift() : undefined;
    if (refusal) {
      reply({ t: "error", seq, message: "", ...refusal });
      return;
    }
    const base = Number(message.base ?? this.version);
    if (base > this.version) throw new Refused("conflict");
    if (base < this.version - this.baseWindow) {
      this.sendChanges(peer, base, reply);
      return;
    }
    const since = this.log.slice(base - 1).map(({ delta }) => delta);
    let made = {};
    let moved: Said[] = [];
    if (message.t === "submit" || message.t === "restore") {
      const restores = message.t === "restore";
      const delta = restores
        ? replacing(this.content, this.contentAt(Number(message.version)))
        : since.reduce((change, over) => over.transform(change, true), new Delta(message.delta as Delta));
      if (!validate(this.content.compose(delta))) {
        // The later author has to rebase.
        if (since.length === 0) throw new Refused("bad_message");
        this.sendChanges(peer, base, reply);
        return;
      }
      moved = this.commit(peer, peer.client, seq, delta, restores);
    } else if (message.t === "comment") {
      const id = `co_${this.acks.size}`;
      this.comments.set(id, this.said(id, peer, message, since));
      made = { comment: id };
      this.tell([id]);
    } else throw new Refused("bad_message");
    const ack = { t: "ack", seq, version: this.version, ...made };
    this.acks.set(`${peer.client} ${seq}`, ack);
    reply(ack);
    this.tell(moved.map(({ id }) => id));
  }

  private said(id: string, peer: DocumentPeer, message: Message, since: Delta[]): Said {
    const start = Number(message.index);
    const anchor = new Anchor(start, start + Number(message.length));
    for (const change of since) anchor.move(change);
    if (anchor.detached) throw new Refused("conflict");
    if (anchor.end > this.content.length()) throw new Refused("bad_message");
    const quote = plain(this.content.slice(anchor.start, anchor.end));
    return { id, text: String(message.text), author: peer.identity, quote, anchor, state: "open" };
  }

  private commit(
    by: DocumentPeer | null,
    client: string,
    seq: number,
    delta: Delta,
    tellAuthor: boolean,
  ): Said[] {
    const author = { identity: by?.identity ?? "other", name: by?.identity ?? "other" };
    const change = { version: this.version + 1, client, seq, delta, author, at: this.version * 1_000 };
    this.log.push(change);
    for (const peer of this.peers)
      if (peer.client !== "" && (peer !== by || tellAuthor))
        peer.push({ t: "change", doc: DOC, ...this.told(change) });
    const moved: Said[] = [];
    for (const said of this.comments.values()) {
      said.anchor.move(delta);
      if (!said.anchor.detached || said.state === "detached") continue;
      said.state = "detached";
      moved.push(said);
    }
    return moved;
  }

  private tell(ids: readonly string[]): void {
    for (const id of ids)
      for (const peer of this.peers)
        if (peer.client !== "") peer.push({ t: "comment", doc: DOC, comment: this.note(id) });
  }

  private notes(): object[] {
    return [...this.comments.keys()].map((id) => this.note(id));
  }

  private note(id: string): object {
    const { anchor, author, ...said } = this.comments.get(id) as Said;
    const place = { index: anchor.start, length: anchor.end - anchor.start };
    return {
      ...said,
      ...place,
      thread: id,
      author: { identity: author, name: author },
      at: 1,
      updated_at: 1,
    };
  }
}

/** One client: its way to the server, its document, and an editor that shows what it is told. */
export class DocumentPeer extends FakePeer {
  /** `id` of the opening on the server. */
  openedAs: unknown = null;
  /** What a real editor would show: its own typing, and every `change`. */
  shown = new Delta();
  readonly refused: string[] = [];
  readonly live = new Live(this.channels.link("live"));
  readonly document: SharedDocument;

  constructor(
    private readonly server: DocumentServer,
    readonly identity: string,
    private readonly name = `client of ${identity}`,
    private readonly kept: KeptEdits | null = null,
  ) {
    super("documents");
    server.peers.push(this);
    const { link, live } = this;
    this.document = new SharedDocument(DOC, {
      link,
      live,
      client: name,
      messageBytes: () => 65_536,
      who: (participant) => ({ identity: participant.replace("pa_", ""), name: participant.toUpperCase() }),
      self: () => `pa_${identity}`,
      kept,
      http: (path) => server.http(path),
    });
    this.document.on("change", ({ delta }) => {
      this.shown = this.shown.compose(delta);
    });
    this.document.on("replaced", () => {
      this.shown = this.document.content;
    });
    this.document.on("refused", ({ code }) => this.refused.push(code));
    link.observe({
      up: () => this.document.up(),
      down: () => this.document.down(),
      heard: (message) => this.document.hear(message),
    });
  }

  /** As an editor does: shown first, then told. */
  type(change: Delta): void {
    this.shown = this.shown.compose(change);
    this.document.edit(change);
  }

  insert(index: number, text: string): void {
    this.type(new Delta().retain(index).insert(text));
  }

  /** The page goes, and the next one comes, which is returned; it is not connected yet. */
  reload(): DocumentPeer {
    this.document.keep();
    this.cut();
    this.document.end("ended");
    this.server.peers.splice(this.server.peers.indexOf(this), 1);
    return new DocumentPeer(this.server, this.identity, `${this.name}'`, this.kept);
  }

  protected answer(message: Message, label: string): void {
    if (label === "documents") this.server.answer(this, message);
    else
      for (const other of this.server.peers)
        if (other !== this && other.isUp)
          other.channels.hear("live", { ...message, participant: `pa_${this.identity}` });
  }
}

/** Carries until nothing is under way. */
export async function carry({ peers }: DocumentServer): Promise<void> {
  let rounds = 0;
  for (let moved = true; moved; rounds += 1) {
    if (rounds > 5_000) throw new Error("the clients never come to rest");
    moved = peers.map((peer) => peer.step()).includes(true);
    // What is fetched comes by promises.
    if (!moved) for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
    moved ||= peers.some((peer) => peer.socket.sent.length > 0);
  }
}

export function plain(content: Delta): string {
  return content.ops.map(({ insert }) => (typeof insert === "string" ? insert : "*")).join("");
}

/** The change of one content to another, all but its last line break. */
function replacing(old: Delta, fresh: Delta): Delta {
  const attributes = Delta.AttributeMap.diff(old.ops.at(-1)?.attributes, fresh.ops.at(-1)?.attributes);
  const body = fresh.slice(0, fresh.length() - 1);
  return body.delete(old.length() - 1).retain(1, attributes);
}

/** What a document reads of a response. */
function answered(content: object): Promise<Response> {
  const text = JSON.stringify(content);
  return Promise.resolve({ json: () => Promise.resolve(JSON.parse(text)) } as Response);
}

function validate({ ops }: Delta): boolean {
  const last = ops.at(-1)?.insert;
  if (ops.some(({ insert }) => insert === undefined)) throw new Refused("bad_message");
  return typeof last === "string" && last.endsWith("\n");
}
