import fc from "fast-check";
import { expect, test } from "vitest";
import { anchorAt, endsOf } from "../../src/board/connector";
import { inRect } from "../../src/board/geometry";
import { lookUp, made, rect } from "./elements";

const MIDDLE = [0.5, 0.5] as const;

function between(a: ReturnType<typeof rect>, b: ReturnType<typeof rect>) {
  const connector = made("c", {
    type: "connector",
    points: [0, 0, 1, 10, 10, 1],
    from: { element: a.id, anchor: MIDDLE },
    to: { element: b.id, anchor: MIDDLE },
  });
  return endsOf(connector, lookUp([a, b, connector]));
}

test("it runs from edge to edge with a little air", () => {
  const [from, to] = between(rect("a", 0, 0, 40, 40), rect("b", 100, 0, 40, 40)) ?? [];
  expect(from).toEqual({ x: expect.closeTo(44), y: expect.closeTo(20) });
  expect(to).toEqual({ x: expect.closeTo(96), y: expect.closeTo(20) });
});

test("its ends are never inside of what they hold on to, whatever is moved or turned", () => {
  const place = fc.integer({ min: 200, max: 500 });
  fc.assert(
    fc.property(place, place, fc.integer({ min: 0, max: 359 }), (x, y, rotation) => {
      const [from] = between(rect("a", 0, 0, 60, 30, rotation), rect("b", x, y, 20, 20)) ?? [];
      const turnedBack = { x: (from?.x ?? 0) - 30, y: (from?.y ?? 0) - 15 };
      const angle = (-rotation * Math.PI) / 180;
      const local = {
        x: 30 + turnedBack.x * Math.cos(angle) - turnedBack.y * Math.sin(angle),
        y: 15 + turnedBack.x * Math.sin(angle) + turnedBack.y * Math.cos(angle),
      };
      expect(inRect(local, { x: 0.1, y: 0.1, w: 59.8, h: 29.8 })).toBe(false);
    }),
  );
});

test("where an element is gone it ends where it ended last", () => {
  const connector = made("c", {
    type: "connector",
    points: [10, 20, 1, 300, 0, 1],
    from: { element: "gone", anchor: MIDDLE },
  });
  expect(endsOf(connector, lookUp([connector]))).toEqual([
    { x: 1, y: 2, pressure: expect.anything() },
    { x: 31, y: 2, pressure: expect.anything() },
  ]);
  expect(endsOf(made("d", { type: "connector" }), lookUp([]))).toBe(null);
});

test.each([
  [{ x: 50, y: 20 }, [0.5, 0.5]],
  [{ x: 99, y: 27 }, [1, 0.5]],
  [{ x: 48, y: 3 }, [0.5, 0]],
  [{ x: 20, y: 1 }, [0.2, 0.02]],
])("an end dropped at %o holds on at %o", (point, anchor) => {
  expect(anchorAt([0, 0, 100, 50, 0], point, 8)).toEqual(anchor);
});
