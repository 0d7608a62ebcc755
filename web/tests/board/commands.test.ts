import fc from "fast-check";
import { expect, test } from "vitest";
import {
  aligned,
  copied,
  distributed,
  keysBetween,
  moved,
  pulled,
  reordered,
  resized,
  rotated,
} from "../../src/board/commands";
import { corners } from "../../src/board/geometry";
import { type BoardElement, type Box, inOrder } from "../../src/client/board_elements";
import { after, lookUp, made, rect } from "./elements";

const boxes = (elements: readonly BoardElement[]) => elements.map(({ box }) => box?.slice(0, 2));

test("what is moved moves by that much, points and boxes alike", () => {
  const line = made("l", { type: "line", points: [0, 0, 128, 100, 0, 128] });
  const now = after([rect("a", 1, 2), line], moved([rect("a", 1, 2), line], 5, -3));
  expect(now[0]?.box).toEqual([6, -1, 10, 10, 0]);
  expect(now[1]?.points).toEqual([50, -30, 128, 100, 0, 128]);
});

test("a connector between others stays, one that goes along or ends freely moves", () => {
  const held = { element: "x", anchor: [0.5, 0.5] as const };
  const points = [0, 0, 128, 10, 10, 128];
  const between = made("c", { type: "connector", points, from: held, to: { ...held, element: "y" } });
  const free = made("d", { type: "connector", points, from: held });
  expect(moved([between], 5, 5)).toEqual([]);
  expect(moved([between, rect("x", 0, 0)], 5, 5).map(({ id }) => id)).toEqual(["c", "x"]);
  expect(moved([free], 5, 5).length).toBe(1);
});

test("elements resized together keep their places in the rectangle", () => {
  const from = { x: 0, y: 0, w: 100, h: 50 };
  const now = after([], []);
  expect(now).toEqual([]);
  const [a, b] = after(
    [rect("a", 0, 0), rect("b", 90, 40)],
    resized([rect("a", 0, 0), rect("b", 90, 40)], from, { x: 10, y: 10, w: 200, h: 100 }),
  );
  expect([a?.box, b?.box]).toEqual([
    [10, 10, 20, 20, 0],
    [190, 90, 20, 20, 0],
  ]);
});

const turn = fc.integer({ min: 0, max: 359 });

test("a turned box pulled at a corner keeps the opposite corner where it is", () => {
  fc.assert(
    fc.property(turn, fc.constantFrom(-1, 1), fc.constantFrom(-1, 1), (rotation, x, y) => {
      const box: Box = [10, 20, 80, 60, rotation];
      // Of the corners in their order the one across from the handle.
      const names = ["-1-1", "1-1", "11", "-11"];
      const at = names.indexOf(`${x}${y}`);
      const [own, across] = [corners(box)[at], corners(box)[(at + 2) % 4]];
      const to = { x: (own?.x ?? 0) + 7, y: (own?.y ?? 0) + 3 };
      const now = corners(pulled(box, { x, y }, to, false, false));
      expect(now[(at + 2) % 4]?.x).toBeCloseTo(across?.x ?? 0, 1);
      expect(now[(at + 2) % 4]?.y).toBeCloseTo(across?.y ?? 0, 1);
      expect(now[at]?.x).toBeCloseTo(to.x, 1);
      expect(now[at]?.y).toBeCloseTo(to.y, 1);
    }),
  );
});

test("a box keeps its shape or its middle where that is asked", () => {
  const box: Box = [0, 0, 40, 20, 0];
  const even = pulled(box, { x: 1, y: 1 }, { x: 80, y: 22 }, true, false);
  expect([even[2], even[3]]).toEqual([80, 40]);
  const both = pulled(box, { x: 1, y: 0 }, { x: 50, y: 0 }, false, true);
  expect(both).toEqual([-10, 0, 60, 20, 0]);
  expect(pulled(box, { x: 1, y: 1 }, { x: -30, y: -30 }, false, false)).toEqual([-30, -30, 30, 30, 0]);
  expect(pulled(box, { x: 1, y: 1 }, { x: 0, y: 0 }, false, false)[2]).toBe(4);
});

test("four quarter turns leave everything where it was", () => {
  let elements = [
    rect("a", 0, 0),
    rect("b", 30, 5),
    made("s", { type: "stroke", points: [10, 20, 99, 30, 40, 99] }),
  ];
  const before = elements;
  for (let step = 0; step < 4; step += 1) elements = after(elements, rotated(elements, { x: 20, y: 20 }, 90));
  expect(elements.map(({ box, points }) => box ?? points)).toEqual(
    before.map(({ box, points }) => box ?? points),
  );
});

test("groups are aligned as one", () => {
  const all = [rect("a", 0, 0), { ...rect("b", 20, 30), group: "g" }, { ...rect("c", 40, 50), group: "g" }];
  expect(boxes(after(all, aligned(all, "left", lookUp(all))))).toEqual([
    [0, 0],
    [0, 30],
    [20, 50],
  ]);
  expect(boxes(after(all, aligned(all, "bottom", lookUp(all))))).toEqual([
    [0, 50],
    [20, 30],
    [40, 50],
  ]);
});

test("gaps become equal and the outermost stay", () => {
  const all = [rect("a", 0, 0), rect("b", 12, 0), rect("c", 90, 0)];
  expect(boxes(after(all, distributed(all, "across", lookUp(all))))).toEqual([
    [0, 0],
    [45, 0],
    [90, 0],
  ]);
  expect(distributed(all.slice(1), "across", lookUp(all))).toEqual([]);
});

test.each([
  ["front", "acdb"],
  ["back", "bacd"],
  ["forward", "acbd"],
  ["backward", "bacd"],
] as const)("b sent %s stands in %s", (order, result) => {
  const all = ["a", "b", "c", "d"].map((id, at) => ({ ...rect(id, 0, 0), z: `a${at}` }));
  const now = after(all, reordered(all.slice(1, 2), all, order)).sort(inOrder);
  expect(now.map(({ id }) => id).join("")).toBe(result);
});

test("several keep their order among themselves", () => {
  const all = ["a", "b", "c", "d"].map((id, at) => ({ ...rect(id, 0, 0), z: `a${at}` }));
  const chosen = all.filter(({ id }) => id === "a" || id === "c");
  const now = after(all, reordered(chosen, all, "front")).sort(inOrder);
  expect(now.map(({ id }) => id).join("")).toBe("bdac");
});

test("where places became narrow everybody gets a new one, in the same order", () => {
  const long = `a0${"0".repeat(70)}1`;
  const all = [
    { ...rect("a", 0, 0), z: "a0" },
    { ...rect("b", 0, 0), z: long },
    { ...rect("c", 0, 0), z: "a5" },
  ];
  const now = after(all, reordered(all.slice(2), all, "backward")).sort(inOrder);
  expect(now.map(({ id }) => id).join("")).toBe("acb");
  expect(Math.max(...now.map(({ z }) => z.length))).toBeLessThan(5);
});

test("there is always a place between two, also where somebody made keys of their own", () => {
  for (const [low, high] of [
    ["a0", "a1"],
    ["a1", "a1"],
    [undefined, undefined],
    ["what ever", undefined],
  ])
    expect(keysBetween(low, high, 3).length).toBe(3);
});

test("copies hold on to copies, in a group of their own, above all", () => {
  const all = [
    { ...rect("a", 0, 0), group: "g", locked: true },
    { ...rect("b", 50, 0), group: "g" },
    made("c", {
      type: "connector",
      points: [0, 0, 1, 5, 5, 1],
      from: { element: "a", anchor: [0.5, 0.5] },
      to: { element: "elsewhere", anchor: [0.5, 0.5] },
      group: "g",
    }),
  ];
  const ids = ["n1", "n2", "n3", "n4"];
  const changes = copied(all, "p2", { x: 5, y: 5 }, all, () => ids.shift() ?? "");
  const copies = after([], changes);
  expect(new Set(copies.map(({ group }) => group)).size).toBe(1);
  expect(copies[0]?.group).not.toBe("g");
  expect(copies.every(({ page, locked }) => page === "p2" && locked === undefined)).toBe(true);
  expect(copies[2]?.from?.element).toBe(copies[0]?.id);
  expect(copies[2]?.to).toBeUndefined();
  expect(copies.every((one) => all.every((other) => inOrder(one, other) > 0))).toBe(true);
});
