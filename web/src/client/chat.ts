/**
 * The chat of a room: its messages in the server's order, then those of ours that are on their way.
 *
 * Identities are stable over meetings, participants are not: a message is from an identity, and a private one to one.
 */

import type { Link, Message } from "./channels";
import { Emitter } from "./emitter";
import { type Submission, Topic } from "./topic";

export interface ChatMessage {
  /** The same from the moment it was written here. */
  readonly key: string;
  /** Null while it is on its way. */
  readonly version: number | null;
  /** An identity, and what it was called then. */
  readonly from: string;
  readonly name: string;
  /** The identity it is for alone; null: for everybody. */
  readonly to: string | null;
  readonly text: string;
  /** UTC milliseconds since 1970; what was written here has our own estimate of it until the page is loaded anew. */
  readonly at: number;
  readonly state: "sending" | "sent" | "failed";
  /** Why it failed: a code of the protocol; else "". */
  readonly problem: string;
}

export interface ChatEvents {
  /** Something that the getters show is different. */
  changed: object;
  /** Somebody else said something; not told of what was said before we came. */
  said: { message: ChatMessage };
  reaction: { participant: string; emoji: string };
  /** A reaction of ours was refused. */
  refused: { code: string };
}

export interface ChatOptions {
  link: Link;
  /** Random, new at each page load. */
  client: string;
  /** Who we are. */
  self: () => { identity: string; name: string };
  /** What stands at an address of the server's; throws if it cannot be had. */
  fetch: (url: string) => Promise<Record<string, unknown>>;
  /** Where this room's chat is read over HTTP. */
  history: () => string;
  /** The most messages that the server sends at once to who comes in. */
  snapshotSize: () => number;
  /** The server's clock, as far as we know: UTC milliseconds since 1970. */
  clock: () => number;
}

/** Messages a page of history. */
const PAGE = 50;
// Of a long meeting; what is let go is loaded again like any older message.
const MOST_KEPT = 2_000;
const KEPT_THEN = 1_500;

export class Chat {
  private readonly events = new Emitter<ChatEvents>();
  private readonly topic: Topic;
  /** In the server's order, without a hole. */
  private sent: SentMessage[] = [];
  private unsent: ChatMessage[] = [];
  private readonly keys = new Map<Submission, string>();
  /** Keys of messages of ours that are in, by seq, until the content that has them is taken. */
  private readonly ownBySeq = new Map<number, string>();
  private shown: readonly ChatMessage[] = [];
  /** Everything above this version that we may read is here; null before there is any. */
  private reachesTo: number | null = null;
  private lastKey = 0;
  /** By `id`, those of this link: an error may be to one of them, or to words that were sent again since. */
  private readonly reactions = new Set<unknown>();
  private loading: Promise<void> | null = null;
  private why = "";

  constructor(private readonly options: ChatOptions) {
    const { link, client, fetch } = options;
    this.topic = new Topic(
      { link, client, name: {}, gapless: false, fetch },
      {
        content: (message, anew) => this.take(message, anew),
        event: (message) => this.hear(message),
        settled: (submission, seq, ack) => this.settle(submission, seq, ack),
        refused: (submission, code) => this.fail(submission, code),
        closed: (reason) => {
          this.why = reason;
          this.changed();
        },
      },
    );
    link.observe({
      up: () => {
        this.reactions.clear();
        this.topic.open();
      },
      down: () => {
        this.topic.lost();
        this.changed();
      },
      heard: (message) => {
        if (!this.topic.hear(message) && this.reactions.delete(message.re))
          this.events.emit("refused", { code: String(message.code) });
      },
    });
  }

  get messages(): readonly ChatMessage[] {
    return this.shown;
  }

  /** False before the first answer and while the way to the server is down: what is said waits. */
  get isOpen(): boolean {
    return this.topic.isOpen;
  }

  /** Why there is no chat; "" where there is one. */
  get closedBecause(): string {
    return this.why;
  }

  /** Whether older messages can be loaded. */
  get hasEarlier(): boolean {
    return this.reachesTo !== null && this.reachesTo > 0;
  }

  /** Calls `listener` for every event of that name; returns the call that stops it. */
  on<Name extends keyof ChatEvents>(name: Name, listener: (event: ChatEvents[Name]) => void): () => void {
    return this.events.on(name, listener);
  }

  /** Says something, to everybody or to one identity; it goes out as soon as it can, in order. */
  say(text: string, to: string | null = null): void {
    this.lastKey += 1;
    const { identity, name } = this.options.self();
    const key = `own ${this.lastKey}`;
    const at = this.options.clock();
    this.unsent.push({
      key,
      version: null,
      from: identity,
      name,
      to,
      text,
      at,
      state: "sending",
      problem: "",
    });
    this.keys.set(this.topic.submit({ t: "say", text, ...(to === null ? {} : { to }) }), key);
    this.changed();
  }

  /** Says again what was refused. */
  resend(key: string): void {
    const message = this.unsent.find((one) => one.key === key && one.state === "failed");
    if (!message) return;
    this.discard(key);
    this.say(message.text, message.to);
  }

  /** Takes back what was refused. */
  discard(key: string): void {
    this.unsent = this.unsent.filter((one) => one.key !== key || one.state !== "failed");
    this.changed();
  }

  /** Sends a reaction; it is not stored, and lost while the way to the server is down (false). */
  react(emoji: string): boolean {
    const { link } = this.options;
    const id = link.nextId();
    this.reactions.add(id);
    return link.send({ t: "react", id, emoji });
  }

  /** Loads older messages. Throws if they cannot be had. */
  earlier(): Promise<void> {
    this.loading ??= this.loadEarlier().finally(() => {
      this.loading = null;
    });
    return this.loading;
  }

  /** The room is another one now. */
  forget(): void {
    this.topic.forget();
    this.keys.clear();
    this.ownBySeq.clear();
    this.sent = [];
    this.unsent = [];
    this.reachesTo = null;
    this.why = "";
    this.changed();
    if (this.options.link.isUp) this.topic.open();
  }

  private async loadEarlier(): Promise<void> {
    // Versions that others keep to themselves are left out: a page may be short, even empty.
    for (let found = 0; found === 0 && this.hasEarlier; ) {
      const to = this.reachesTo ?? 0;
      const after = Math.max(0, to - PAGE);
      const page = await this.options.fetch(`${this.options.history()}?after=${after}&limit=${PAGE}`);
      if (this.reachesTo !== to) return;
      const older = messagesOf(page).filter(({ version }) => version <= to);
      found = older.length;
      this.sent = [...older, ...this.sent];
      this.reachesTo = after;
    }
    this.changed();
  }

  private take(message: Message, anew: boolean): void {
    this.why = "";
    const messages = messagesOf(message).map((one) => this.recognised(one));
    const first = this.reachesTo === null;
    const known = anew ? 0 : (this.sent.at(-1)?.version ?? 0);
    const fresh = messages.filter(({ version }) => version > known);
    const oldest = messages[0]?.version ?? 1;
    if (message.t === "snapshot" && (first || anew || oldest > known + 1)) {
      // There may be a hole between what was here and this: what was here is loaded again when it is asked for.
      this.sent = messages;
      this.reachesTo = messages.length < this.options.snapshotSize() ? 0 : oldest - 1;
    } else this.sent = [...this.sent, ...fresh];
    this.changed();
    if (first || anew) return;
    const self = this.options.self().identity;
    for (const one of fresh) if (one.from !== self) this.events.emit("said", { message: one });
  }

  private hear(message: Message): void {
    if (message.t === "message") {
      const one = messageOf(message);
      if (!one) return;
      this.insert(one);
      this.changed();
      if (one.from !== this.options.self().identity) this.events.emit("said", { message: one });
    } else if (message.t === "reaction") {
      const { participant, emoji } = message;
      if (typeof participant === "string" && typeof emoji === "string")
        this.events.emit("reaction", { participant, emoji });
    }
  }

  private settle(submission: Submission, seq: number, ack: Message | null): void {
    const key = this.keys.get(submission) ?? "";
    this.keys.delete(submission);
    const message = this.unsent.find((one) => one.key === key);
    if (!message) return;
    this.unsent = this.unsent.filter((one) => one !== message);
    if (typeof ack?.version !== "number") {
      // It comes with the content.
      this.ownBySeq.set(seq, key);
      return;
    }
    this.insert({ ...message, version: ack.version, state: "sent" });
    this.changed();
  }

  private fail(submission: Submission, problem: string): void {
    const key = this.keys.get(submission);
    this.keys.delete(submission);
    this.unsent = this.unsent.map((one) => (one.key === key ? { ...one, state: "failed", problem } : one));
    this.changed();
  }

  /** A message of our own that was on its way keeps its key. */
  private recognised({ client, seq, ...message }: Received): SentMessage {
    const key = client === this.options.client ? this.ownBySeq.get(seq) : undefined;
    if (key === undefined) return message;
    this.ownBySeq.delete(seq);
    return { ...message, key };
  }

  private insert(message: SentMessage): void {
    // Nearly always the last.
    let at = this.sent.length;
    while (at > 0 && (this.sent[at - 1]?.version ?? 0) >= message.version) at -= 1;
    if (this.sent[at]?.version === message.version) return;
    this.sent.splice(at, 0, message);
    if (this.sent.length <= MOST_KEPT) return;
    const gone = this.sent.splice(0, this.sent.length - KEPT_THEN);
    this.reachesTo = gone.at(-1)?.version ?? this.reachesTo;
  }

  private changed(): void {
    this.shown = [...this.sent, ...this.unsent];
    this.events.emit("changed", {});
  }
}

type SentMessage = ChatMessage & { version: number };
type Received = SentMessage & { client: string; seq: number };

function messagesOf(message: Record<string, unknown>): Received[] {
  const { messages } = message;
  return Array.isArray(messages) ? messages.map(messageOf).filter((one) => one !== null) : [];
}

/** A message as the server sends it; null where it is none. */
function messageOf(value: unknown): Received | null {
  if (typeof value !== "object" || value === null) return null;
  const { version, from, name, to, text, at, client, seq } = value as Record<string, unknown>;
  if (typeof version !== "number" || typeof from !== "string" || typeof text !== "string") return null;
  return {
    key: `version ${version}`,
    version,
    from,
    name: typeof name === "string" && name !== "" ? name : from,
    to: typeof to === "string" ? to : null,
    text,
    at: typeof at === "number" ? at : 0,
    state: "sent",
    problem: "",
    client: typeof client === "string" ? client : "",
    seq: typeof seq === "number" ? seq : 0,
  };
}
