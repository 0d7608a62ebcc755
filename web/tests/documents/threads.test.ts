import { describe, expect, test } from "vitest";
import type { PlacedComment } from "../../src/client/document";
import { filtered, threadAt, threadsOf } from "../../src/documents/threads";

function comment(id: string, fields: Partial<PlacedComment> = {}): PlacedComment {
  return {
    ...{ id, thread: id, author: { identity: "ada", name: "Ada" }, text: id, index: 0, length: 4 },
    ...{ quote: "word", state: "open", at: 0, updatedAt: 0 },
    ...fields,
  } as PlacedComment;
}

describe("threads", () => {
  test("stand in the order of the text, those without text last", () => {
    const threads = threadsOf([
      comment("gone", { state: "detached", index: 0, length: 0 }),
      comment("late", { index: 9 }),
      comment("early", { index: 2 }),
    ]);
    expect(threads.map(({ id }) => id)).toEqual(["early", "late", "gone"]);
  });

  test("begin with their first comment, and answers follow by time", () => {
    const [thread] = threadsOf([
      comment("b", { thread: "a", at: 3 }),
      comment("c", { thread: "a", at: 2 }),
      comment("a", { at: 5, state: "resolved" }),
    ]);
    expect(thread?.first.id).toBe("a");
    expect(thread?.replies.map(({ id }) => id)).toEqual(["c", "b"]);
    expect(thread?.state).toBe("resolved");
  });

  test("go on with the oldest answer where the first comment was deleted", () => {
    const [thread] = threadsOf([
      comment("c", { thread: "a", at: 4 }),
      comment("b", { thread: "a", at: 3, index: 7 }),
    ]);
    expect(thread).toMatchObject({ id: "a", index: 7, first: { id: "b" } });
  });

  test("without text are open until they are resolved", () => {
    const threads = threadsOf([
      comment("open"),
      comment("gone", { state: "detached" }),
      comment("done", { state: "resolved" }),
    ]);
    const shown = (filter: "open" | "resolved" | "all") => filtered(threads, filter).map(({ id }) => id);
    expect(shown("open")).toEqual(["open", "gone"]);
    expect(shown("resolved")).toEqual(["done"]);
    expect(shown("all")).toHaveLength(3);
  });

  test.each([
    [3, null],
    [4, "wide"],
    [6, "narrow"],
    [8, "narrow"],
    [12, "wide"],
    [15, null],
    [20, null],
  ])("at %i one stands in %s", (index, id) => {
    const threads = threadsOf([
      comment("wide", { index: 4, length: 10 }),
      comment("narrow", { index: 6, length: 2 }),
      comment("done", { index: 18, length: 4, state: "resolved" }),
    ]);
    expect(threadAt(threads, index)?.id ?? null).toBe(id);
  });
});
