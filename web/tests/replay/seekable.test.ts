import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Line } from "../../src/replay/journal";
import { countUntil, Seekable } from "../../src/replay/seekable";

interface Sum {
  seen: number[];
}

const rules = {
  initial: (): Sum => ({ seen: [] }),
  apply: (state: Sum, line: Line): Sum => {
    if (line.kind === "whole") return { seen: [...(line.all as number[])] };
    state.seen.push(line.at_ms);
    return state;
  },
  copy: ({ seen }: Sum): Sum => ({ seen: [...seen] }),
  isWhole: ({ kind }: Line) => kind === "whole",
};

function linesOf(count: number, wholeEvery: number): Line[] {
  const all: number[] = [];
  return Array.from({ length: count }, (_, index) => {
    if (wholeEvery > 0 && index % wholeEvery === wholeEvery - 1)
      return { at_ms: index * 10, kind: "whole", all: [...all] };
    all.push(index * 10);
    return { at_ms: index * 10, kind: "one" };
  });
}

function truth(lines: readonly Line[], atMs: number): number[] {
  return lines.filter(({ at_ms, kind }) => at_ms <= atMs && kind === "one").map(({ at_ms }) => at_ms);
}

describe("a state at any moment", () => {
  test("is the sum of the lines until then, wherever one comes from", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 420 }),
        fc.constantFrom(0, 7, 150),
        fc.array(fc.integer({ min: -20, max: 4_300 }), { maxLength: 12 }),
        (count, wholeEvery, moments) => {
          const lines = linesOf(count, wholeEvery);
          const seekable = new Seekable(lines, rules);
          for (const atMs of moments) {
            expect(seekable.at(atMs).seen).toEqual(truth(lines, atMs));
            expect(seekable.count).toBe(countUntil(lines, atMs));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("is not computed from the beginning each time one goes back a little", () => {
    let applied = 0;
    const counting = {
      ...rules,
      apply: (state: Sum, line: Line) => {
        applied += 1;
        return rules.apply(state, line);
      },
    };
    const seekable = new Seekable(linesOf(1_000, 0), counting);
    seekable.at(9_990);
    applied = 0;
    seekable.at(9_500);
    expect(applied).toBeLessThan(100);
  });
});
