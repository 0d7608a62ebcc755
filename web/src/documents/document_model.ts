/** A document as the page draws it: signals, kept in step with the client library. */

import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type Delta from "quill-delta";
import type { Review, ReviewStatus, SharedDocument } from "../client/document";
import { avatarColour, visibleName } from "../room/names";
import { codeOf } from "../topics/attempt";
import { closedWords, refusedWords, type Standing } from "./document_words";
import type { Place, ShownCursor } from "./text_editor";
import { filtered, type Thread, type ThreadFilter, threadAt, threadsOf } from "./threads";

/** Somebody in the meeting that the document is shown in. */
export interface Participant {
  readonly id: string;
  readonly identity: string;
  readonly name: string;
}

export interface Rights {
  readonly edit: boolean;
  readonly comment: boolean;
  /** Others' comments, the name, deletion, links. */
  readonly moderate: boolean;
}

/** Where a document is shown: what it needs to know of a meeting, or of a link's session. */
export interface DocumentHost {
  readonly shared: SharedDocument;
  readonly title: ReadonlySignal<string>;
  readonly self: ReadonlySignal<{ identity: string; name: string }>;
  /** Everybody in the meeting, oneself too; nobody on a page of its own. */
  readonly people: ReadonlySignal<readonly Participant[]>;
  readonly rights: ReadonlySignal<Rights>;
  /** Gives it another title; throws if that is refused. */
  readonly rename: (title: string) => Promise<void>;
  /** Takes the document away again; null where it is all there is. */
  readonly close: (() => void) | null;
}

export type Side = "comments" | "reviews" | "history";

/** A comment that is being written, on a place that moves with the text. */
export interface Draft extends Place {
  readonly quote: string;
}

export class DocumentModel {
  readonly standing = signal<Standing>("opening");
  readonly saved = signal(true);
  readonly version = signal(0);
  /** Why it is closed, in words; "" while it is not. */
  readonly closed = signal("");
  readonly threads = signal<readonly Thread[]>([]);
  readonly reviews = signal<readonly Review[]>([]);
  /** Others who have it before them. */
  readonly cursors = signal<readonly (ShownCursor & { identity: string })[]>([]);
  readonly canUndo = signal(false);
  readonly canRedo = signal(false);

  readonly side = signal<Side | null>(null);
  readonly filter = signal<ThreadFilter>("open");
  /** The thread that one looks at, by id. */
  readonly focus = signal<string | null>(null);
  readonly draft = signal<Draft | null>(null);
  /** Where the cursor is, or was when it left the text. */
  readonly selection = signal<Place | null>(null);
  /** Whether the cursor is in the text. */
  readonly writing = signal(false);
  /** What did not work, in words. */
  readonly problem = signal("");
  /** What happened, for screen readers. */
  readonly said = signal("");

  /** True until the server says that one may not. */
  private readonly taken = signal(true);
  readonly mayEdit = computed(
    () => this.host.rights.value.edit && this.taken.value && this.closed.value === "",
  );
  readonly mayComment = computed(() => this.host.rights.value.comment && this.closed.value === "");
  readonly shownThreads = computed(() => filtered(this.threads.value, this.filter.value));
  readonly openThreads = computed(() => filtered(this.threads.value, "open").length);

  private readonly stops: (() => void)[];
  private scheduled = false;

  constructor(readonly host: DocumentHost) {
    const { shared } = host;
    const changed = () => this.changed();
    this.stops = [
      shared.on("change", ({ delta }) => {
        this.move(delta);
        this.changed();
      }),
      shared.on("replaced", changed),
      shared.on("state", changed),
      shared.on("notes", changed),
      shared.on("cursors", changed),
      shared.on("refused", ({ code }) => this.refuse(code)),
      // Who is granted it anew may try again.
      effect(() => {
        if (!host.rights.value.edit) this.taken.value = true;
      }),
    ];
    this.sync();
  }

  get shared(): SharedDocument {
    return this.host.shared;
  }

  /** What an identity is called here: "You" for oneself. */
  nameOf(identity: string): string {
    return identity === this.host.self.value.identity ? "You" : this.fullNameOf(identity);
  }

  fullNameOf(identity: string): string {
    const present = this.host.people.value.find((person) => person.identity === identity);
    if (present) return present.name;
    for (const { first, replies } of this.threads.value)
      for (const { author } of [first, ...replies]) if (author.identity === identity) return author.name;
    return visibleName(identity);
  }

  /** Something was typed here, and the cursor is elsewhere; what follows from it is drawn soon. */
  edited(change: Delta, place: Place | null): void {
    this.move(change);
    if (place !== null) this.selection.value = place;
    this.changed();
  }

  // --- comments -----------------------------------------------------------------------------------------

  /** Begins a comment on the selection. */
  beginComment(): void {
    const place = this.selection.peek();
    if (place === null || place.length === 0 || !this.mayComment.peek()) return;
    const quote = textOf(this.shared, place);
    if (quote.trim() === "") return;
    batch(() => {
      this.focus.value = null;
      this.draft.value = { ...place, quote };
    });
  }

  async comment(text: string): Promise<boolean> {
    const draft = this.draft.peek();
    if (draft === null) return false;
    if (draft.length === 0) {
      this.problem.value = "The words you wanted to comment on are gone.";
      return false;
    }
    return this.attempt(async () => {
      const id = await this.shared.comment(draft.index, draft.length, text);
      batch(() => {
        this.draft.value = null;
        this.filter.value = "open";
        this.focus.value = id;
        this.said.value = "Comment added";
      });
    });
  }

  reply(thread: Thread, text: string): Promise<boolean> {
    const { index, length, first } = thread;
    // An answer to words that are gone stands on what is left beside them.
    const place = length > 0 ? { index, length } : besides(this.shared, index);
    return this.attempt(() => this.shared.comment(place.index, place.length, text, first.thread));
  }

  editComment(id: string, text: string): Promise<boolean> {
    return this.attempt(() => this.shared.updateComment(id, { text }));
  }

  deleteComment(id: string): Promise<boolean> {
    return this.attempt(() => this.shared.deleteComment(id));
  }

  resolve(thread: Thread, resolved: boolean): Promise<boolean> {
    return this.attempt(async () => {
      await this.shared.updateComment(thread.first.id, { resolved });
      this.said.value = resolved ? "Resolved" : "Open again";
    });
  }

  /** The cursor is somewhere else: the comment there comes forward. */
  look(place: Place): void {
    this.selection.value = place;
    if (place.length > 0) return;
    const thread = threadAt(this.threads.peek(), place.index);
    if (thread !== null || this.draft.peek() === null) this.focus.value = thread?.id ?? null;
  }

  // --- reviews ------------------------------------------------------------------------------------------

  requestReview(reviewer: string, deadlineAt: number | null): Promise<boolean> {
    return this.attempt(() => this.shared.requestReview(reviewer, deadlineAt ?? undefined));
  }

  judge(review: Review, status: ReviewStatus, note: string): Promise<boolean> {
    return this.attempt(() => this.shared.updateReview(review.id, status, note));
  }

  // --- the rest -----------------------------------------------------------------------------------------

  /** Opens a panel, or closes it. */
  toggle(side: Side): void {
    this.side.value = this.side.peek() === side ? null : side;
  }

  /** Does something that may fail, and says why it did; true if it did not. */
  async attempt(act: () => Promise<unknown>): Promise<boolean> {
    this.problem.value = "";
    try {
      await act();
      return true;
    } catch (error) {
      this.problem.value = refusedWords(codeOf(error));
      return false;
    }
  }

  close(): void {
    for (const stop of this.stops) stop();
  }

  private refuse(code: string): void {
    if (code === "forbidden") {
      this.taken.value = false;
      this.problem.value = "You may only read this document. What you typed was taken back.";
    } else this.problem.value = refusedWords(code);
  }

  /** Places of ours stay with their words. */
  private move(change: Delta): void {
    const [draft, selection] = [this.draft.peek(), this.selection.peek()];
    if (draft !== null) this.draft.value = { ...draft, ...movedPlace(draft, change) };
    if (selection !== null) this.selection.value = movedPlace(selection, change);
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
    const { shared } = this;
    this.standing.value = shared.state;
    this.saved.value = shared.saved;
    this.version.value = shared.version;
    this.closed.value = shared.state === "closed" ? closedWords(shared.closedBecause) : "";
    this.canUndo.value = shared.canUndo;
    this.canRedo.value = shared.canRedo;
    this.threads.value = threadsOf(shared.comments);
    this.reviews.value = shared.reviews;
    this.cursors.value = [...shared.cursors].map(([id, { identity, name, index, length }]) => {
      const colour = `var(--person-${avatarColour(identity)})`;
      return { id, identity, name: visibleName(name), colour, index, length };
    });
  }
}

/** Where the same words stand after a change; none are left: where they stood. */
export function movedPlace({ index, length }: Place, change: Delta): Place {
  const start = change.transformPosition(index);
  const end = change.transformPosition(index + length, true);
  return { index: start, length: Math.max(0, end - start) };
}

/** Some text of a document, without what is embedded. */
function textOf(shared: SharedDocument, { index, length }: Place): string {
  return shared.content
    .slice(index, index + length)
    .ops.map(({ insert }) => (typeof insert === "string" ? insert : ""))
    .join("");
}

function besides(shared: SharedDocument, index: number): Place {
  const length = shared.content.length();
  return { index: Math.max(0, Math.min(index, length - 1)), length: 1 };
}
