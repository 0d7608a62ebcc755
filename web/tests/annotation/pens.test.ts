import { expect, test } from "vitest";
import { begin, extend, type Ink, isSomething, MOST_POINTS, widthOf } from "../../src/annotation/pens";
import type { MarkTool } from "../../src/client/annotations";

function ink(tool: MarkTool): Ink & { tool: MarkTool } {
  return { tool, color: "#e5342b", width: 0.006, fades: false, stamp: "⭐" };
}

function drawn(tool: MarkTool, ...places: [number, number][]) {
  const [first = [0, 0], ...rest] = places;
  return rest.reduce(
    (mark, [x, y]) => extend(mark, { x, y }, 16 / 9),
    begin(ink(tool), "m", { x: first[0], y: first[1] }),
  );
}

test.each([
  ["pen", [0, 0, 0.5, 0.5, 1, 0]],
  ["highlighter", [0, 0, 0.5, 0.5, 1, 0]],
  ["arrow", [0, 0, 1, 0]],
  ["rect", [0, 0, 1, 0]],
  ["stamp", [1, 0]],
] as const)("a movement with the %s leaves its points", (tool, points) => {
  expect(drawn(tool, [0, 0], [0.5, 0.5], [1, 0]).points).toEqual(points);
});

test("what is drawn beyond the picture stops at its edge", () => {
  expect(drawn("pen", [-1, 0.5], [2, 3]).points).toEqual([0, 0.5, 1, 1]);
});

test("a hand that trembles adds nothing", () => {
  const mark = drawn("pen", [0.5, 0.5]);
  expect(extend(mark, { x: 0.5002, y: 0.5 }, 16 / 9)).toBe(mark);
});

test("a line ends where a message would become too long", () => {
  const places = Array.from({ length: 2 * MOST_POINTS }, (_, at): [number, number] => [
    at % 2,
    (at % 100) / 100,
  ]);
  expect(drawn("pen", ...places).points.length).toBe(2 * MOST_POINTS);
});

test.each([
  ["pen", true],
  ["stamp", true],
  ["arrow", false],
  ["rect", false],
  ["text", false],
] as const)("a touch with the %s is something: %s", (tool, something) => {
  expect(isSomething(drawn(tool, [0.5, 0.5]))).toBe(something);
});

test("a highlighter is wider than a pen, letters are higher than both", () => {
  const [pen, highlighter, text] = (["pen", "highlighter", "text"] as const).map((tool) =>
    widthOf({ tool, width: 0.01 }),
  );
  expect(pen).toBeLessThan(highlighter ?? 0);
  expect(highlighter).toBeLessThan(text ?? 0);
});
