import fc from "fast-check";
import { expect, test } from "vitest";
import { Scene } from "../../src/board/scene";
import type { BoardElement } from "../../src/client/board_elements";
import { made, rect } from "./elements";

function scene(...elements: BoardElement[]) {
  const all = new Map(elements.map((element) => [element.id, element]));
  const made_ = new Scene(() => all);
  made_.show("p1");
  return { all, scene: made_ };
}

test("elements are in the order of their indexes, by bytes, then of their ids", () => {
  const { scene: one } = scene(
    { ...rect("b", 0, 0), z: "a1" },
    { ...rect("a", 0, 0), z: "a1" },
    { ...rect("c", 0, 0), z: "Zz" },
    { ...rect("d", 0, 0), z: "a0V", page: "p2" },
  );
  expect(one.elements.map(({ id }) => id).join("")).toBe("cab");
});

test("after any changes the order is that of a scene made anew", () => {
  const ids = ["a", "b", "c", "d", "e"];
  const change = fc.record({
    id: fc.constantFrom(...ids),
    z: fc.constantFrom("a0", "a1", "a2"),
    gone: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const { all, scene: one } = scene();
      for (const { id, z, gone } of changes) {
        if (gone) all.delete(id);
        else all.set(id, { ...rect(id, 0, 0), z });
        one.update([id]);
        expect(one.elements).toEqual(scene(...all.values()).scene.elements);
      }
    }),
  );
});

test("the topmost is found, and an empty shape only by its edge", () => {
  const { scene: one } = scene(
    { ...rect("a", 0, 0, 100, 100), style: { fill: "#ffffff" } },
    rect("b", 20, 20, 50, 50),
  );
  expect(one.at({ x: 45, y: 45 }, 3)?.id).toBe("a");
  expect(one.at({ x: 20, y: 45 }, 3)?.id).toBe("b");
  expect(one.at({ x: 200, y: 45 }, 3)).toBe(null);
});

test("what changes is painted where it was and where it is, with the connectors that hold on to it", () => {
  const { all, scene: one } = scene(
    rect("a", 0, 0),
    rect("b", 500, 0),
    made("c", {
      type: "connector",
      points: [0, 0, 1, 1, 1, 1],
      from: { element: "a", anchor: [0.5, 0.5] },
      to: { element: "b", anchor: [0.5, 0.5] },
    }),
  );
  all.set("a", rect("a", 0, 300));
  const dirty = one.update(["a"]);
  expect(dirty.length).toBe(4);
  expect(Math.max(...dirty.map(({ y, h }) => y + h))).toBeGreaterThan(300);
  all.delete("a");
  expect(one.update(["a"]).length).toBeGreaterThan(0);
  expect(one.count).toBe(2);
});

test("only what is near a rectangle is painted for it", () => {
  const { scene: one } = scene(...Array.from({ length: 100 }, (_, at) => rect(`e${at}`, at * 100, 0)));
  expect([...one.within({ x: 150, y: 0, w: 100, h: 10 })].map(({ id }) => id)).toEqual(["e2"]);
  expect(one.extent?.w).toBeGreaterThan(9_900);
});
