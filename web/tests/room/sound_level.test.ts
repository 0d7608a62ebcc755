import { describe, expect, test } from "vitest";
import { decibels, meterValue, NoiseWatch } from "../../src/room/sound_level";

describe("loudness", () => {
  test.each([
    [1, 0],
    [0.1, -20],
    [0.001, -60],
  ])("a level of %f is %i dB", (level, db) => {
    expect(decibels(new Float32Array(64).fill(level))).toBeCloseTo(db, 3);
  });

  test("silence has no loudness at all", () => {
    expect(decibels(new Float32Array(64))).toBe(Number.NEGATIVE_INFINITY);
    expect(decibels(new Float32Array(0))).toBe(Number.NEGATIVE_INFINITY);
  });

  test.each([
    [0, 1],
    [-30, 0.5],
    [-60, 0],
    [-90, 0],
    [Number.NEGATIVE_INFINITY, 0],
    [6, 1],
  ])("%f dB fills %f of the meter", (db, value) => {
    expect(meterValue(db)).toBeCloseTo(value);
  });
});

function noisy(levels: readonly number[]): boolean {
  const watch = new NoiseWatch();
  return levels.map((db, index) => watch.observe(db, index * 60)).at(-1) ?? false;
}

describe("noise", () => {
  test("a fan that never stops is noise", () => {
    expect(noisy(Array.from({ length: 60 }, () => -35))).toBe(true);
  });

  test("speech with its pauses is none", () => {
    expect(noisy(Array.from({ length: 60 }, (_, index) => (index % 6 === 0 ? -58 : -15)))).toBe(false);
  });

  test("a quiet room is none", () => {
    expect(noisy(Array.from({ length: 60 }, () => -62))).toBe(false);
  });

  test("nothing is said of the first second", () => {
    expect(noisy(Array.from({ length: 10 }, () => -10))).toBe(false);
  });

  test("noise that ended is forgotten", () => {
    const watch = new NoiseWatch();
    for (let at = 0; at < 5_000; at += 60) watch.observe(-20, at);
    let last = true;
    for (let at = 5_000; at < 12_000; at += 60) last = watch.observe(-70, at);
    expect(last).toBe(false);
  });
});
