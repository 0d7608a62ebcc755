import fc from "fast-check";
import { expect, test } from "vitest";
import { polylineDistance } from "../../src/board/geometry";
import { encode, type InkPoint, outlineData } from "../../src/board/ink";
import { filled, lengthOf, simplified } from "../../src/board/spacing";

const tenth = fc.integer({ min: -5_000, max: 5_000 }).map((value) => value / 10);
const point = fc.record({ x: tenth, y: tenth, pressure: fc.nat(255).map((value) => value / 255) });
const points = fc.array(point, { minLength: 1, maxLength: 40 });
const FAR = 1e9;

/** A zigzag, a point every so many units. */
function zigzag(every: number): InkPoint[] {
  const line: InkPoint[] = [];
  for (let way = 0; way < 840; way += every) {
    const [leg, along] = [Math.floor(way / 140), (way % 140) / 140];
    line.push({ x: 45 * (leg + along), y: 120 * (leg % 2 ? 1 - along : along), pressure: 0.5 });
  }
  return line;
}

/** The corners of an outline. */
function corners(line: readonly InkPoint[]): InkPoint[] {
  const numbers =
    outlineData(encode(line), 4)
      .match(/-?[\d.]+/g)
      ?.map(Number) ?? [];
  return Array.from({ length: numbers.length / 2 }, (_, at) => ({
    x: numbers[2 * at] ?? 0,
    y: numbers[2 * at + 1] ?? 0,
    pressure: 0,
  }));
}

test("fewer points stay as near to the line as asked, and its ends stay", () => {
  fc.assert(
    fc.property(points, (line) => {
      const fewer = simplified(line, 2, FAR);
      expect(fewer[0]).toEqual(line[0]);
      expect(fewer.at(-1)).toEqual(line.at(-1));
      for (const one of line) expect(polylineDistance(one, fewer)).toBeLessThanOrEqual(2.001);
    }),
  );
  const straight = Array.from({ length: 100 }, (_, x) => ({ x, y: 0, pressure: 0.5 }));
  expect(simplified(straight, 0.2, FAR).length).toBe(2);
  expect(simplified(straight, 0.2, 25).length).toBe(5);
  expect(
    simplified(
      straight.map((one) => ({ ...one, pressure: one.x < 50 ? 0.2 : 0.9 })),
      0.2,
      FAR,
    ).length,
  ).toBe(4);
});

test("filled points are hardly further apart than asked, and go through those that were there", () => {
  fc.assert(
    fc.property(points, (line) => {
      const all = filled(line, 8);
      expect(all.filter((one) => line.includes(one))).toEqual(line);
      expect(lengthOf(all)).toBeGreaterThanOrEqual(lengthOf(line) - 1e-6);
      expect(all.length).toBeLessThanOrEqual(line.length + lengthOf(line) / 8);
      all.forEach((one, at) => {
        const next = all[at + 1] ?? one;
        expect(Math.hypot(next.x - one.x, next.y - one.y)).toBeLessThan(8 * 1.6); // along the curve
      });
      expect(filled(line, FAR)).toEqual(line);
    }),
  );
});

test("a straight line stays straight, a round one round, a corner a corner", () => {
  const straight = [0, 100, 300].map((x) => ({ x, y: 0, pressure: 0.5 }));
  expect(filled(straight, 8).every((one) => Math.abs(one.y) < 1e-9)).toBe(true);
  const round = Array.from({ length: 13 }, (_, at) => ({
    x: 50 * Math.cos((at * Math.PI) / 6),
    y: 50 * Math.sin((at * Math.PI) / 6),
    pressure: 0.5,
  }));
  const inner = filled(round, 4).slice(8, -8);
  for (const one of inner) expect(Math.hypot(one.x, one.y)).toBeCloseTo(50, 0);
  const corner = [
    { x: 0, y: 0, pressure: 0.5 },
    { x: 100, y: 0, pressure: 0.5 },
    { x: 0, y: 30, pressure: 0.5 },
  ];
  for (const one of filled(corner, 4)) expect(polylineDistance(one, corner)).toBeLessThan(1e-6);
});

/** Enough to see whether they are elsewhere. */
function some(all: readonly InkPoint[]): readonly InkPoint[] {
  return all.filter((_, at) => at % 7 === 0);
}

test("a stroke keeps its shape when the pen is up, also of a fast hand", () => {
  const drawn = corners(zigzag(4));
  for (const every of [1, 4, 8]) {
    const kept = corners(filled(simplified(zigzag(every), 0.25, 8), 8));
    // The outline follows the points a little behind: not into the very tips.
    for (const one of some(kept)) expect(polylineDistance(one, drawn)).toBeLessThan(8);
    for (const one of some(drawn)) expect(polylineDistance(one, kept)).toBeLessThan(8);
  }
});
