import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decode,
  encode,
  extentOf,
  mapped,
  origin,
  outlineData,
  pressureOfSpeed,
  translated,
} from "../../src/board/ink";

const tenth = fc.integer({ min: -50_000, max: 50_000 }).map((value) => value / 10);
const point = fc.record({ x: tenth, y: tenth, pressure: fc.nat(255).map((value) => value / 255) });
const points = fc.array(point, { minLength: 1, maxLength: 40 });

test("points are the same after they were written and read", () => {
  fc.assert(
    fc.property(points, (line) => {
      const back = decode(encode(line));
      expect(back.length).toBe(line.length);
      back.forEach((one, at) => {
        expect(one.x).toBeCloseTo(line[at]?.x ?? 0, 6);
        expect(one.y).toBeCloseTo(line[at]?.y ?? 0, 6);
        expect(one.pressure).toBeCloseTo(line[at]?.pressure ?? 0, 6);
      });
      expect(encode(back)).toEqual(encode(line));
      expect(encode(line).every(Number.isInteger)).toBe(true);
    }),
  );
});

test("a stroke is moved by its first point alone, and looks the same", () => {
  fc.assert(
    fc.property(points, fc.integer({ min: -99, max: 99 }), (line, by) => {
      const flat = encode(line);
      const moved = translated(flat, by, -by);
      expect(moved.slice(2)).toEqual(flat.slice(2));
      expect(origin(moved).x).toBeCloseTo(origin(flat).x + by, 6);
      const [one, other] = [extentOf(flat), extentOf(moved)];
      expect(other.x).toBeCloseTo(one.x + by, 6);
      expect(other.w).toBeCloseTo(one.w, 6);
    }),
  );
});

test("the outline is the same wherever a stroke is, and is closed", () => {
  const line = [0, 5, 20, 33].map((x) => ({ x, y: x * x * 0.02, pressure: 0.5 }));
  const flat = encode(line);
  const path = outlineData(flat, 8);
  expect(path).toMatch(/^M[-\d. ]+(Q[-\d. ]+)+Z$/);
  expect(outlineData(translated(flat, 100, 50), 8)).toBe(path);
  expect(outlineData(encode([{ x: 3, y: 3, pressure: 0.5 }]), 8)).toMatch(/Z$/);
  expect(outlineData([], 8)).toBe("");
});

test("a fast hand presses lightly, a slow one firmly, and never suddenly", () => {
  const run = (distance: number) => {
    let pressure = 0.5;
    for (let step = 0; step < 40; step += 1) pressure = pressureOfSpeed(distance, 8, pressure);
    return pressure;
  };
  expect(run(0)).toBeGreaterThan(0.6);
  expect(run(40)).toBeLessThan(0.35);
  expect(Math.abs(pressureOfSpeed(100, 1, 0.6) - 0.6)).toBeLessThan(0.15);
});

test("every point goes where it is sent", () => {
  const flat = encode([
    { x: 1, y: 2, pressure: 1 },
    { x: 3, y: 4, pressure: 0 },
  ]);
  expect(decode(mapped(flat, ({ x, y }) => ({ x: 2 * x, y: -y })))).toEqual([
    { x: 2, y: -2, pressure: 1 },
    { x: 6, y: -4, pressure: 0 },
  ]);
});
