/**
 * The client's side of a durable topic (protocol, section 3): opened anew whenever the way to the server is, and
 * every change sent until it is acknowledged, in order, applied once.
 *
 * A change has no number of its own before it is in: the first that waits has the one after the last acknowledged,
 * the next the one after that. So what the server refuses for good leaves no gap.
 */

import type { Link, Message } from "./channels";

/** A change that is not acknowledged yet. */
export interface Submission {
  readonly message: Message;
  /** `id` of its last transmission; null: to be sent. */
  sentAs: number | null;
}

export interface TopicObserver {
  /**
   * What is in the topic: all of it (`snapshot`), or what is new since our version (`changes`). `anew`: the server's
   * history is another one; what was known of the topic means nothing.
   */
  content(message: Message, anew: boolean): void;
  /** A change of somebody else, or any other event of the topic. */
  event(message: Message): void;
  /** It is in, as our `seq`-th change. `ack` is null where it was lost: the content that has the change comes next. */
  settled(submission: Submission, seq: number, ack: Message | null): void;
  /** Refused for good. */
  refused(submission: Submission, code: string): void;
  /** The topic cannot be opened, or is gone: a code of the protocol, or `closed`. */
  closed(reason: string): void;
}

export interface TopicOptions {
  link: Link;
  /** Random, new at each page load. */
  client: string;
  /** What names the topic in every message: `{doc: …}`, `{board: …}`, or nothing. */
  name: Record<string, string>;
  /** Versions follow each other without gap: a gap means that something was lost. */
  gapless: boolean;
  /** Where content stands that is too large for a message. */
  fetch: (url: string) => Promise<Record<string, unknown>>;
}

// An answer takes one round trip and one commit; beyond this something is in its way.
const ANSWER_WITHIN_MS = 2_500;
const RETRY_MS = 1_000;
const MOST_IN_FLIGHT = 8;

export class Topic {
  /** The newest version that is here; null before there is any. */
  version: number | null = null;

  private epoch: string | null = null;
  private state: "closed" | "opening" | "open" = "closed";
  /** The seq of the newest change of ours that is in. */
  private accepted = 0;
  private openedAs = 0;
  private readonly pending: Submission[] = [];
  /** While content is fetched: what came after it. */
  private held: Message[] | null = null;
  private overdue: ReturnType<typeof setTimeout> | null = null;
  private retry: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly options: TopicOptions,
    private readonly observer: TopicObserver,
  ) {}

  get isOpen(): boolean {
    return this.state === "open";
  }

  /** Opens the topic: the link is up, by a way on which it is not open. */
  open(): void {
    this.rest();
    this.state = "opening";
    this.held = null;
    this.openedAs = this.options.link.nextId();
    const { client, name } = this.options;
    const known = this.epoch === null ? {} : { epoch: this.epoch };
    this.send({ t: "open", ...name, id: this.openedAs, client, version: this.version, ...known });
    this.expectAnswer();
  }

  /** The link is down: what is not acknowledged waits. */
  lost(): void {
    this.rest();
    this.state = "closed";
    this.held = null;
  }

  /** Forgets everything: the topic is another one now. */
  forget(): void {
    this.lost();
    this.version = null;
    this.epoch = null;
    this.accepted = 0;
    this.pending.length = 0;
  }

  /** Queues a change and sends it as soon as it may be. */
  submit(message: Message): Submission {
    const submission: Submission = { message, sentAs: null };
    this.pending.push(submission);
    this.flush();
    return submission;
  }

  /** Takes a message of the link; false if it is not about this topic. */
  hear(message: Message): boolean {
    const { name } = this.options;
    if (message.t === "error") return this.hearError(message);
    if (Object.keys(name).some((key) => message[key] !== name[key])) return false;
    if (this.held) {
      this.held.push(message);
      return true;
    }
    switch (message.t) {
      case "snapshot":
      case "changes":
        this.hearContent(message);
        break;
      case "ack":
        this.whole(message, (ack) => this.hearAck(ack));
        break;
      case "closed":
        this.lost();
        this.observer.closed(typeof message.reason === "string" ? message.reason : "closed");
        break;
      default:
        this.whole(message, (event) => this.hearEvent(event));
    }
    return true;
  }

  private hearContent(message: Message): void {
    const answers = message.re === this.openedAs;
    // An answer to an earlier `open` says nothing of this one; without `re` it is for a slow reader.
    if (!answers && (typeof message.re === "number" || this.state !== "open")) {
      // What a slow reader did not get may be the answer. This is none: what is on its way may not be in it.
      if (typeof message.re !== "number" && this.state === "opening") this.open();
      return;
    }
    this.whole(message, (content) => this.take(content));
  }

  /** Goes on with a message when all of it is here: what is long stands elsewhere. What comes meanwhile waits. */
  private whole(message: Message, then: (message: Message) => void): void {
    if (typeof message.url !== "string") {
      then(message);
      return;
    }
    const held: Message[] = [];
    this.held = held;
    this.settleTimer();
    this.options.fetch(message.url).then(
      (content) => {
        if (this.held !== held) return;
        this.held = null;
        then({ ...message, ...content, t: message.t });
        for (const later of held) this.hear(later);
      },
      () => {
        if (this.held === held) this.openLater(RETRY_MS);
      },
    );
  }

  private take(message: Message): void {
    if (message.t === "snapshot") {
      if (typeof message.version === "number") this.version = message.version;
    } else this.version = newest(message, this.version);
    const epoch = typeof message.epoch === "string" ? message.epoch : this.epoch;
    const anew = this.epoch !== null && epoch !== this.epoch;
    this.epoch = epoch;
    this.state = "open";
    // Before the observer is told anything: what it submits then is sent behind these.
    for (const submission of this.pending) submission.sentAs = null;
    if (typeof message.seq === "number") this.catchUp(message.seq);
    this.observer.content(message, anew);
    this.flush();
    this.settleTimer();
  }

  /** The server has our changes up to `seq`. */
  private catchUp(seq: number): void {
    const first = this.accepted + 1;
    // Where history was lost `seq` is less than what was acknowledged: nothing is new, and numbers go on from there.
    const settled = this.pending.splice(0, Math.max(0, seq - this.accepted));
    this.accepted = seq;
    settled.forEach((submission, at) => {
      this.observer.settled(submission, first + at, null);
    });
  }

  private hearAck(message: Message): void {
    const { seq, version } = message;
    // Of an earlier opening: the answer to this one says what is in, and has all between.
    if (!this.isOpen || typeof seq !== "number" || seq <= this.accepted) return;
    while (this.accepted < seq) {
      this.accepted += 1;
      const submission = this.pending.shift();
      if (submission)
        this.observer.settled(submission, this.accepted, this.accepted === seq ? message : null);
    }
    // An observer may have it opened anew: then the answer has what this was of.
    if (typeof version === "number" && this.isOpen) this.version = Math.max(version, this.version ?? 0);
    this.flush();
    this.settleTimer();
  }

  private hearEvent(message: Message): void {
    const { version } = message;
    if (typeof version === "number") {
      const known = this.version ?? 0;
      // Of an earlier opening: the answer to this one has it, and what came before it.
      if (!this.isOpen || version <= known) return;
      if (this.options.gapless && version > known + 1) {
        this.open();
        return;
      }
      this.version = version;
    }
    this.observer.event(message);
  }

  private hearError(message: Message): boolean {
    const code = typeof message.code === "string" ? message.code : "bad_message";
    const wait = typeof message.retry_ms === "number" ? message.retry_ms : RETRY_MS;
    const passing = code === "rate_limited" || code === "unavailable";
    if (message.re === this.openedAs && this.state === "opening") {
      if (code === "forbidden" || code === "not_found") {
        this.lost();
        this.observer.closed(code);
      } else this.openLater(wait);
      return true;
    }
    const at = this.pending.findIndex(({ sentAs }) => sentAs !== null && sentAs === message.re);
    const refused = this.pending[at];
    if (!refused) return false;
    if (code === "conflict") {
      // Not open any more, or a gap: the answer to `open` says what is in.
      this.openLater(RETRY_MS);
      return true;
    }
    // What followed is refused for the gap; it goes again, and those refusals are of transmissions that are past.
    for (const later of this.pending.slice(at)) later.sentAs = null;
    if (passing) {
      // What is to be opened anew sends all of it then.
      if (this.state !== "closed") this.flushLater(wait);
    } else {
      this.pending.splice(at, 1);
      this.observer.refused(refused, code);
      this.flush();
    }
    this.settleTimer();
    return true;
  }

  private flush(): void {
    if (this.state !== "open" || this.retry !== null) return;
    for (const [at, submission] of this.pending.slice(0, MOST_IN_FLIGHT).entries()) {
      if (submission.sentAs !== null) continue;
      submission.sentAs = this.options.link.nextId();
      const { name } = this.options;
      this.send({ ...submission.message, ...name, id: submission.sentAs, seq: this.accepted + 1 + at });
      if (this.overdue === null) this.expectAnswer();
    }
  }

  private send(message: Message): void {
    // What is lost here is sent again when the link comes up.
    this.options.link.send(message);
  }

  private flushLater(delayMs: number): void {
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      this.retry = null;
      this.flush();
    }, delayMs);
  }

  private openLater(delayMs: number): void {
    this.lost();
    this.retry = setTimeout(() => {
      this.retry = null;
      if (this.options.link.isUp) this.open();
    }, delayMs);
  }

  /** Whether the server owes us an answer. */
  private get waits(): boolean {
    return (
      (this.state === "opening" && this.held === null) || this.pending.some(({ sentAs }) => sentAs !== null)
    );
  }

  private settleTimer(): void {
    if (this.overdue !== null) clearTimeout(this.overdue);
    this.overdue = null;
    if (this.waits) this.expectAnswer();
  }

  private expectAnswer(): void {
    if (this.overdue !== null) clearTimeout(this.overdue);
    this.overdue = setTimeout(() => {
      this.overdue = null;
      this.expectAnswer();
      this.options.link.doubt();
    }, ANSWER_WITHIN_MS);
  }

  private rest(): void {
    for (const timer of [this.overdue, this.retry]) if (timer !== null) clearTimeout(timer);
    this.overdue = null;
    this.retry = null;
  }
}

/** What a page load calls itself to the topics it changes. */
export function randomClient(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The version after these changes. */
function newest(message: Message, before: number | null): number | null {
  if (typeof message.version === "number") return message.version;
  let version = before;
  const changes = message.changes ?? message.messages;
  for (const change of Array.isArray(changes) ? changes : []) {
    const one: unknown = (change as Message | null)?.version;
    if (typeof one === "number" && one > (version ?? 0)) version = one;
  }
  return version;
}
