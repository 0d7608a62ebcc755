import fc from "fast-check";
import { expect, test } from "vitest";
import { PictureFrame } from "../../src/annotation/picture_frame";

const BOX = { width: 800, height: 600 };
const WIDE = { width: 1600, height: 900 };

test.each([
  ["whole, with bars above and below", "contain", { x: 0, y: 75, width: 800, height: 450 }],
  ["filling all, cut off at the sides", "cover", { x: -133.333, y: 0, width: 1066.667, height: 600 }],
] as const)("a picture is %s", (_, fit, { x, y, width, height }) => {
  const { rect } = new PictureFrame(BOX, WIDE, fit);
  expect(rect.x).toBeCloseTo(x, 2);
  expect(rect.y).toBeCloseTo(y, 2);
  expect(rect.width).toBeCloseTo(width, 2);
  expect(rect.height).toBeCloseTo(height, 2);
});

test("the bars beside a picture are no place of it, and what is cut off is not seen", () => {
  const whole = new PictureFrame(BOX, WIDE, "contain");
  expect(whole.has({ x: 400, y: 74 })).toBe(false);
  expect(whole.has({ x: 400, y: 76 })).toBe(true);
  const filling = new PictureFrame(BOX, WIDE, "cover");
  expect(filling.has({ x: 1, y: 1 })).toBe(true);
  expect(filling.has({ x: -10, y: 100 })).toBe(false);
});

test("a mirrored picture has its left at the right", () => {
  const frame = new PictureFrame(BOX, WIDE, "contain", true);
  expect(frame.toPicture({ x: 200, y: 300 })).toEqual({ x: 0.75, y: 0.5 });
});

const size = fc.integer({ min: 1, max: 4_000 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

test("a place of the picture comes back from where it is shown, in any size and shape", () => {
  fc.assert(
    fc.property(
      fc.record({ width: size, height: size }),
      fc.record({ width: size, height: size }),
      fc.constantFrom("contain" as const, "cover" as const),
      fc.boolean(),
      fc.record({ x: share, y: share }),
      (box, picture, fit, mirrored, place) => {
        const frame = new PictureFrame(box, picture, fit, mirrored);
        const back = frame.toPicture(frame.toBox(place));
        expect(back.x).toBeCloseTo(place.x, 6);
        expect(back.y).toBeCloseTo(place.y, 6);
        // The shape of the picture is kept.
        expect(frame.rect.width / frame.rect.height / (picture.width / picture.height)).toBeCloseTo(1, 6);
      },
    ),
  );
});

test("a picture without a size is nowhere", () => {
  const frame = new PictureFrame(BOX, { width: 0, height: 0 }, "contain");
  expect(frame.isEmpty).toBe(true);
  expect(frame.has({ x: 400, y: 300 })).toBe(false);
});
