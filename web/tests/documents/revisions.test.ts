import fc from "fast-check";
import Delta from "quill-delta";
import { describe, expect, test } from "vitest";
import type { Change } from "../../src/client/document";
import { Past } from "../../src/documents/past";
import { revisionsOf, wholeChange } from "../../src/documents/revisions";

function change(version: number, identity: string, at: number, delta = new Delta().insert("x")): Change {
  return { version, author: { identity, name: identity }, at, delta };
}

describe("revisions", () => {
  test("go on while one person writes without a longer pause", () => {
    const changes = [
      change(2, "ada", 0),
      change(3, "ada", 60_000),
      change(4, "bo", 61_000),
      change(5, "ada", 62_000),
      change(6, "ada", 62_000 + 61_000),
    ];
    const told = revisionsOf(changes).map(({ from, to, author, at }) => [from, to, author.identity, at]);
    expect(told).toEqual([
      [2, 3, "ada", 60_000],
      [4, 4, "bo", 61_000],
      [5, 5, "ada", 62_000],
      [6, 6, "ada", 123_000],
    ]);
  });

  test("begin with what the document was made with, as a step of its own", () => {
    const told = revisionsOf([change(1, "ada", 0), change(2, "ada", 0), change(3, "ada", 0)]);
    expect(told.map(({ from, to }) => [from, to])).toEqual([
      [1, 1],
      [2, 3],
    ]);
  });

  test("do not grow for ever", () => {
    const changes = Array.from({ length: 30 }, (_, at) => change(at + 2, "ada", at * 59_000));
    expect(revisionsOf(changes).length).toBeGreaterThan(2);
  });

  test("have every change once, in order", () => {
    const authors = fc.array(fc.constantFrom("ada", "bo"), { maxLength: 30 });
    fc.assert(
      fc.property(authors, (names) => {
        const changes = names.map((name, at) => change(at + 2, name, at * 1_000));
        expect(revisionsOf(changes).flatMap((revision) => revision.changes)).toEqual(changes);
      }),
      { numRuns: 100 },
    );
  });
});

/** A document of which each version adds its own letter at the start. */
function document(versions: number) {
  const letter = (version: number) => String.fromCharCode(96 + (version % 26));
  const text = (version: number): string => (version <= 1 ? "\n" : letter(version) + text(version - 1));
  return {
    text,
    shared: {
      version: versions,
      history: async (from: number, to: number) =>
        Array.from({ length: to - from + 1 }, (_, at) =>
          change(
            from + at,
            (from + at) % 3 === 0 ? "bo" : "ada",
            0,
            new Delta().insert(from + at === 1 ? "\n" : letter(from + at)),
          ),
        ),
      contentAt: async (version: number) => new Delta().insert(text(version)),
    },
  };
}

describe("the past of a document", () => {
  test.each([1, 2, 30, 400, 401, 1_000])("of %i versions is loaded page by page", async (versions) => {
    const { shared, text } = document(versions);
    const past = new Past(shared);
    await past.load();
    while (past.hasEarlier.value) await past.load();
    expect(past.changes.value.map(({ version }) => version)).toEqual(
      Array.from({ length: versions }, (_, at) => at + 1),
    );
    past.revisions.value.forEach((revision, at) => {
      if (revision.from > 1) expect(past.before(at).ops).toEqual([{ insert: text(revision.from - 1) }]);
      expect(past.before(at).compose(wholeChange(revision)).ops).toEqual([{ insert: text(revision.to) }]);
    });
  });

  test("says that it could not be loaded, and can be asked again", async () => {
    const { shared } = document(5);
    let down = true;
    const past = new Past({
      ...shared,
      history: (from, to) => (down ? Promise.reject(new Error("down")) : shared.history(from, to)),
    });
    await expect(past.load()).rejects.toThrow("down");
    expect(past.state.value).toBe("failed");
    down = false;
    await past.load();
    expect(past.changes.value).toHaveLength(5);
  });
});
