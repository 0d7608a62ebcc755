import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arrange } from "../../src/room/arrangement";

const calm = () => 0;

describe("places", () => {
  test("newcomers stand behind those who are there", () => {
    expect(arrange(["a", "b"], ["c", "b", "a"], 9, calm)).toEqual(["a", "b", "c"]);
  });

  test("a newcomer takes the place of somebody who left, and nobody moves", () => {
    expect(arrange(["a", "b", "c"], ["a", "c", "d"], 9, calm)).toEqual(["a", "d", "c"]);
  });

  test("a gap is filled by the last one alone", () => {
    expect(arrange(["a", "b", "c", "d"], ["a", "c", "d"], 9, calm)).toEqual(["a", "d", "c"]);
  });

  test("who does not fit waits, until a place is free", () => {
    expect(arrange(["a", "b"], ["a", "b", "c"], 2, calm)).toEqual(["a", "b"]);
    expect(arrange(["a", "b"], ["b", "c"], 2, calm)).toEqual(["c", "b"]);
  });

  test("a hidden speaker takes the place of whoever was silent longest", () => {
    const spoke: Record<string, number> = { a: Number.POSITIVE_INFINITY, b: 30, c: 10, d: 40 };
    expect(arrange(["a", "b", "c"], ["a", "b", "c", "d"], 3, (key) => spoke[key] ?? 0)).toEqual([
      "a",
      "b",
      "d",
    ]);
  });

  test("with less room those who spoke last stay, each in its place where it can", () => {
    const spoke: Record<string, number> = { a: Number.POSITIVE_INFINITY, b: 1, c: 3 };
    expect(arrange(["a", "b", "c"], ["a", "b", "c"], 2, (key) => spoke[key] ?? 0)).toEqual(["a", "c"]);
  });

  test("what has to stay is not displaced by others that have to", () => {
    expect(arrange(["a", "b"], ["a", "b", "c"], 2, () => Number.POSITIVE_INFINITY)).toEqual(["a", "b"]);
  });
});

const keys = fc.uniqueArray(fc.constantFrom(..."abcdefghijklmnop".split("")));

test("everybody who fits has exactly one place, whoever comes and goes", () => {
  fc.assert(
    fc.property(keys, keys, fc.integer({ min: 1, max: 12 }), (before, present, capacity) => {
      const places = arrange(before, present, capacity, calm);
      expect(new Set(places).size).toBe(places.length);
      expect(places.every((key) => present.includes(key))).toBe(true);
      expect(places.length).toBe(Math.min(present.length, capacity));
    }),
  );
});

test("while nobody leaves and all fit, nobody moves", () => {
  fc.assert(
    fc.property(keys, keys, (before, newcomers) => {
      const present = [...new Set([...newcomers, ...before])];
      expect(arrange(before, present, 49, calm).slice(0, before.length)).toEqual(before);
    }),
  );
});

test("after one left at most one other has moved", () => {
  fc.assert(
    fc.property(keys, fc.nat(), (before, chance) => {
      fc.pre(before.length > 0);
      const gone = before[chance % before.length];
      const after = arrange(
        before,
        before.filter((key) => key !== gone),
        49,
        calm,
      );
      expect(after.filter((key, index) => before[index] !== key).length).toBeLessThanOrEqual(1);
    }),
  );
});
