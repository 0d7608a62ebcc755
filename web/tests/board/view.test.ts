import fc from "fast-check";
import { expect, test } from "vitest";
import { fitted, nextZoom, panned, shown, toBoard, toWindow, zoomed } from "../../src/board/view";

const coordinate = fc.double({ min: -1_000, max: 1_000, noNaN: true });
const view = fc.record({
  x: coordinate,
  y: coordinate,
  zoom: fc.double({ min: 0.1, max: 6, noNaN: true }),
});

test("what stands under the pointer stays there while one zooms", () => {
  fc.assert(
    fc.property(
      view,
      coordinate,
      coordinate,
      fc.double({ min: 0.01, max: 20, noNaN: true }),
      (one, x, y, zoom) => {
        const before = toBoard(one, { x, y });
        const after = toBoard(zoomed(one, { x, y }, zoom), { x, y });
        expect(after.x).toBeCloseTo(before.x, 5);
        expect(after.y).toBeCloseTo(before.y, 5);
      },
    ),
  );
});

test("the window and the board find each other's points", () => {
  fc.assert(
    fc.property(view, coordinate, coordinate, (one, x, y) => {
      const back = toWindow(one, toBoard(one, { x, y }));
      expect(back.x).toBeCloseTo(x, 5);
      expect(back.y).toBeCloseTo(y, 5);
    }),
  );
});

test("everything fits between the bars, no larger than it is", () => {
  const edges = { left: 100, top: 50, right: 0, bottom: 50 };
  const size = { width: 500, height: 300 };
  const small = fitted({ x: 0, y: 0, w: 40, h: 20 }, size, 1, edges);
  expect(small.zoom).toBe(1);
  expect(toWindow(small, { x: 20, y: 10 })).toEqual({ x: 300, y: 150 });
  const large = fitted({ x: 0, y: 0, w: 800, h: 100 }, size, 1, edges);
  expect(large.zoom).toBe(0.5);
  expect(toWindow(large, { x: 0, y: 50 })).toEqual({ x: 100, y: 150 });
});

test("panning moves by pixels, whatever the zoom", () => {
  expect(panned({ x: 0, y: 0, zoom: 2 }, 10, -20)).toEqual({ x: -5, y: 10, zoom: 2 });
  expect(shown({ x: 1, y: 2, zoom: 2 }, { width: 100, height: 50 })).toEqual({ x: 1, y: 2, w: 50, h: 25 });
});

test.each([
  [1, 1, 1.5],
  [1, -1, 0.75],
  [0.8, 1, 1],
  [8, 1, 8],
] as const)("from %f the step %i is to %f", (zoom, direction, next) => {
  expect(nextZoom(zoom, direction)).toBe(next);
});
