import fc from "fast-check";
import Delta from "quill-delta";
import { describe, expect, test } from "vitest";
import { firstMark, MARK, markedChange } from "../../src/documents/marked_change";

describe("a change shown in the text", () => {
  const before = new Delta().insert("one two\n");

  test.each([
    [
      new Delta().retain(4).insert("more "),
      [{ insert: "one " }, { insert: "more ", attributes: { [MARK]: "added" } }, { insert: "two\n" }],
      4,
    ],
    [
      new Delta().retain(3).delete(4),
      [{ insert: "one" }, { insert: " two", attributes: { [MARK]: "removed" } }, { insert: "\n" }],
      3,
    ],
    [
      new Delta().retain(3, { bold: true }),
      [{ insert: "one", attributes: { bold: true } }, { insert: " two\n" }],
      null,
    ],
  ])("%j is marked", (change, shown, first) => {
    const marked = markedChange(before, change);
    expect(marked.ops).toEqual(shown);
    expect(firstMark(marked)).toBe(first);
  });

  test("without what was removed is the text after it", () => {
    const op = fc.tuple(fc.constantFrom("retain", "delete", "insert"), fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(fc.array(op, { maxLength: 8 }), (ops) => {
        const text = "abcdefghijklmnopqrstuvwxyzabcdefghijklm\n";
        const change = new Delta();
        for (const [act, length] of ops) {
          if (act === "insert") change.insert("é".repeat(length));
          else if (act === "delete") change.delete(length);
          else change.retain(length);
        }
        const whole = new Delta().insert(text);
        const kept = markedChange(whole, change)
          .ops.filter(({ attributes }) => attributes?.[MARK] !== "removed")
          .map(({ insert }) => insert)
          .join("");
        expect(new Delta().insert(kept).ops).toEqual(whole.compose(change).ops);
      }),
      { numRuns: 100 },
    );
  });
});
