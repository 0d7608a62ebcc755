import fc from "fast-check";
import { expect, test } from "vitest";
import { retryDelay } from "../../src/client/retry";

const chance = fc.double({ min: 0, max: 1, noNaN: true });

test("in the first half minute no try waits longer than a second", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 29_999 }), chance, (lostForMs, random) => {
      const delay = retryDelay(lostForMs, random);
      expect(delay).toBeGreaterThanOrEqual(400);
      expect(delay).toBeLessThanOrEqual(1_000);
    }),
  );
});

test("the longer it lasts the rarer the tries, but never rarer than each 15 s", () => {
  const delays = [30_000, 60_000, 120_000, 600_000, 86_400_000].map((lostForMs) => retryDelay(lostForMs, 1));
  expect(delays).toEqual([...delays].sort((one, other) => one - other));
  expect(delays.at(0)).toBe(1_000);
  expect(delays.at(-1)).toBe(15_000);
});

test("clients that lost a server together do not come back together", () => {
  expect(retryDelay(0, 0)).not.toBe(retryDelay(0, 1));
  expect(retryDelay(600_000, 0)).not.toBe(retryDelay(600_000, 1));
});
