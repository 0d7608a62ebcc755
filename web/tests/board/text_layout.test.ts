import fc from "fast-check";
import { expect, test } from "vitest";
import { layOut } from "../../src/board/text_layout";

/** Ten wide each. */
const measure = (text: string) => [...text].length * 10;

test.each([
  ["one two three", 70, ["one two", "three"]],
  ["one", 70, ["one"]],
  ["", 70, [""]],
  ["a\n\nb", 70, ["a", "", "b"]],
  ["abcdefghij", 40, ["abcd", "efgh", "ij"]],
  ["ab abcdefgh", 40, ["ab", "abcd", "efgh"]],
  ["😀😀😀", 20, ["😀😀", "😀"]],
  ["a   b", 30, ["a", "b"]],
  ["a b", 0, ["a", "b"]],
])("%j in %i is %j", (text, width, lines) => {
  expect(layOut(text, width, measure)).toEqual(lines);
});

test.each([1, 7, 3_000])("no text is measured again and again in %i", (width) => {
  let measured = 0;
  layOut("x".repeat(10_000), width, (text) => {
    measured += text.length;
    return text.length;
  });
  expect(measured).toBeLessThan(200_000);
});

test("no line is wider than the box, and no letter is lost", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), fc.integer({ min: 10, max: 200 }), (text, width) => {
      const lines = layOut(text, width, measure);
      for (const line of lines) expect(measure(line)).toBeLessThanOrEqual(Math.max(10, width));
      const bare = (value: string) => value.replace(/[ \n]/g, "");
      expect(bare(lines.join(""))).toBe(bare(text));
    }),
  );
});
