import fc from "fast-check";
import { expect, test } from "vitest";
import {
  around,
  corners,
  encloses,
  intersects,
  polylineDistance,
  segmentDistance,
  straightened,
  turned,
  unionOf,
} from "../../src/board/geometry";
import type { Box } from "../../src/client/board_elements";

const coordinate = fc.double({ min: -1_000, max: 1_000, noNaN: true });

test("a point turned around and back is where it was", () => {
  fc.assert(
    fc.property(coordinate, coordinate, fc.double({ min: -720, max: 720, noNaN: true }), (x, y, degrees) => {
      const there = turned({ x, y }, { x: 3, y: 4 }, degrees);
      const back = turned(there, { x: 3, y: 4 }, -degrees);
      expect(back.x).toBeCloseTo(x, 6);
      expect(back.y).toBeCloseTo(y, 6);
    }),
  );
});

test("a box keeps its corners' distances however it is turned", () => {
  const box: Box = [0, 0, 30, 40, 77];
  const [a, b, c] = corners(box);
  expect(Math.hypot((a?.x ?? 0) - (b?.x ?? 0), (a?.y ?? 0) - (b?.y ?? 0))).toBeCloseTo(30);
  expect(Math.hypot((a?.x ?? 0) - (c?.x ?? 0), (a?.y ?? 0) - (c?.y ?? 0))).toBeCloseTo(50);
  expect(around(corners([0, 0, 20, 10, 90]))).toMatchObject({ x: expect.closeTo(5), w: expect.closeTo(10) });
});

test.each([
  [{ x: 5, y: 5 }, 5],
  [{ x: -3, y: 4 }, 5],
  [{ x: 14, y: 3 }, 5],
])("the distance of %o from a line from 0, 0 to 10, 0", (point, distance) => {
  expect(segmentDistance(point, { x: 0, y: 0 }, { x: 10, y: 0 })).toBeCloseTo(distance);
});

test("of a line through several points the nearest part counts", () => {
  const line = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 10 },
  ];
  expect(polylineDistance({ x: 12, y: 5 }, line)).toBeCloseTo(2);
  expect(polylineDistance({ x: 3, y: 4 }, [{ x: 0, y: 0 }])).toBeCloseTo(5);
  expect(polylineDistance({ x: 3, y: 4 }, [])).toBe(Infinity);
});

test("a straight line goes in steps of 15 degrees and keeps its length", () => {
  const end = straightened({ x: 0, y: 0 }, { x: 100, y: 8 }, 15);
  expect(end.y).toBeCloseTo(0);
  expect(Math.hypot(end.x, end.y)).toBeCloseTo(Math.hypot(100, 8));
});

test("rectangles meet, hold each other, and have one around them", () => {
  const [a, b] = [
    { x: 0, y: 0, w: 10, h: 10 },
    { x: 5, y: 5, w: 2, h: 2 },
  ];
  expect([intersects(a, b), encloses(a, b), encloses(b, a)]).toEqual([true, true, false]);
  expect(intersects(a, { x: 11, y: 0, w: 5, h: 5 })).toBe(false);
  expect(unionOf([a, { x: 20, y: -5, w: 1, h: 1 }])).toEqual({ x: 0, y: -5, w: 21, h: 15 });
  expect(unionOf([])).toBe(null);
});
