import { describe, expect, test } from "vitest";
import { chapterAt, chaptersOf } from "../../src/replay/chapters";
import type { Line } from "../../src/replay/journal";
import { speechesOf } from "../../src/replay/speech";
import { type Topic, topicsOf, usesOf } from "../../src/replay/topics";

const put = (id: string, x: number) => ({
  op: "put",
  id,
  props: { type: "rect", page: "p1", z: "a", box: [x, 0, 1, 1, 0] },
});

const JOURNAL: Line[] = [
  { at_ms: 0, kind: "joined", participant: "pa_1", name: "Ada" },
  {
    at_ms: 0,
    kind: "document",
    doc: "do_1",
    title: "Minutes",
    version: 1,
    delta: { ops: [{ insert: "\n" }] },
  },
  {
    at_ms: 0,
    kind: "board",
    board: "bo_1",
    title: "Sketch",
    version: 1,
    pages: [{ id: "p1" }],
    elements: [],
  },
  { at_ms: 100, kind: "opened", topic: "do_1", participant: "pa_1" },
  { at_ms: 200, kind: "document_change", doc: "do_1", version: 2, delta: { ops: [{ insert: "Hello" }] } },
  {
    at_ms: 300,
    kind: "document_change",
    doc: "do_1",
    version: 3,
    delta: { ops: [{ retain: 5 }, { insert: ", all" }] },
  },
  { at_ms: 400, kind: "published", track: "tr_1", participant: "pa_1", source: "screen" },
  { at_ms: 500, kind: "opened", topic: "bo_1", participant: "pa_1" },
  { at_ms: 600, kind: "board_change", board: "bo_1", version: 2, changes: [put("e1", 1)] },
  {
    at_ms: 700,
    kind: "board_change",
    board: "bo_1",
    version: 3,
    changes: [put("e2", 5), { op: "delete", id: "e1" }],
  },
];

function textAt(atMs: number): string {
  const topic = topicsOf(JOURNAL).find(({ kind }) => kind === "document");
  const state = topic?.kind === "document" ? topic.content.at(atMs) : null;
  return state?.content.ops.map(({ insert }) => insert).join("") ?? "";
}

const comment = (id: string, index: number, fields: object = {}) => ({
  ...{ id, thread: "co_1", author: { identity: "ada", name: "Ada" }, text: `says ${id}`, index, length: 5 },
  ...{ quote: "Hello", state: "open", at: 1, updated_at: 1, ...fields },
});

const COMMENTED: Line[] = [
  ...JOURNAL.filter(({ kind }) => kind.startsWith("document")),
  { at_ms: 305, kind: "document_comments", doc: "do_1", comments: [comment("co_0", 0, { thread: "co_0" })] },
  { at_ms: 310, kind: "document_comment", doc: "do_1", comment: comment("co_1", 0) },
  { at_ms: 320, kind: "document_comment", doc: "do_1", comment: comment("co_2", 0) },
  { at_ms: 330, kind: "document_change", doc: "do_1", version: 4, delta: { ops: [{ insert: "Oh. " }] } },
  { at_ms: 340, kind: "document_comment", doc: "do_1", comment: { id: "co_0", state: "deleted" } },
  { at_ms: 350, kind: "document_comment", doc: "do_1", comment: comment("co_1", 4, { state: "resolved" }) },
  {
    ...{ at_ms: 360, kind: "document", doc: "do_1", title: "Minutes", version: 4 },
    delta: { ops: [{ insert: "Oh. Hello, all\n" }] },
  },
  { at_ms: 370, kind: "document_change", doc: "do_1", version: 5, delta: { ops: [{ delete: 6 }] } },
];

function commentsAt(topic: Topic | undefined, atMs: number): string[] {
  if (topic?.kind !== "document") return [];
  return [...topic.comments.at(atMs).values()].map(
    ({ id, index, length, state }) => `${id} ${index}+${length} ${state}`,
  );
}

describe("topics", () => {
  test.each([
    [305, ["co_0 0+5 open"]],
    [320, ["co_0 0+5 open", "co_1 0+5 open", "co_2 0+5 open"]],
    [330, ["co_0 4+5 open", "co_1 4+5 open", "co_2 4+5 open"]],
    [350, ["co_2 4+5 open", "co_1 4+5 resolved"]],
    [360, ["co_2 4+5 open", "co_1 4+5 resolved"]],
    [370, ["co_2 0+3 open", "co_1 0+3 resolved"]],
    [315, ["co_0 0+5 open", "co_1 0+5 open"]],
  ])("comments stand at their words at %i ms, whichever way one comes", (atMs, wanted) => {
    const [topic] = topicsOf([...COMMENTED].sort((a, b) => a.at_ms - b.at_ms));
    commentsAt(topic, 9_999);
    expect(commentsAt(topic, atMs)).toEqual(wanted);
    expect(commentsAt(topic, 300)).toEqual([]);
    expect(commentsAt(topic, atMs)).toEqual(wanted);
  });

  test.each([
    [0, "\n"],
    [200, "Hello\n"],
    [999, "Hello, all\n"],
    [250, "Hello\n"],
  ])("a document is what it was at %i ms", (atMs, text) => {
    expect(textAt(atMs)).toBe(text);
  });

  test("a document rests where changes of it are missing, until it is told whole", () => {
    const change = (at_ms: number, version: number, insert: string): Line => ({
      ...{ at_ms, kind: "document_change", doc: "do_1", version },
      delta: { ops: [{ retain: 40 }, { insert }] },
    });
    const whole = { ops: [{ insert: "Hello, all of you\n" }] };
    const lines: Line[] = [
      ...JOURNAL.filter(({ kind }) => kind.startsWith("document")),
      change(800, 7, "lost its base"),
      { at_ms: 900, kind: "document", doc: "do_1", title: "Minutes", version: 9, delta: whole },
      change(950, 10, "!"),
    ];
    const [topic] = topicsOf(lines);
    const text = (atMs: number) =>
      topic?.kind === "document" &&
      topic.content
        .at(atMs)
        ?.content.ops.map(({ insert }) => insert)
        .join("");
    expect(text(850)).toBe("Hello, all\n");
    expect(text(900)).toBe("Hello, all of you\n");
    expect(text(960)).toContain("!");
  });

  test("a board is what it was, also when one goes back", () => {
    const board = topicsOf(JOURNAL).find(({ kind }) => kind === "board");
    if (board?.kind !== "board") throw new Error("no board");
    expect([...board.content.at(650).elements.alive.keys()]).toEqual(["e1"]);
    expect([...board.content.at(750).elements.alive.keys()]).toEqual(["e2"]);
    expect([...board.content.at(650).elements.alive.keys()]).toEqual(["e1"]);
    expect(board.content.at(550).elements.alive.size).toBe(0);
  });

  test("what people had before them is what was opened, or written in when the other rested", () => {
    const later = [9_000, 12_000, 25_000].map((at_ms) => ({ ...JOURNAL[4], at_ms }) as Line);
    const drawn = [7_000, 11_000].map((at_ms) => ({ ...JOURNAL[8], at_ms }) as Line);
    const journal = [...JOURNAL, ...later, ...drawn].sort((a, b) => a.at_ms - b.at_ms);
    expect(usesOf(journal, topicsOf(journal))).toEqual([
      { at_ms: 100, topic: "do_1" },
      { at_ms: 500, topic: "bo_1" },
      { at_ms: 25_000, topic: "do_1" },
    ]);
  });
});

test("chapters are screens that are shared and what is opened", () => {
  const chapters = chaptersOf(JOURNAL, topicsOf(JOURNAL));
  expect(chapters.map(({ title }) => title)).toEqual([
    "Beginning",
    "Minutes",
    "Ada shares a screen",
    "Sketch",
  ]);
  expect(chapterAt(chapters, 450)?.kind).toBe("screen");
});

test("who speaks again after a breath has spoken on", () => {
  const speakers = (at_ms: number, ...who: string[]): Line => ({ at_ms, kind: "speakers", speakers: who });
  const speeches = speechesOf(
    [
      speakers(0, "a"),
      speakers(1_000),
      speakers(1_500, "a"),
      speakers(3_000, "b"),
      speakers(9_000, "b", "a"),
    ],
    10_000,
  );
  const spans = (who: string) => speeches.get(who)?.map(({ fromMs, toMs }) => [fromMs, toMs]);
  expect(spans("a")).toEqual([
    [0, 3_000],
    [9_000, 10_000],
  ]);
  expect(spans("b")).toEqual([[3_000, 10_000]]);
});
