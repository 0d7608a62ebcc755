/**
 * A document as an editor uses it: what is shown, what is typed, and a link that comes and goes.
 *
 * Typing never waits: `edit` takes what the editor shows already, `change` tells it what else is to be shown.
 */

import Delta, { type Op } from "quill-delta";
import type { Link, Message } from "./channels";
import type { DocumentCursor } from "./document_cursors";
import {
  Anchor,
  type Author,
  author,
  type PlacedComment,
  type Review,
  type ReviewStatus,
} from "./document_notes";
import { DocumentPresence } from "./document_presence";
import { DocumentQuestions } from "./document_questions";
import { DocumentSync } from "./document_sync";
import { Emitter } from "./emitter";
import { asInit, documentPath, type HttpRequest } from "./http";
import type { Kept, KeptEdits } from "./kept_edits";
import type { Live } from "./live";
import { RequestError } from "./signaling";

export type { DocumentCursor } from "./document_cursors";
export type { Author, PlacedComment, Review, ReviewStatus } from "./document_notes";

/** A version of a document: what made it of the one before. */
export interface Change {
  readonly version: number;
  readonly author: Author;
  /** UTC milliseconds since 1970. */
  readonly at: number;
  readonly delta: Delta;
}

export type DocumentState = "opening" | "open" | "offline" | "closed";

export interface DocumentEvents {
  /** To be applied to the editor. `own`: by `undo` or `redo` here. */
  change: { delta: Delta; own: boolean };
  /** The content is another as a whole: an editor takes `content` anew. The first content comes so, too. */
  replaced: object;
  /** `state`, `saved`, `canUndo` or `canRedo` are different. */
  state: object;
  /** Comments or reviews are other ones; where comments stand is different after every change. */
  notes: object;
  cursors: object;
  /** What was typed was refused and is taken back: a code of the protocol, `stale` where it came too late. */
  refused: { code: string };
}

/** What a document needs of whoever has it open. */
export interface DocumentHost {
  readonly link: Link;
  readonly live: Live;
  /** Random, new at each page load. */
  readonly client: string;
  /** What a message may have. */
  messageBytes(): number;
  /** Who a participant is; null for a stranger. */
  who(participant: string): { identity: string; name: string } | null;
  /** Our own participant id. */
  self(): string;
  /** Where what is not saved outlives a reload of the page; null: nowhere. */
  readonly kept?: KeptEdits | null;
  /** A request to this server under `/api/v1`; throws `RequestError` unless it is answered well. */
  http(path: string, init?: RequestInit): Promise<Response>;
}

// An answer takes one round trip and one commit; beyond this something is in its way.
const ANSWER_WITHIN_MS = 2_500;
const RETRY_MS = 1_000;
const PASSING = new Set(["rate_limited", "unavailable"]);

export class SharedDocument {
  private readonly events = new Emitter<DocumentEvents>();
  private readonly sync: DocumentSync;
  private readonly presence: DocumentPresence;
  private readonly questions: DocumentQuestions;
  /** What came and is not taken yet: somebody composes a letter, or content is fetched. */
  private incoming: Message[] = [];
  private holds = 0;
  private fetching = false;
  /** What was typed on an earlier page, until the content it was typed into is here. */
  private earlier: Kept | null;
  /** Of the link: what was asked before it came up is not answered after. */
  private generation = 0;
  private why = "";
  private isClosed = false;
  private shown = "";
  private wasLive = false;
  private told = new Set<"notes" | "cursors">();
  private refusals: string[] = [];
  private overdue: ReturnType<typeof setTimeout> | null = null;
  private again: ReturnType<typeof setTimeout> | null = null;

  constructor(
    readonly id: string,
    private readonly host: DocumentHost,
    /** Called once, when it is closed by either side. */
    private readonly ended: () => void = () => {},
  ) {
    const { link, messageBytes } = host;
    this.earlier = host.kept?.take(id) ?? null;
    const client = this.earlier?.client ?? host.client;
    this.sync = new DocumentSync(
      { doc: id, client, messageBytes, nextId: () => link.nextId() },
      {
        send: (message) => this.send(message),
        changed: (delta, own) => this.changed(delta, own),
        replaced: () => {
          this.presence.reset(this.sync.version);
          this.events.emit("replaced", {});
          this.events.emit("cursors", {});
        },
        committed: (version, change, by) => {
          this.presence.committed(version, change, by);
          this.told.add("cursors");
        },
        notes: () => this.told.add("notes"),
        refused: (code) => this.refusals.push(code),
        closed: (reason) => this.end(reason),
        later: (delayMs) => this.later(delayMs),
      },
    );
    this.questions = new DocumentQuestions(link, (message) => this.send({ ...message, doc: id }));
    this.presence = new DocumentPresence({
      doc: id,
      live: host.live,
      version: () => (this.sync.live ? this.sync.version : null),
      pending: () => this.sync.pending,
      who: (participant) => host.who(participant),
      self: () => host.self(),
      changed: () => this.events.emit("cursors", {}),
    });
    this.settle();
  }

  // --- what there is ------------------------------------------------------------------------------------

  /** `opening` until there is content; `offline` while what is typed waits for the link. */
  get state(): DocumentState {
    if (this.isClosed) return "closed";
    if (this.sync.live) return "open";
    return this.sync.edits ? "offline" : "opening";
  }

  /** Why it is closed: a code of the protocol, `deleted`, or "" where we closed it. */
  get closedBecause(): string {
    return this.why;
  }

  /** What is shown: confirmed, in flight and waiting. */
  get content(): Delta {
    return this.sync.content;
  }

  /** Whether nothing of ours waits to be stored. */
  get saved(): boolean {
    return this.sync.saved;
  }

  /** The newest version that is here. */
  get version(): number {
    return this.sync.version;
  }

  get canUndo(): boolean {
    return this.sync.undo.canUndo;
  }

  get canRedo(): boolean {
    return this.sync.undo.canRedo;
  }

  /** By place. */
  get comments(): readonly PlacedComment[] {
    return this.sync.notes.placed(this.sync.pending);
  }

  get reviews(): readonly Review[] {
    return this.sync.notes.reviews;
  }

  /** Where others are, by participant. */
  get cursors(): ReadonlyMap<string, DocumentCursor> {
    return this.presence.placed(this.content.length());
  }

  /** Calls `listener` for every event of that name; returns the call that stops it. */
  on<Name extends keyof DocumentEvents>(
    name: Name,
    listener: (event: DocumentEvents[Name]) => void,
  ): () => void {
    return this.events.on(name, listener);
  }

  // --- what can be done ---------------------------------------------------------------------------------

  /** Something was typed, and is shown already. Throws `RangeError` where it does not fit `content`. */
  edit(change: Delta): void {
    this.sync.edit(new Delta(change.ops), performance.now());
    this.presence.typed(change);
    this.settle();
  }

  /** Takes back what we did last, never what others did; comes as `change`. */
  undo(): void {
    this.sync.takeBack();
    this.settle();
  }

  redo(): void {
    this.sync.makeAgain();
    this.settle();
  }

  /**
   * Lets nothing of others through until the call it returns: an editor in the middle of composing a letter must not
   * be changed. `edit` goes on.
   */
  hold(): () => void {
    let held = true;
    this.holds += 1;
    return () => {
      if (held) this.holds -= 1;
      held = false;
      this.drain();
    };
  }

  /** Comments on a range of `content`, or answers in a thread; resolves with the comment's id. */
  async comment(index: number, length: number, text: string, thread?: string): Promise<string> {
    const said = { t: "comment", text, ...(thread === undefined ? {} : { thread }) };
    const ack = await this.request(said, new Anchor(index, index + length));
    return String(ack.comment);
  }

  async updateComment(comment: string, update: { text?: string; resolved?: boolean }): Promise<void> {
    await this.request({ t: "comment_update", comment, ...update });
  }

  async deleteComment(comment: string): Promise<void> {
    await this.request({ t: "comment_delete", comment });
  }

  /** Asks somebody (an identity) to judge; resolves with the review's id. */
  async requestReview(reviewer: string, deadlineAt?: number): Promise<string> {
    const deadline = deadlineAt === undefined ? {} : { deadline_at: deadlineAt };
    const ack = await this.request({ t: "review_request", reviewer, ...deadline });
    return String(ack.review);
  }

  async updateReview(review: string, status: ReviewStatus, note?: string): Promise<void> {
    await this.request({ t: "review_update", review, status, ...(note === undefined ? {} : { note }) });
  }

  /** Makes the content that of an old version, by a change like any other. */
  async restore(version: number): Promise<void> {
    await this.request({ t: "restore", version });
  }

  /** The changes that made versions `from` to `to`. */
  async history(from: number, to: number): Promise<Change[]> {
    const changes: Change[] = [];
    for (let next = from; next <= to; ) {
      const page = await this.ask({ t: "history", from: next, to });
      const read = Array.isArray(page.changes) ? page.changes.map(changeOf) : [];
      changes.push(...read);
      const last = read.at(-1)?.version ?? 0;
      if (last < next) break;
      next = last + 1;
    }
    return changes;
  }

  /** The content of an old version. */
  async contentAt(version: number): Promise<Delta> {
    const response = await this.http(`/content?version=${version}`);
    return new Delta(((await response.json()) as { delta: { ops: Op[] } }).delta);
  }

  /** A request to this document's part of the HTTP API: `/links`, `/export?format=html`. Throws `RequestError`. */
  http(path: string, request: HttpRequest = {}): Promise<Response> {
    return this.host.http(documentPath(this.id) + path, asInit(request));
  }

  /** Shows others where we are; length 0 for a caret. */
  setCursor(index: number, length: number): void {
    this.presence.set({ index, length });
  }

  /** We are nowhere in it: the editor lost the focus. */
  clearCursor(): void {
    this.presence.set(null);
  }

  /** Keeps what is not saved for whoever opens it next, on this page or after a reload. */
  keep(): void {
    if (!this.isClosed) this.host.kept?.keep(this.id, this.earlier ?? this.sync.kept);
  }

  /** Closes it; what is not saved is kept. */
  close(): void {
    if (this.isClosed) return;
    this.keep();
    this.clearCursor();
    this.send({ t: "close", doc: this.id, id: this.host.link.nextId() });
    this.end("");
  }

  // --- for whoever has the link -------------------------------------------------------------------------

  /** The link is up: nothing is open on it yet. */
  up(): void {
    if (this.isClosed) return;
    this.drop();
    this.open();
    this.questions.askAgain();
    this.settle();
  }

  /** Nothing can be sent. */
  down(): void {
    this.drop();
    this.sync.lost();
    this.settle();
  }

  /** Takes a message of the link; false if it is about something else. */
  hear(message: Message): boolean {
    const mine =
      message.doc === this.id ||
      (message.doc === undefined && (this.sync.owns(message.re) || this.questions.has(message.re)));
    if (!mine || this.isClosed) return mine;
    this.incoming.push(message);
    this.drain();
    return true;
  }

  /** Somebody left. */
  left(participant: string): void {
    this.presence.left(participant);
  }

  /** It cannot be had any more. */
  end(reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.why = reason;
    this.drop();
    this.sync.end();
    this.presence.close();
    this.questions.end(reason);
    this.ended();
    this.settle();
  }

  // --- messages -----------------------------------------------------------------------------------------

  private drain(): void {
    while (this.holds === 0 && !this.fetching && !this.isClosed) {
      const message = this.incoming.shift();
      if (!message) break;
      if (isLong(message)) this.fetchContent(message);
      else this.take(message);
    }
    this.settle();
  }

  private take(message: Message): void {
    // A sign of life: what is owed now is owed from now on.
    if (this.overdue !== null) clearTimeout(this.overdue);
    this.overdue = null;
    if (!this.questions.hear(message)) {
      this.sync.receive(message);
      // In place of what a slow reader did not get, answers among it.
      if (message.t === "snapshot" && message.re === undefined) this.questions.askAgain();
    }
    if (this.waits) this.watch();
  }

  /** What follows waits for what is too large for a message. */
  private fetchContent(message: Message): void {
    const { generation } = this;
    this.fetching = true;
    this.whole(message)
      .catch(() => null)
      .then((whole) => {
        if (this.generation !== generation) return;
        this.fetching = false;
        if (whole) this.take({ ...whole, t: message.t });
        else {
          // Opened anew: its answer has what could not be fetched.
          this.drop();
          this.sync.lost();
          this.later(RETRY_MS);
        }
        this.drain();
      });
  }

  /** A message with what it has elsewhere: its content, or that of changes in it. */
  private async whole<Told extends object>(told: Told & { url?: unknown; changes?: unknown }): Promise<Told> {
    const { url, ...rest } = told;
    const response = typeof url === "string" ? await this.host.http(url) : null;
    const all = { ...rest, ...(response ? await response.json() : {}) } as Told & { changes?: object[] };
    if (!Array.isArray(all.changes)) return all;
    const changes: object[] = [];
    for (const change of all.changes) changes.push(await this.whole(change));
    return { ...all, changes };
  }

  /** Opens it; before that fetches the content that something was typed into on an earlier page. */
  private open(): void {
    const { generation, earlier } = this;
    if (!earlier) {
      this.sync.open();
      return;
    }
    this.contentAt(earlier.version).then(
      (content) => {
        if (this.generation === generation) this.goOn(() => this.sync.resume(content, earlier));
      },
      (error: unknown) => {
        if (this.generation !== generation) return;
        const lasting = error instanceof RequestError && !PASSING.has(error.code);
        // That version is no longer kept: nobody can say where it was typed.
        if (lasting) this.goOn(() => this.refusals.push("stale"));
        else this.later(RETRY_MS);
      },
    );
  }

  private goOn(resume: () => void): void {
    this.earlier = null;
    try {
      resume();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.refusals.push("stale");
    }
    this.sync.open();
    this.settle();
  }

  /** What was under way is lost. */
  private drop(): void {
    this.generation += 1;
    this.incoming = [];
    this.fetching = false;
    for (const timer of [this.again, this.overdue]) if (timer !== null) clearTimeout(timer);
    this.again = this.overdue = null;
  }

  private send(message: Message): void {
    // What is lost here is sent again when the link comes up.
    this.host.link.send(message);
    this.watch();
  }

  private request(message: Message, anchor?: Anchor): Promise<Message> {
    return new Promise((resolve, reject) => {
      const refused = (code: string): void => reject(new RequestError(code, `${message.t}: ${code}`));
      if (this.isClosed) refused("closed");
      else this.sync.request({ message, settled: resolve, refused, ...(anchor ? { anchor } : {}) });
      this.settle();
    });
  }

  private ask(message: Message): Promise<Message> {
    if (this.isClosed) return Promise.reject(new RequestError("closed", "closed"));
    return this.questions.ask(message);
  }

  private later(delayMs: number): void {
    if (this.again !== null) clearTimeout(this.again);
    this.again = setTimeout(() => {
      this.again = null;
      if (!this.host.link.isUp) return;
      if (this.sync.isOpened) {
        this.sync.retry();
        this.settle();
      } else this.up();
    }, delayMs);
  }

  private watch(): void {
    this.overdue ??= setTimeout(() => {
      this.overdue = null;
      if (!this.waits) return;
      this.watch();
      this.host.link.doubt();
    }, ANSWER_WITHIN_MS);
  }

  /** Whether an answer is overdue once its time is over: none that is here and waits for us. */
  private get waits(): boolean {
    const here = this.incoming.length > 0 || this.fetching || this.again !== null;
    return !this.isClosed && !here && (this.sync.waits || !this.questions.isEmpty);
  }

  // --- telling ------------------------------------------------------------------------------------------

  private changed(delta: Delta, own: boolean): void {
    this.presence.moved(delta, own);
    this.events.emit("change", { delta, own });
  }

  /** Tells what is different, after all of it is. */
  private settle(): void {
    const { told, refusals } = this;
    this.told = new Set();
    this.refusals = [];
    for (const code of refusals) this.events.emit("refused", { code });
    for (const name of told) this.events.emit(name, {});
    // Who just came is seen, and hears of others: a socket does so only once it said something.
    if (this.sync.live && !this.wasLive) this.presence.tell();
    this.wasLive = this.sync.live;
    const shown = `${this.state} ${this.saved} ${this.canUndo} ${this.canRedo}`;
    if (shown === this.shown) return;
    this.shown = shown;
    this.events.emit("state", {});
  }
}

/** Whether something of it is to be fetched. */
function isLong({ url, changes }: Message): boolean {
  const elsewhere = (one: unknown) => typeof (one as { url?: unknown } | null)?.url === "string";
  return typeof url === "string" || (Array.isArray(changes) && changes.some(elsewhere));
}

/** A change as the server tells of it. */
function changeOf(told: unknown): Change {
  const { version, at, delta, author: by } = told as Record<string, unknown>;
  return {
    version: Number(version),
    author: author(by),
    at: Number(at ?? 0),
    delta: new Delta(delta as { ops: Op[] }),
  };
}
