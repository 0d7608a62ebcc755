import { expect, test } from "vitest";
import { TripleKey } from "../../src/annotation/triple_key";

function presses(...events: [key: string, at: number, repeat?: boolean][]): boolean[] {
  const triple = new TripleKey("Escape");
  return events.map(([key, timeStamp, repeat = false]) => triple.pressed({ key, timeStamp, repeat }));
}

test("three in a row count, and then three more are needed", () => {
  expect(presses(["Escape", 0], ["Escape", 300], ["Escape", 600], ["Escape", 900])).toEqual([
    false,
    false,
    true,
    false,
  ]);
});

test.each([
  [
    "slow ones",
    [
      ["Escape", 0],
      ["Escape", 800],
      ["Escape", 1_600],
    ],
  ],
  [
    "others between them",
    [
      ["Escape", 0],
      ["Escape", 100],
      ["a", 200],
      ["Escape", 300],
    ],
  ],
  [
    "one that is held",
    [
      ["Escape", 0],
      ["Escape", 100, true],
      ["Escape", 200, true],
    ],
  ],
] as [string, [string, number, boolean?][]][])("%s do not", (_, events) => {
  expect(presses(...events)).not.toContain(true);
});

test("of many in a row the last three count", () => {
  expect(presses(["Escape", 0], ["Escape", 2_000], ["Escape", 2_300], ["Escape", 2_600]).at(-1)).toBe(true);
});
