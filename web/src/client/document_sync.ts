/**
 * A document that is open: messages of the service `documents` in and out, no link and no clock (protocol, section 3).
 *
 * One message that changes the document is on its way at a time. What is typed meanwhile, or without a link, waits.
 * On a new link `open` tells the version that is here, and what came since decides whether the message on its way is
 * in, or has to be sent again under its old number. `Topic` has the life of what is written but once; here a change
 * is another one after each that was committed before it.
 */

import Delta from "quill-delta";
import type { Message } from "./channels";
import { isEmpty, mending, PendingEdits } from "./document_edits";
import { author, DocumentNotes } from "./document_notes";
import { DocumentOutbox, type Request } from "./document_outbox";
import { Undo } from "./document_undo";
import type { Kept } from "./kept_edits";

export interface SyncObserver {
  /** To be sent; lost if there is no link. */
  send(message: Message): void;
  /** `content` is another by `change`. `own`: undone or done again here. */
  changed(change: Delta, own: boolean): void;
  /** `content` is another, and nobody knows by what change. */
  replaced(): void;
  /** A version more: `change` is what was committed, by whom (an identity). */
  committed(version: number, change: Delta, by: string): void;
  /** Comments or reviews are other ones. */
  notes(): void;
  /** What was typed is refused for good and taken out of `content`, or could not be kept. */
  refused(code: string): void;
  /** It is there no more, or may not be read. */
  closed(reason: string): void;
  /** `retry` is to be called after that time. */
  later(delayMs: number): void;
}

/** What continues a snapshot, and has to wait until the snapshot's version is reached. */
const FOLLOWING = new Set(["change", "ack", "comment", "review"]);
const PASSING = new Set(["rate_limited", "unavailable"]);
const GONE = new Set(["forbidden", "not_found", "too_large"]);
const RETRY_MS = 1_000;
// A snapshot this much ahead replaces all; one nearer is reached change by change, which keeps undo and cursors.
const MOST_READ = 500;

export class DocumentSync {
  version = 0;
  /** Null before the first answer. */
  edits: PendingEdits | null = null;
  readonly notes = new DocumentNotes();
  readonly undo = new Undo();
  /** Whether changes come as they happen. */
  live = false;

  private epoch: string | null = null;
  private readonly outbox = new DocumentOutbox({
    send: (message) => this.send(message),
    edits: () => (this.live ? this.edits : null),
    version: () => this.version,
    textRefused: (code) => this.takeBackText(code),
  });
  private openId = 0;
  private historyId = 0;
  /** A snapshot that is reached by history. */
  private ahead: Message | null = null;
  /** What came after that snapshot. */
  private held: Message[] = [];
  private change = new Delta();
  private isReplaced = false;

  constructor(
    private readonly options: {
      doc: string;
      /** Random, new at each page load. */
      client: string;
      messageBytes: () => number;
      nextId: () => number;
    },
    private readonly observer: SyncObserver,
  ) {}

  // --- what the user does -------------------------------------------------------------------------------

  /** What is shown. */
  get content(): Delta {
    return this.edits?.content ?? new Delta();
  }

  /** Changes on top of what is confirmed, in order. */
  get pending(): Delta[] {
    return this.edits ? [this.edits.inFlight ?? new Delta(), this.edits.buffer] : [];
  }

  /** Whether nothing waits for an ack. */
  get saved(): boolean {
    return this.outbox.isEmpty && (this.edits?.synchronized ?? true);
  }

  /** Whether the server owes an answer. */
  get waits(): boolean {
    return this.openId !== 0 && (!this.live || this.outbox.isAsking !== null);
  }

  /** Whether it was opened on this link. */
  get isOpened(): boolean {
    return this.openId !== 0;
  }

  /** Opens it, for the first time or on a new link. */
  open(): void {
    this.live = false;
    this.ahead = null;
    this.held = [];
    const { client } = this.options;
    const known = this.edits ? { version: this.version, epoch: this.epoch } : { version: null };
    this.openId = this.send({ t: "open", client, ...known });
  }

  /** What is not confirmed, for a later page; null if there is nothing. */
  get kept(): Kept | null {
    const { edits, epoch, version, outbox } = this;
    if (!edits || edits.synchronized) return null;
    const { client } = this.options;
    const inFlight = edits.inFlight?.ops ?? null;
    return { client, epoch, version, seq: outbox.lastSeq, inFlight, buffer: edits.buffer.ops };
  }

  /** Goes on with what an earlier page kept; `content` is that of its version. Throws `RangeError` if it does not fit. */
  resume(content: Delta, kept: Kept): void {
    const edits = new PendingEdits(content, this.options.messageBytes());
    edits.resume(kept.inFlight && new Delta(kept.inFlight), new Delta(kept.buffer));
    this.edits = edits;
    this.version = kept.version;
    this.epoch = kept.epoch;
    if (edits.inFlight) this.outbox.resume(kept.seq);
    this.observer.replaced();
  }

  /** The link is down. */
  lost(): void {
    this.live = false;
    this.openId = 0;
  }

  /** Typed something at `now`, in milliseconds. Throws `RangeError` if the change does not fit `content`. */
  edit(change: Delta, now: number): void {
    const { edits } = this;
    if (!edits) throw new RangeError("the document is not there yet");
    if (isEmpty(change)) return;
    const before = edits.content;
    this.undo.record(this.made(edits, change), before, now);
    this.outbox.flush();
  }

  /** Takes back the newest step made here. */
  takeBack(): void {
    this.again(this.undo.undo(this.content));
  }

  /** Makes it again. */
  makeAgain(): void {
    this.again(this.undo.redo(this.content));
  }

  /** Sends something when it is its turn. */
  request(request: Request): void {
    this.outbox.request(request);
    this.outbox.flush();
  }

  /** Sends again what could not be taken when it was sent. */
  retry(): void {
    if (this.openId === 0) return;
    if (this.ahead) this.askHistory(this.ahead);
    else if (!this.live) this.open();
    else {
      this.outbox.retry();
      // What was to be sent again may have lost its place: then it is the turn of the next.
      this.outbox.flush();
    }
  }

  /** Nothing will be sent any more. */
  end(): void {
    this.lost();
    this.outbox.end();
  }

  // --- what the server says -----------------------------------------------------------------------------

  /** Whether an error with this `re` is about us. */
  owns(re: unknown): boolean {
    return typeof re === "number" && (re === this.openId || re === this.historyId || this.outbox.owns(re));
  }

  /** Takes a message about this document, complete with what stands at its `url`. */
  receive(message: Message): void {
    try {
      // What another snapshot overtakes comes again; but an ack that is not of text stands in no history.
      const settles = message.t === "ack" && this.outbox.isAsking === "request";
      const waits = FOLLOWING.has(message.t) && !settles;
      if (this.ahead && waits) this.held.push(message);
      else this.take(message);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.startAnew();
    }
    this.tell(false);
  }

  private take(message: Message): void {
    switch (message.t) {
      case "snapshot":
        this.outbox.overtake(message.re);
        this.takeSnapshot(message);
        break;
      case "changes":
        this.outbox.overtake(message.re);
        this.catchUp(message);
        break;
      case "history":
        if (message.re === this.historyId) this.takeHistory(message);
        break;
      case "change":
        this.takeChange(message);
        break;
      case "ack":
        this.takeAck(message);
        break;
      case "error":
        this.takeError(message);
        break;
      case "comment":
        this.notes.comment(message.comment);
        this.observer.notes();
        break;
      case "review":
        this.notes.review(message.review);
        this.observer.notes();
        break;
      case "closed":
        this.close(typeof message.reason === "string" ? message.reason : "closed");
        break;
    }
  }

  private takeSnapshot(message: Message): void {
    this.ahead = null;
    this.held = [];
    const distance = integer(message.version) - this.version;
    const known = this.edits !== null && message.epoch === this.epoch;
    // What is pending fits the version it was made to.
    const needed = this.edits?.synchronized === false || this.outbox.isAnchored;
    if (!known || distance < 0 || (distance > MOST_READ && !needed)) {
      this.adopt(message);
      this.settle(integer(message.seq));
      return;
    }
    this.live = false;
    this.ahead = message;
    if (distance > 0) this.askHistory(message);
    else this.reached(message);
  }

  /** Takes a snapshot as it is. */
  private adopt(message: Message): void {
    const same = message.epoch === this.epoch;
    const lost = this.edits !== null && !this.edits.synchronized;
    this.edits = new PendingEdits(new Delta(message.delta as Delta), this.options.messageBytes());
    this.version = integer(message.version);
    this.epoch = typeof message.epoch === "string" ? message.epoch : null;
    this.undo.forget();
    this.notes.replace(message);
    this.isReplaced = true;
    this.outbox.restart(integer(message.seq), same);
    if (lost) this.observer.refused("stale");
    this.observer.notes();
  }

  private catchUp(message: Message): void {
    // It is newer than a snapshot before it, and reaches further.
    this.ahead = null;
    this.held = [];
    for (const change of messages(message.changes)) this.takeChange(change);
    if (typeof message.epoch === "string") this.epoch = message.epoch;
    if (message.comments !== undefined) {
      this.notes.replace(message);
      this.observer.notes();
    }
    this.settle(integer(message.seq));
  }

  private askHistory(ahead: Message): void {
    this.historyId = this.send({ t: "history", from: this.version + 1, to: ahead.version });
  }

  private takeHistory(message: Message): void {
    const { ahead } = this;
    if (!ahead) return;
    const before = this.version;
    for (const change of messages(message.changes)) this.takeChange(change);
    if (this.version >= integer(ahead.version)) this.reached(ahead);
    else if (this.version > before) this.askHistory(ahead);
    else this.giveUp(ahead);
  }

  /** The snapshot's version is reached; what came live since follows. */
  private reached(ahead: Message): void {
    const { held } = this;
    this.held = [];
    this.ahead = null;
    this.notes.replace(ahead);
    this.observer.notes();
    for (const message of held) this.take(message);
    this.settle(integer(ahead.seq));
  }

  /** What led to the snapshot cannot be had: what is pending is lost. */
  private giveUp(ahead: Message): void {
    this.adopt(ahead);
    // Its answer says what of ours is in, now that nobody can tell by the changes.
    this.open();
  }

  /** Caught up, and `seq` of our messages are in. */
  private settle(seq: number): void {
    this.live = true;
    this.outbox.settle(seq);
    this.outbox.flush();
  }

  private takeChange(message: Message): void {
    const { edits, outbox } = this;
    const version = integer(message.version);
    if (!edits || version <= this.version) return;
    if (version > this.version + 1) {
      if (this.live) this.open();
      return;
    }
    const own = message.client === this.options.client && outbox.isNumber(message.seq);
    this.version = version;
    if (own && outbox.isAsking === "text") {
      this.confirm(edits, author(message.author).identity);
      return;
    }
    const change = new Delta(message.delta as Delta);
    const here = edits.receive(change);
    this.notes.move(change);
    outbox.follow(change);
    this.madeElsewhere(here);
    this.observer.committed(version, change, author(message.author).identity);
  }

  /** `content` has changed by other hands. */
  private madeElsewhere(change: Delta): void {
    this.change = this.change.compose(change);
    this.outbox.moved(change);
    this.undo.follow(change);
  }

  private confirm(edits: PendingEdits, by: string): void {
    const change = edits.confirm();
    this.outbox.done();
    this.notes.move(change);
    this.observer.committed(this.version, change, by);
  }

  private takeAck(message: Message): void {
    const { outbox, edits } = this;
    if (!edits || !outbox.isNumber(message.seq)) return;
    if (outbox.isAsking === "request") outbox.done(message);
    else if (message.version === this.version + 1) {
      this.version += 1;
      this.confirm(edits, "");
    } else {
      // Committed, but after changes that did not come.
      if (this.live) this.open();
      return;
    }
    outbox.flush();
  }

  private takeError(message: Message): void {
    const { outbox, ahead } = this;
    const code = typeof message.code === "string" ? message.code : "bad_message";
    const wait = typeof message.retry_ms === "number" ? message.retry_ms : RETRY_MS;
    if (message.re === this.openId && !this.live && !ahead) {
      if (GONE.has(code)) this.close(code);
      else this.observer.later(wait);
    } else if (message.re === this.historyId && ahead) {
      if (PASSING.has(code)) this.observer.later(wait);
      else this.giveUp(ahead);
    } else if (!outbox.owns(message.re)) {
      // To a transmission that is past.
    } else if (PASSING.has(code)) this.observer.later(wait);
    else if (outbox.isAsking === "text" && (code === "conflict" || code === "stale")) {
      // The answer to `open` says what came before.
      this.live = false;
      this.observer.later(wait);
    } else {
      outbox.refuse(code);
      outbox.flush();
    }
  }

  /** What is in flight was refused. */
  private takeBackText(code: string): void {
    const taken = this.edits?.takeBack() ?? new Delta();
    this.madeElsewhere(taken);
    if (!isEmpty(taken)) this.observer.refused(code);
  }

  private close(reason: string): void {
    this.end();
    this.observer.closed(reason);
  }

  /** What the server says does not fit what is here: a mistake on one side. What the server has is right. */
  private startAnew(): void {
    const { edits } = this;
    this.edits = null;
    this.change = new Delta();
    this.outbox.drop();
    if (edits && !edits.synchronized) this.observer.refused("conflict");
    this.open();
  }

  // --- sending ------------------------------------------------------------------------------------------

  private again(change: Delta | null): void {
    const { edits } = this;
    if (!change || !edits) return;
    const made = this.made(edits, change.compose(mending(edits.content, change)));
    this.outbox.flush();
    this.change = this.change.compose(made);
    this.tell(true);
  }

  private made(edits: PendingEdits, change: Delta): Delta {
    const made = edits.make(change);
    this.outbox.moved(made);
    return made;
  }

  private send(message: Message): number {
    const id = this.options.nextId();
    this.observer.send({ ...message, doc: this.options.doc, id });
    return id;
  }

  private tell(own: boolean): void {
    const { change, isReplaced } = this;
    this.change = new Delta();
    this.isReplaced = false;
    if (isReplaced) this.observer.replaced();
    else if (!isEmpty(change)) this.observer.changed(change, own);
  }
}

function messages(value: unknown): Message[] {
  return Array.isArray(value) ? (value as Message[]) : [];
}

function integer(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
