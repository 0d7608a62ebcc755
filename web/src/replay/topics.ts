/** Documents and boards of a recording, each as it was at any moment. */

import Delta from "quill-delta";
import { type BoardElement, type Change, Elements, type Page, put } from "../client/board_elements";
import { Anchor, type PlacedComment, readComment } from "../client/document_notes";
import { type Line, listOf, textOf } from "./journal";
import { findLast } from "./last";
import { type Rules, Seekable } from "./seekable";

export interface RecordedTopic<State> {
  readonly id: string;
  readonly kind: "document" | "board";
  readonly title: string;
  /** When it is there at first. */
  readonly fromMs: number;
  readonly content: Seekable<State>;
  /** When it was first opened or changed; infinite if it never was. */
  readonly usedFromMs: number;
}

export interface DocumentTopic extends RecordedTopic<DocumentState | null> {
  readonly kind: "document";
  readonly comments: Seekable<CommentsState>;
}
export type BoardTopic = RecordedTopic<BoardState> & { readonly kind: "board" };
export type Topic = DocumentTopic | BoardTopic;

export interface DocumentState {
  readonly version: number;
  readonly content: Delta;
}

/** Comments by their ids, where they stand. */
export type CommentsState = ReadonlyMap<string, PlacedComment>;

export interface BoardState {
  readonly elements: Elements;
  /** What was changed last stands on it. */
  page: string;
}

const DOCUMENT_RULES: Rules<DocumentState | null> = {
  initial: () => null,
  apply: (before, line) => {
    const version = Number(line.version);
    if (line.kind === "document") return { version, content: new Delta(opsOf(line)) };
    // After a gap changes say nothing until the whole follows.
    if (line.kind !== "document_change" || before === null || version !== before.version + 1) return before;
    return { version, content: before.content.compose(new Delta(opsOf(line))) };
  },
  isWhole: ({ kind }) => kind === "document",
};

const COMMENT_RULES: Rules<CommentsState> = {
  initial: () => new Map(),
  apply: (before, line) => {
    switch (line.kind) {
      case "document_comments":
        return listOf<unknown>(line, "comments").reduce<CommentsState>(withComment, new Map());
      case "document_comment":
        return withComment(before, line.comment);
      case "document_change":
        return before.size === 0 ? before : moved(before, new Delta(opsOf(line)));
      default:
        return before;
    }
  },
  // A document that is told whole says nothing of its comments but by the line that follows.
  isWhole: ({ kind }) => kind === "document_comments",
};

function withComment(before: CommentsState, told: unknown): CommentsState {
  const comment = readComment(told);
  const next = new Map(before);
  next.delete(comment.id);
  if (comment.state !== "deleted" && comment.id !== "") next.set(comment.id, comment);
  return next;
}

function moved(before: CommentsState, change: Delta): CommentsState {
  const next = new Map<string, PlacedComment>();
  for (const [id, comment] of before) {
    const anchor = new Anchor(comment.index, comment.index + comment.length);
    anchor.move(change);
    next.set(id, { ...comment, index: anchor.start, length: Math.max(0, anchor.end - anchor.start) });
  }
  return next;
}

const BOARD_RULES: Rules<BoardState> = {
  initial: () => ({ elements: new Elements(), page: "" }),
  apply: (board, line) => {
    if (line.kind === "board") return wholeBoard(line);
    if (line.kind === "board_change") {
      for (const change of listOf<Change>(line, "changes")) {
        const id = board.elements.apply(change);
        const element = id === null ? undefined : board.elements.alive.get(id);
        if (element) board.page = element.page;
      }
    }
    return board;
  },
  copy: ({ elements, page }) => {
    const copy = new Elements();
    for (const name of ["alive", "gone", "pages", "gonePages"] as const)
      for (const [id, value] of elements[name]) (copy[name] as Map<string, unknown>).set(id, value);
    return { elements: copy, page };
  },
  isWhole: ({ kind }) => kind === "board",
};

function wholeBoard(line: Line): BoardState {
  const elements = new Elements();
  for (const page of listOf<Page & { deleted?: boolean }>(line, "pages"))
    (page.deleted ? elements.gonePages : elements.pages).set(page.id, page);
  for (const element of listOf<BoardElement>(line, "elements"))
    elements.alive.set(element.id, put(undefined, element.id, element));
  const first = [...elements.pages.keys()][0] ?? "";
  return { elements, page: [...elements.alive.values()].at(-1)?.page ?? first };
}

function opsOf(line: Line): ConstructorParameters<typeof Delta>[0] {
  const delta = line.delta as { ops?: unknown } | undefined;
  return Array.isArray(delta?.ops) ? { ops: delta.ops } : { ops: [] };
}

const OWN: Record<string, string> = {
  document: "doc",
  document_change: "doc",
  document_comments: "doc",
  document_comment: "doc",
  board: "board",
  board_change: "board",
};

/** All of them, in the order in which they were first used. */
export function topicsOf(journal: readonly Line[]): Topic[] {
  const lines = new Map<string, Line[]>();
  const usedFrom = new Map<string, number>();
  for (const line of journal) {
    const field = OWN[line.kind];
    const id = textOf(line, field ?? "topic");
    if (field) {
      const own = lines.get(id);
      if (own) own.push(line);
      else lines.set(id, [line]);
    }
    if (isUse(line) && !usedFrom.has(id)) usedFrom.set(id, line.at_ms);
  }
  const topics = [...lines].map(([id, own]): Topic => {
    const whole = findLast(own, ({ kind }) => kind === "document" || kind === "board");
    const facts = {
      id,
      title: (whole && textOf(whole, "title")) || "Untitled",
      fromMs: own[0]?.at_ms ?? 0,
      usedFromMs: usedFrom.get(id) ?? Number.POSITIVE_INFINITY,
    };
    return own[0]?.kind.startsWith("document")
      ? {
          ...facts,
          kind: "document",
          content: new Seekable(
            own.filter(({ kind }) => !kind.startsWith("document_comment")),
            DOCUMENT_RULES,
          ),
          comments: new Seekable(own, COMMENT_RULES),
        }
      : { ...facts, kind: "board", content: new Seekable(own, BOARD_RULES) };
  });
  return topics.sort((a, b) =>
    a.usedFromMs === b.usedFromMs ? a.fromMs - b.fromMs : a.usedFromMs - b.usedFromMs,
  );
}

export interface Use {
  readonly at_ms: number;
  readonly topic: string;
}

/** Who writes elsewhere while others work on this turns nobody's head before it rested for so long. */
const REST_MS = 8_000;

/** What people had before them, from when on. */
export function usesOf(journal: readonly Line[], topics: readonly Topic[]): Use[] {
  const known = new Set(topics.map(({ id }) => id));
  const uses: Use[] = [];
  let usedAt = Number.NEGATIVE_INFINITY;
  for (const line of journal) {
    const topic = textOf(line, OWN[line.kind] ?? "topic");
    if (!isUse(line) || !known.has(topic)) continue;
    const current = uses.at(-1)?.topic;
    if (topic === current) usedAt = line.at_ms;
    else if (current === undefined || line.kind === "opened" || line.at_ms - usedAt > REST_MS) {
      uses.push({ at_ms: line.at_ms, topic });
      usedAt = line.at_ms;
    }
  }
  return uses;
}

function isUse({ kind }: Line): boolean {
  return kind === "opened" || kind === "document_change" || kind === "board_change";
}
