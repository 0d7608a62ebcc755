import fc from "fast-check";
import { expect, test } from "vitest";
import { type Shown, sameWishes, slotWishes } from "../../src/client/slot_wishes";

const plain = { hidden: false, pixelRatio: 1 };
const tile = (fields: Partial<Shown> = {}): Shown => ({
  ...{ mid: "1", width: 320, height: 180, visible: true, priority: 0 },
  ...fields,
});

test.each<[string, Shown, typeof plain, object]>([
  [
    "as large as it is shown, rounded up",
    tile({ width: 301, height: 169 }),
    plain,
    { mid: "1", width: 320, height: 180 },
  ],
  ["in the pixels of the screen", tile(), { ...plain, pixelRatio: 2 }, { mid: "1", width: 640, height: 360 }],
  ["nothing when scrolled away", tile({ visible: false }), plain, { mid: "1", width: 0, height: 0 }],
  ["nothing for a tile without size", tile({ width: 0 }), plain, { mid: "1", width: 0, height: 0 }],
  ["nothing in the background", tile(), { ...plain, hidden: true }, { mid: "1", width: 0, height: 0 }],
  ["with its priority", tile({ priority: 2 }), plain, { mid: "1", width: 320, height: 180, priority: 2 }],
])("a tile asks for its picture %s", (_, shown, screen, wish) => {
  expect(slotWishes([shown], screen)).toEqual([wish]);
});

test("a few pixels more ask for the same, a larger tile does not", () => {
  const before = slotWishes([tile({ width: 302 })], plain);
  expect(sameWishes(before, slotWishes([tile({ width: 310 })], plain))).toBe(true);
  expect(sameWishes(before, slotWishes([tile({ width: 330 })], plain))).toBe(false);
});

test("the order of the tiles does not matter, and no size is beyond what the server takes", () => {
  const size = fc.double({ min: 0, max: 40_000, noNaN: true });
  const tiles = fc.uniqueArray(
    fc.record({
      ...{ mid: fc.string(), width: size, height: size, visible: fc.boolean(), priority: fc.integer() },
    }),
    { selector: ({ mid }) => mid },
  );
  fc.assert(
    fc.property(tiles, fc.constantFrom(1, 1.5, 3), (shown, pixelRatio) => {
      const wishes = slotWishes(shown, { hidden: false, pixelRatio });
      expect(sameWishes(wishes, slotWishes([...shown].reverse(), { hidden: false, pixelRatio }))).toBe(true);
      for (const { width = 0, height = 0 } of wishes) {
        expect(Number.isInteger(width) && Number.isInteger(height)).toBe(true);
        expect(Math.max(width, height)).toBeLessThanOrEqual(16_384);
        expect(width === 0).toBe(height === 0);
      }
    }),
  );
});
