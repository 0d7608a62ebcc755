/** Comments and reviews of a document that is open, and where the comments stand. */

import type Delta from "quill-delta";

export interface Author {
  readonly identity: string;
  readonly name: string;
}

export interface PlacedComment {
  readonly id: string;
  /** That of the comment that began it. */
  readonly thread: string;
  readonly author: Author;
  readonly text: string;
  /** Where its words stand now; `length` is 0 if they are gone. */
  readonly index: number;
  readonly length: number;
  /** Its words as they were when it was made. */
  readonly quote: string;
  readonly state: "open" | "resolved" | "detached";
  /** UTC milliseconds since 1970, here and below. */
  readonly at: number;
  readonly updatedAt: number;
}

export type ReviewStatus = "pending" | "approved" | "changes_requested" | "rejected";

export interface Review {
  readonly id: string;
  /** An identity. */
  readonly reviewer: string;
  readonly requestedBy: Author;
  readonly status: ReviewStatus;
  readonly note: string;
  readonly deadlineAt: number | null;
  /** What was judged, or what is to be. */
  readonly version: number;
  readonly at: number;
  readonly completedAt: number | null;
}

/** A range of text; empty if the text is gone: then this is its old place. */
export class Anchor {
  constructor(
    public start: number,
    public end: number,
  ) {}

  get detached(): boolean {
    return this.end <= this.start;
  }

  /** Follows a change: an insert at the start moves it, one at the end stays outside. */
  move(change: Delta): void {
    const detached = this.detached;
    this.end = change.transformPosition(this.end, true);
    this.start = detached ? this.end : Math.min(change.transformPosition(this.start), this.end);
  }
}

type Fields = Record<string, unknown>;

export class DocumentNotes {
  private readonly comments = new Map<string, { comment: PlacedComment; anchor: Anchor }>();
  private readonly reviewsById = new Map<string, Review>();

  get reviews(): readonly Review[] {
    return [...this.reviewsById.values()];
  }

  /** All there are, from a `snapshot` or `changes`. */
  replace(message: Fields): void {
    this.comments.clear();
    this.reviewsById.clear();
    for (const comment of objects(message.comments)) this.comment(comment);
    for (const review of objects(message.reviews)) this.review(review);
  }

  /** One is new, other or gone. */
  comment(told: unknown): void {
    const comment = readComment(told);
    this.comments.delete(comment.id);
    if (comment.state === "deleted" || comment.id === "") return;
    const { index, length } = comment;
    this.comments.set(comment.id, { comment, anchor: new Anchor(index, index + length) });
  }

  /** One is new or other. */
  review(told: unknown): void {
    const fields = object(told);
    const id = text(fields.id);
    if (id === "") return;
    this.reviewsById.set(id, {
      id,
      reviewer: text(fields.reviewer),
      requestedBy: author(fields.requested_by),
      status: text(fields.status) as ReviewStatus,
      note: text(fields.note),
      deadlineAt: typeof fields.deadline_at === "number" ? fields.deadline_at : null,
      version: count(fields.version),
      at: count(fields.at),
      completedAt: typeof fields.completed_at === "number" ? fields.completed_at : null,
    });
  }

  /** Follows a version. The server moves comments the same way, and tells only when it does otherwise. */
  move(change: Delta): void {
    for (const { anchor } of this.comments.values()) anchor.move(change);
  }

  /** Comments as they stand after changes that are not confirmed yet, by place. */
  placed(pending: readonly Delta[]): PlacedComment[] {
    const placed = [...this.comments.values()].map(({ comment, anchor: { start, end } }) => {
      const place = new Anchor(start, end);
      for (const change of pending) place.move(change);
      return { ...comment, index: place.start, length: Math.max(0, place.end - place.start) };
    });
    return placed.sort((one, other) => one.index - other.index || one.at - other.at);
  }
}

/** A comment as the server tells of it; one that is deleted has nothing but its id. */
export function readComment(
  told: unknown,
): PlacedComment | { readonly id: string; readonly state: "deleted" } {
  const fields = object(told);
  const id = text(fields.id);
  if (fields.state === "deleted") return { id, state: "deleted" };
  return {
    id,
    thread: text(fields.thread) || id,
    author: author(fields.author),
    text: text(fields.text),
    index: count(fields.index),
    length: count(fields.length),
    quote: text(fields.quote),
    state: fields.state === "resolved" || fields.state === "detached" ? fields.state : "open",
    at: count(fields.at),
    updatedAt: count(fields.updated_at),
  };
}

/** The author of something as the server names them. */
export function author(told: unknown): Author {
  const { identity, name } = object(told);
  return { identity: text(identity), name: text(name) || text(identity) };
}

function objects(told: unknown): Fields[] {
  return Array.isArray(told) ? told.map(object) : [];
}

function object(told: unknown): Fields {
  return typeof told === "object" && told !== null ? (told as Fields) : {};
}

function text(told: unknown): string {
  return typeof told === "string" ? told : "";
}

function count(told: unknown): number {
  return typeof told === "number" && told >= 0 ? told : 0;
}
