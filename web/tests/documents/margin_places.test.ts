import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { marginPlaces } from "../../src/documents/margin_places";

const GAP = 8;
const card = fc.record({
  top: fc.integer({ min: 0, max: 2_000 }),
  height: fc.integer({ min: 20, max: 300 }),
});

describe("cards in the margin", () => {
  test("stand beside their words where there is room", () => {
    const cards = [
      { top: 10, height: 40 },
      { top: 100, height: 40 },
    ];
    expect(marginPlaces(cards, GAP)).toEqual([10, 100]);
  });

  test("give way downwards", () => {
    const cards = [
      { top: 10, height: 40 },
      { top: 20, height: 40 },
    ];
    expect(marginPlaces(cards, GAP)).toEqual([10, 58]);
  });

  test("give way upwards above the one that is looked at", () => {
    const cards = [
      { top: 100, height: 40 },
      { top: 110, height: 40 },
      { top: 112, height: 40 },
    ];
    expect(marginPlaces(cards, GAP, 1)).toEqual([62, 110, 158]);
  });

  test("never lie over each other or above the text, and keep their order", () => {
    fc.assert(
      fc.property(fc.array(card, { maxLength: 20 }), fc.integer({ min: -1, max: 20 }), (cards, focus) => {
        const sorted = cards.sort((one, other) => one.top - other.top);
        const tops = marginPlaces(sorted, GAP, focus);
        expect(tops).toHaveLength(sorted.length);
        tops.forEach((top, at) => {
          expect(top).toBeGreaterThanOrEqual(0);
          const before = at === 0 ? -GAP : (tops[at - 1] ?? 0) + (sorted[at - 1]?.height ?? 0);
          expect(top).toBeGreaterThanOrEqual(before + (at === 0 ? 0 : GAP));
        });
      }),
      { numRuns: 200 },
    );
  });
});
