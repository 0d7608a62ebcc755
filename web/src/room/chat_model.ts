/** The chat as the room draws it: signals, kept in step with the client library. */

import { batch, computed, effect, signal } from "@preact/signals";
import type { ChatMessage, Meeting } from "../client";
import { type Entry, entriesOf } from "./chat_entries";
import { closedWords, dayOf, typingWords } from "./chat_words";
import { visibleName } from "./names";
import type { RoomModel } from "./room_model";

/** Somebody a message can be for. */
export interface Recipient {
  identity: string;
  name: string;
}

const TOAST_MS = 6_000;

export class ChatModel {
  readonly open = signal(false);
  readonly entries = signal<readonly Entry[]>([]);
  readonly unread = signal(0);
  /** Who types, in words; "" for nobody. */
  readonly typing = signal("");
  /** The newest message while the chat is closed, for a moment. */
  readonly toast = signal<ChatMessage | null>(null);
  /** The identity that the next message is for; null: everybody. */
  readonly recipient = signal<string | null>(null);
  readonly draft = signal("");
  readonly earlier = signal<"none" | "there" | "loading" | "failed">("none");
  /** Why nothing can be read; "" where it can. */
  readonly closed = signal("");
  /** False while the way to the server is down: what is said waits. */
  readonly connected = signal(false);
  /** What came last, for a screen reader. */
  readonly heard = signal("");

  /** Everybody else, by name. Whoever is in the room twice is one. */
  readonly recipients = computed<readonly Recipient[]>(() => {
    const own = this.self;
    const found = new Map<string, Recipient>();
    for (const { identity, name } of this.room.people.value) {
      if (identity !== own && !found.has(identity)) found.set(identity, { identity, name });
    }
    const chosen = this.recipient.value;
    if (chosen !== null && !found.has(chosen))
      found.set(chosen, { identity: chosen, name: this.nameOf(chosen) });
    return [...found.values()].sort((one, other) => one.name.localeCompare(other.name));
  });

  private readonly names = new Map<string, string>();
  private firstNew: string | null = null;
  private scheduled = false;
  private toastTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly meeting: Meeting,
    private readonly room: RoomModel,
  ) {
    const { chat, live } = meeting;
    chat.on("changed", () => this.changed());
    chat.on("said", ({ message }) => batch(() => this.hear(message)));
    live.on("typing", () => this.syncTyping());
    meeting.on("closed", () => this.hideToast());
    addEventListener("visibilitychange", () => this.look());
    effect(() => {
      if (this.open.value) this.look();
      else this.forgetNew();
    });
  }

  /** Our identity; "" before we are in the room. */
  get self(): string {
    return this.meeting.me?.identity ?? "";
  }

  /** The most UTF-16 units of a message; the server's default unless it says. */
  get longest(): number {
    return this.meeting.limitOf("chat_text") ?? 4_000;
  }

  /** What an identity is called, now or when it last said something. */
  nameOf(identity: string): string {
    const present = this.room.people.peek().find((person) => person.identity === identity);
    return present?.name ?? this.names.get(identity) ?? visibleName(identity);
  }

  /** Says what is in the draft. */
  say(): void {
    const text = this.draft.peek().trim();
    if (text === "") return;
    this.draft.value = "";
    this.meeting.live.typed("chat");
    this.forgetNew();
    this.meeting.chat.say(text, this.recipient.peek());
  }

  write(text: string): void {
    this.draft.value = text;
    // Whoever writes to one person is not seen typing by all.
    if (text.trim() !== "" && this.recipient.peek() === null) this.meeting.live.type("chat");
  }

  /** Writes to one person from now on. */
  address(identity: string | null): void {
    this.recipient.value = identity;
  }

  resend(message: ChatMessage): void {
    this.meeting.chat.resend(message.key);
  }

  discard(message: ChatMessage): void {
    this.meeting.chat.discard(message.key);
  }

  async loadEarlier(): Promise<void> {
    if (this.earlier.peek() === "loading" || this.earlier.peek() === "none") return;
    this.earlier.value = "loading";
    const loaded = await this.meeting.chat.earlier().then(
      () => true,
      () => false,
    );
    this.earlier.value = !loaded ? "failed" : this.meeting.chat.hasEarlier ? "there" : "none";
  }

  hideToast(): void {
    if (this.toastTimer !== null) clearTimeout(this.toastTimer);
    this.toastTimer = null;
    this.toast.value = null;
  }

  /** Draws soon, once for all changes of this turn. */
  private changed(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      batch(() => this.sync());
    });
  }

  private sync(): void {
    const { chat } = this.meeting;
    for (const { from, name } of chat.messages) this.names.set(from, visibleName(name));
    this.entries.value = entriesOf(chat.messages, dayOf, this.firstNew);
    this.connected.value = chat.isOpen;
    this.closed.value = closedWords(chat.closedBecause);
    if (this.earlier.peek() !== "loading") this.earlier.value = chat.hasEarlier ? "there" : "none";
  }

  private syncTyping(): void {
    const { live, roster, participants } = this.meeting;
    const names = live
      .typing("chat")
      .filter((id) => id !== roster.self && participants.has(id))
      .map((id) => visibleName(roster.name(id)));
    this.typing.value = typingWords(names);
  }

  private hear(message: ChatMessage): void {
    if (this.isSeen) {
      this.heard.value = `${visibleName(message.name)}: ${message.text}`;
      return;
    }
    this.firstNew ??= message.key;
    this.unread.value += 1;
    this.changed();
    if (this.open.peek()) return;
    this.hideToast();
    this.toast.value = message;
    this.toastTimer = setTimeout(() => this.hideToast(), TOAST_MS);
  }

  private get isSeen(): boolean {
    return this.open.peek() && !document.hidden;
  }

  private look(): void {
    if (!this.isSeen) return;
    this.unread.value = 0;
    this.hideToast();
  }

  /** What was new was seen: the line above it goes. */
  private forgetNew(): void {
    if (this.firstNew === null || this.unread.peek() > 0) return;
    this.firstNew = null;
    this.changed();
  }
}
