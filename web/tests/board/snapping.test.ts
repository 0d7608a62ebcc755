import { expect, test } from "vitest";
import { onGrid, snapTo } from "../../src/board/snapping";

const other = { x: 100, y: 0, w: 50, h: 50 };

test("an edge near another's comes in line with it, and a guide shows why", () => {
  const snap = snapTo({ x: 96, y: 200, w: 20, h: 20 }, [other], 6);
  expect([snap.dx, snap.dy]).toEqual([4, 0]);
  expect(snap.guides).toEqual([{ axis: "x", at: 100, from: 0, to: 220 }]);
});

test("of several the nearest counts, and middles are in line too", () => {
  const snap = snapTo({ x: 114, y: 22, w: 20, h: 10 }, [other], 6);
  expect([snap.dx, snap.dy]).toEqual([1, -2]);
});

test("what is far from everything stays where it is", () => {
  expect(snapTo({ x: 300, y: 300, w: 5, h: 5 }, [other], 6)).toEqual({ dx: 0, dy: 0, guides: [] });
  expect(onGrid(29)).toBe(20);
  expect(onGrid(31)).toBe(40);
});
