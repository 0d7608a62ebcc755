/**
 * What changes a document and is on its way: one message at a time, numbered, and sent until it is answered.
 *
 * Text goes before anything else that waits. A number is used up by what is in, never by what was refused.
 */

import type Delta from "quill-delta";
import type { Message } from "./channels";
import type { PendingEdits } from "./document_edits";
import type { Anchor } from "./document_notes";

/** Something that changes the document or what is said of it, and is no typing. */
export interface Request {
  readonly message: Message;
  /** What it is about. */
  readonly anchor?: Anchor;
  settled(ack: Message): void;
  refused(code: string): void;
}

/** What is on its way. */
interface Asked {
  seq: number;
  /** Null: it is what is in flight of the text. */
  readonly request: Request | null;
  /** `id` of its last transmission. */
  id: number;
  /** It was answered by something else, or sent on a link that is gone. */
  again: boolean;
  /** The server has it; only its ack was lost. */
  isIn: boolean;
}

export interface OutboxHost {
  /** Sends a message; returns its `id`. */
  send(message: Message): number;
  /** Null before there is a document, and while nothing may be sent. */
  edits(): PendingEdits | null;
  /** The newest version that is here. */
  version(): number;
  /** What is in flight of the text is refused. */
  textRefused(code: string): void;
}

export class DocumentOutbox {
  private asked: Asked | null = null;
  private requests: Request[] = [];
  private seq = 0;

  constructor(private readonly host: OutboxHost) {}

  /** Whether nothing waits for an answer, or for its turn. */
  get isEmpty(): boolean {
    return this.asked === null && this.requests.length === 0;
  }

  /** What the server owes an answer to. */
  get isAsking(): "text" | "request" | null {
    return this.asked === null ? null : this.asked.request === null ? "text" : "request";
  }

  /** The number of what is on its way; that of the last where nothing is. */
  get lastSeq(): number {
    return this.asked?.seq ?? this.seq;
  }

  /** Whether something waits that is about a place in the text. */
  get isAnchored(): boolean {
    return [this.asked?.request, ...this.requests].some((request) => request?.anchor);
  }

  /** Whether an answer with this `re` is to what is on its way. */
  owns(re: unknown): boolean {
    return this.asked !== null && re === this.asked.id;
  }

  /** Whether what is on its way has this number. */
  isNumber(seq: unknown): boolean {
    return this.asked !== null && seq === this.asked.seq;
  }

  /** Sends something when it is its turn. */
  request(request: Request): void {
    this.requests.push(request);
  }

  /** Text that was on its way when the page was left. */
  resume(seq: number): void {
    this.seq = seq;
    this.asked = { seq, request: null, id: 0, again: true, isIn: false };
  }

  /** The text that is shown has changed. */
  moved(change: Delta): void {
    for (const { anchor } of this.requests) anchor?.move(change);
  }

  /** Somebody else's change is the next version. */
  follow(change: Delta): void {
    this.asked?.request?.anchor?.move(change);
  }

  /**
   * What is on its way goes again if it was answered by this, or sent before what was; and with a snapshot nobody asked
   * for: it stands for messages that a slow reader did not get, of which one may have been the answer.
   */
  overtake(re: unknown): void {
    if (this.asked && (typeof re !== "number" || re >= this.asked.id)) this.asked.again = true;
  }

  /** Caught up, and `seq` of our messages are in. */
  settle(seq: number): void {
    const { asked } = this;
    if (!asked) this.seq = Math.max(this.seq, seq);
    else if (asked.again) {
      // Text that is in was confirmed by its change. Of the rest what is in goes again too, for its ack.
      if (asked.request === null) asked.seq = this.seq = seq + 1;
      else asked.isIn = asked.seq <= seq;
      this.put(asked);
    }
  }

  /** Sends what is next, if nothing is on its way. */
  flush(): void {
    for (let edits = this.host.edits(); edits && this.asked === null; edits = this.host.edits()) {
      const request = edits.send() ? null : this.requests.shift();
      if (request === undefined) return;
      this.seq += 1;
      this.asked = { seq: this.seq, request, id: 0, again: false, isIn: false };
      this.put(this.asked);
    }
  }

  /** Sends again what could not be taken when it was sent. */
  retry(): void {
    if (this.asked) this.put(this.asked);
  }

  /** What was on its way is in: text as its version came, a request by its ack. */
  done(ack?: Message): void {
    const request = this.asked?.request;
    this.asked = null;
    if (ack) request?.settled(ack);
  }

  /** What is on its way is refused for good. */
  refuse(code: string): void {
    const { asked } = this;
    if (!asked) return;
    this.asked = null;
    // An error does not use up the number.
    this.seq -= 1;
    if (asked.request === null) this.host.textRefused(code);
    else asked.request.refused(code);
  }

  /**
   * The text is another one, and what was pending of it lost; `seq` of our messages are in. What is about no place goes
   * on, unless history is another one too.
   */
  restart(seq: number, sameHistory: boolean): void {
    const { asked } = this;
    if (!asked || !sameHistory || asked.request === null || asked.request.anchor) {
      this.asked = null;
      this.seq = seq;
      asked?.request?.refused("conflict");
    }
    const placed = this.requests.filter(({ anchor }) => anchor);
    this.requests = this.requests.filter(({ anchor }) => !anchor);
    for (const request of placed) request.refused("conflict");
  }

  /** What is on its way is given up, with its number. */
  drop(): void {
    const { asked } = this;
    this.asked = null;
    asked?.request?.refused("conflict");
  }

  /** Nothing will be sent any more. */
  end(): void {
    const requests = [this.asked?.request, ...this.requests];
    this.asked = null;
    this.requests = [];
    for (const request of requests) request?.refused("unavailable");
  }

  private put(asked: Asked): void {
    const { request, seq } = asked;
    const base = this.host.version();
    asked.again = false;
    if (request === null) {
      const delta = { ops: this.host.edits()?.inFlight?.ops ?? [] };
      asked.id = this.host.send({ t: "submit", base, seq, delta });
    } else if (!request.anchor) asked.id = this.host.send({ ...request.message, seq });
    else if (request.anchor.detached && !asked.isIn) {
      // What it is about is gone meanwhile.
      this.refuse("conflict");
    } else {
      const { start, end } = request.anchor;
      const place = { base, index: start, length: Math.max(1, end - start) };
      asked.id = this.host.send({ ...request.message, ...place, seq });
    }
  }
}
