/**
 * What is shown while it happens and never stored: who types, cursors, pointers (protocol, section 3, `live`).
 *
 * The newest of a kind is all that matters: what could not go out yet is replaced by what comes after it.
 */

import type { Link, Message } from "./channels";
import { Emitter } from "./emitter";

export interface LiveEvents {
  /** Who types is different. */
  typing: object;
  /** Anything else somebody sent: `t` says what, `participant` who. */
  message: { message: Message & { participant: string } };
}

// The server relays 60 datagrams a second to a receiver; over the socket messages cost more and are limited.
const TICK_MS = { channel: 17, socket: 200 };
const TYPING_AGAIN_MS = 2_000;
// Longer than the time between two: one of them may be lost.
const TYPING_SHOWN_MS = 5_000;
/** What one client may make us remember of those who type. */
const MOST_TYPING = 200;

export class Live {
  private readonly events = new Emitter<LiveEvents>();
  /** What waits for the next tick, by what it replaces. */
  private readonly waiting = new Map<string, Message>();
  private tick: ReturnType<typeof setTimeout> | null = null;
  private sentAt = Number.NEGATIVE_INFINITY;
  private readonly toldTyping = new Map<string, number>();
  private readonly typers = new Map<string, Map<string, ReturnType<typeof setTimeout>>>();

  constructor(private readonly link: Link) {
    link.observe({
      up: () => {},
      down: () => this.waiting.clear(),
      heard: (message) => this.hear(message),
    });
  }

  /** Calls `listener` for every event of that name; returns the call that stops it. */
  on<Name extends keyof LiveEvents>(name: Name, listener: (event: LiveEvents[Name]) => void): () => void {
    return this.events.on(name, listener);
  }

  /** Sends a message, at once or with the next tick; of those with the same `kind` the newest goes. */
  send(kind: string, message: Message): void {
    if (!this.link.isUp) return;
    this.waiting.set(kind, message);
    if (this.tick !== null) return;
    const due = this.sentAt + TICK_MS[this.link.carriedBy ?? "channel"] - performance.now();
    if (due <= 0) this.flush();
    else
      this.tick = setTimeout(() => {
        this.tick = null;
        this.flush();
      }, due);
  }

  /** Somebody typed a letter here: tells the others of this topic (a document's id or `chat`). */
  type(topic: string): void {
    const now = performance.now();
    if (now - (this.toldTyping.get(topic) ?? Number.NEGATIVE_INFINITY) < TYPING_AGAIN_MS) return;
    this.toldTyping.set(topic, now);
    this.send(`typing ${topic}`, { t: "typing", topic });
  }

  /** What was typed here is sent, or thrown away: the next letter is told at once. */
  typed(topic: string): void {
    this.toldTyping.delete(topic);
    this.waiting.delete(`typing ${topic}`);
  }

  /** Participants who type in a topic, the first one first. */
  typing(topic: string): readonly string[] {
    return [...(this.typers.get(topic)?.keys() ?? [])];
  }

  /** What somebody typed has come, or they are gone: they type no more. */
  rested(participant: string, topic: string | null = null): void {
    let changed = false;
    for (const [name, typers] of this.typers) {
      const timer = typers.get(participant);
      if (timer === undefined || (topic !== null && name !== topic)) continue;
      clearTimeout(timer);
      typers.delete(participant);
      if (typers.size === 0) this.typers.delete(name);
      changed = true;
    }
    if (changed) this.events.emit("typing", {});
  }

  /** Stops all timers. */
  close(): void {
    if (this.tick !== null) clearTimeout(this.tick);
    for (const typers of this.typers.values()) for (const timer of typers.values()) clearTimeout(timer);
    this.typers.clear();
  }

  private flush(): void {
    const messages = [...this.waiting.values()];
    this.waiting.clear();
    if (messages.length === 0 || !this.link.isUp) return;
    this.sentAt = performance.now();
    this.link.send(...messages);
  }

  private hear(message: Message): void {
    const { participant, topic } = message;
    if (typeof participant !== "string") return;
    if (message.t !== "typing") this.events.emit("message", { message: { ...message, participant } });
    else if (typeof topic === "string") this.hearTyping(topic, participant);
  }

  private hearTyping(topic: string, participant: string): void {
    const typers = this.typers.get(topic) ?? new Map<string, ReturnType<typeof setTimeout>>();
    this.typers.set(topic, typers);
    const before = typers.get(participant);
    if (before === undefined && typers.size >= MOST_TYPING) return;
    if (before !== undefined) clearTimeout(before);
    typers.set(
      participant,
      setTimeout(() => this.rested(participant, topic), TYPING_SHOWN_MS),
    );
    if (before === undefined) this.events.emit("typing", {});
  }
}
