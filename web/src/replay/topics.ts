/** Documents and boards of a recording, each as it was at any moment. */

import Delta from "quill-delta";
import { type BoardElement, type Change, Elements, type Page, put } from "../client/board_elements";
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
  /** When it was looked at or changed: the newest of these is what people had before them. */
  readonly used: readonly number[];
}

export type DocumentTopic = RecordedTopic<Delta | null> & { readonly kind: "document" };
export type BoardTopic = RecordedTopic<BoardState> & { readonly kind: "board" };
export type Topic = DocumentTopic | BoardTopic;

export interface BoardState {
  readonly elements: Elements;
  /** What was changed last stands on it. */
  page: string;
}

const DOCUMENT_RULES: Rules<Delta | null> = {
  initial: () => null,
  apply: (content, line) => {
    if (line.kind === "document") return new Delta(opsOf(line));
    return line.kind === "document_change" && content ? content.compose(new Delta(opsOf(line))) : content;
  },
  isWhole: ({ kind }) => kind === "document",
};

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
  board: "board",
  board_change: "board",
};

/** All of them, in the order in which they were first used. */
export function topicsOf(journal: readonly Line[]): Topic[] {
  const lines = new Map<string, Line[]>();
  const used = new Map<string, number[]>();
  const push = <Value>(map: Map<string, Value[]>, id: string, value: Value) => {
    const list = map.get(id);
    if (list) list.push(value);
    else map.set(id, [value]);
  };
  for (const line of journal) {
    const field = OWN[line.kind];
    if (field) push(lines, textOf(line, field), line);
    if (line.kind === "opened") push(used, textOf(line, "topic"), line.at_ms);
    if (line.kind === "document_change" || line.kind === "board_change")
      push(used, textOf(line, field ?? ""), line.at_ms);
  }
  const topics = [...lines].map(([id, own]): Topic => {
    const whole = findLast(own, ({ kind }) => kind === "document" || kind === "board");
    const facts = { id, title: (whole && textOf(whole, "title")) || "Untitled", fromMs: own[0]?.at_ms ?? 0 };
    const shown = { ...facts, used: used.get(id) ?? [] };
    return own[0]?.kind.startsWith("document")
      ? { ...shown, kind: "document", content: new Seekable(own, DOCUMENT_RULES) }
      : { ...shown, kind: "board", content: new Seekable(own, BOARD_RULES) };
  });
  const first = ({ used, fromMs }: Topic) => used[0] ?? fromMs + 1e12;
  return topics.sort((a, b) => first(a) - first(b));
}

/** What people had before them at a moment; null while they had nothing. */
export function topicInUse(topics: readonly Topic[], atMs: number): Topic | null {
  let [best, bestAt] = [null as Topic | null, -1];
  for (const topic of topics) {
    const at = findLast(topic.used, (one) => one <= atMs) ?? -1;
    if (at > bestAt) [best, bestAt] = [topic, at];
  }
  return best;
}
