import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Box,
  gridCapacity,
  gridRects,
  type Rect,
  stageRects,
  stripCapacity,
} from "../../src/room/layout";

const box = fc.record({
  width: fc.integer({ min: 320, max: 3840 }),
  height: fc.integer({ min: 200, max: 2160 }),
});

function inside(rect: Rect, { width, height }: Box): boolean {
  const slack = 0.01;
  return (
    rect.x >= -slack &&
    rect.y >= -slack &&
    rect.x + rect.width <= width + slack &&
    rect.y + rect.height <= height + slack
  );
}

function overlap(one: Rect, other: Rect): boolean {
  const apart = 0.01;
  return (
    one.x + one.width > other.x + apart &&
    other.x + other.width > one.x + apart &&
    one.y + one.height > other.y + apart &&
    other.y + other.height > one.y + apart
  );
}

function anyOverlap(rects: readonly Rect[]): boolean {
  return rects.some((one, index) => rects.slice(index + 1).some((other) => overlap(one, other)));
}

describe("grid", () => {
  test("tiles lie inside, beside each other and are all alike", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 49 }), box, (count, room) => {
        const rects = gridRects(count, room);
        expect(rects).toHaveLength(count);
        expect(rects.every((rect) => inside(rect, room))).toBe(true);
        expect(anyOverlap(rects)).toBe(false);
        expect(new Set(rects.map(({ width }) => width)).size).toBe(1);
      }),
    );
  });

  test.each([
    [1, { width: 1280, height: 720 }, 1],
    [2, { width: 1280, height: 720 }, 2],
    [2, { width: 390, height: 700 }, 1],
    [4, { width: 1280, height: 720 }, 2],
    [9, { width: 1280, height: 720 }, 3],
    [9, { width: 390, height: 740 }, 2],
    [49, { width: 1600, height: 900 }, 7],
    [49, { width: 1576, height: 780 }, 7],
    [3, { width: 1256, height: 680 }, 2],
    [5, { width: 1256, height: 680 }, 3],
  ])("%i tiles in %o stand in %i columns", (count, room, columns) => {
    const rects = gridRects(count, room);
    expect(rects.filter(({ y }) => y === rects[0]?.y)).toHaveLength(columns);
  });

  test("one tile is as wide as a camera's picture at most", () => {
    const [tile] = gridRects(1, { width: 2000, height: 500 });
    expect((tile?.width ?? 0) / (tile?.height ?? 1)).toBeCloseTo(16 / 9);
  });

  test("a last row that is not full stands in the middle", () => {
    const [, , last] = gridRects(3, { width: 1280, height: 720 });
    expect((last?.x ?? 0) + (last?.width ?? 0) / 2).toBeCloseTo(640);
  });

  test("without room nothing is placed", () => {
    expect(gridRects(3, { width: 0, height: 0 })).toEqual([]);
    expect(gridRects(0, { width: 100, height: 100 })).toEqual([]);
  });
});

describe("stage", () => {
  test.each(["camera", "screen"] as const)("what fits beside a %s lies inside, beside it", (staged) => {
    fc.assert(
      fc.property(box, (room) => {
        const count = stripCapacity(room, staged);
        const { stage, strip } = stageRects(count, room, staged);
        expect(strip).toHaveLength(count);
        expect([stage, ...strip].every((rect) => inside(rect, room))).toBe(true);
        expect(anyOverlap([stage, ...strip])).toBe(false);
        expect(count).toBeGreaterThanOrEqual(3);
      }),
    );
  });

  test("alone it has all the room", () => {
    expect(stageRects(0, { width: 800, height: 600 }, "camera")).toEqual({
      stage: { x: 0, y: 0, width: 800, height: 600 },
      strip: [],
    });
  });

  test("the strip stands at the side of a wide window and below in an upright one", () => {
    const wide = stageRects(2, { width: 1280, height: 720 }, "camera");
    expect(wide.stage.height).toBe(720);
    const upright = stageRects(2, { width: 390, height: 740 }, "camera");
    expect(upright.stage.width).toBe(390);
  });

  test("a screen in an upright window takes the height it fills, people have the rest", () => {
    const phone = { width: 390, height: 740 };
    const { stage, strip } = stageRects(6, phone, "screen");
    expect(stage).toEqual({ x: 0, y: 0, width: 390, height: 390 / 1.6 });
    expect(new Set(strip.map(({ y }) => y)).size).toBe(3);
    expect(stripCapacity(phone, "screen")).toBeGreaterThan(stripCapacity(phone, "camera"));
  });
});

test("as many tiles fit as stay faces, 49 at most", () => {
  expect(gridCapacity({ width: 3840, height: 2160 })).toBe(49);
  expect(gridCapacity({ width: 390, height: 740 })).toBe(24);
  expect(gridCapacity({ width: 10, height: 10 })).toBe(1);
});
