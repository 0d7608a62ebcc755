import { expect, test } from "vitest";
import { Hand } from "../../src/annotation/hand";
import { FADE_MS, type Ink, MOST_POINTS, type ToolName } from "../../src/annotation/pens";
import { PictureFrame } from "../../src/annotation/picture_frame";
import type { DrawnMark } from "../../src/client/annotations";

class Plane extends EventTarget {
  hasFocus = false;

  getBoundingClientRect() {
    return { left: 0, top: 0 };
  }

  setPointerCapture() {}

  focus() {
    this.hasFocus = true;
  }

  point(name: string, clientX: number, clientY: number, fields: object = {}): void {
    const event = new Event(name, { cancelable: true });
    const pointer = { clientX, clientY, pointerId: 1, pointerType: "mouse", button: 0 };
    this.dispatchEvent(Object.assign(event, pointer, fields));
  }

  key(key: string, fields: object = {}): void {
    this.dispatchEvent(Object.assign(new Event("keydown", { cancelable: true }), { key }, fields));
  }
}

/** A picture of 1600×1000 in an element of 800×600: 50 above and below. */
function start(tool: ToolName, change: Partial<Ink> = {}) {
  const plane = new Plane();
  const frame = new PictureFrame({ width: 800, height: 600 }, { width: 1600, height: 1000 }, "contain");
  const drawn = new Map<string, DrawnMark>();
  const done: string[] = [];
  const hand = new Hand(plane as unknown as HTMLElement, {
    frame: () => frame,
    ink: () => ({ tool, color: "#e5342b", width: 0.006, fades: false, stamp: "⭐", ...change }),
    draw: (mark) => {
      drawn.set(mark.id, mark);
      if (mark.done) done.push(`done ${mark.id}`);
    },
    drop: (id) => done.push(`drop ${id}`),
    point: ({ x, y }, laser) => done.push(`${laser ? "light" : "at"} ${x.toFixed(4)} ${y.toFixed(4)}`),
    write: ({ x, y }) => done.push(`write ${x} ${y}`),
    random: () => `m${drawn.size}`,
  });
  return { plane, hand, drawn, done, marks: () => [...drawn.values()] };
}

test("what a pointer draws lies on the picture, and is done when it is lifted", () => {
  const { plane, marks } = start("pen");
  plane.point("pointerdown", 400, 300);
  plane.point("pointermove", 600, 300);
  expect(marks()).toMatchObject([{ tool: "pen", points: [0.5, 0.5, 0.75, 0.5], done: false }]);
  plane.point("pointerup", 800, 550);
  expect(marks()).toMatchObject([{ points: [0.5, 0.5, 0.75, 0.5, 1, 1], done: true, fadeMs: null }]);
});

test("the keys go to the picture as soon as something is drawn, and to the words that are written on it", () => {
  const [pen, text] = [start("pen"), start("text")];
  for (const { plane } of [pen, text]) plane.point("pointerdown", 400, 300);
  expect([pen.plane.hasFocus, text.plane.hasFocus]).toEqual([true, false]);
});

test("beside the picture, with another button or with a second finger nothing begins", () => {
  const { plane, marks } = start("pen");
  plane.point("pointerdown", 400, 20);
  plane.point("pointerdown", 400, 300, { button: 2 });
  expect(marks()).toEqual([]);
  plane.point("pointerdown", 400, 300);
  plane.point("pointerdown", 500, 300, { pointerId: 2 });
  plane.point("pointermove", 550, 300, { pointerId: 2 });
  plane.point("pointerup", 400, 300);
  expect(marks()).toMatchObject([{ points: [0.5, 0.5] }]);
});

test.each(["arrow", "rect"] as const)("a touch with the %s draws nothing and tells nobody", (tool) => {
  const { plane, drawn, done } = start(tool);
  plane.point("pointerdown", 400, 300);
  expect(drawn.size).toBe(0);
  plane.point("pointerup", 400, 300);
  expect(drawn.size).toBe(0);
  expect(done).toEqual(["drop m0"]);
});

test("a mark that fades says when", () => {
  const { plane, marks } = start("stamp", { fades: true });
  plane.point("pointerdown", 400, 300);
  plane.point("pointerup", 400, 300);
  expect(marks()).toMatchObject([{ text: "⭐", points: [0.5, 0.5], fadeMs: FADE_MS, done: true }]);
});

test("a line too long for one mark goes on as the next, where it was", () => {
  const { plane, marks } = start("pen");
  plane.point("pointerdown", 0, 300);
  for (let at = 1; at < MOST_POINTS + 50; at += 1) plane.point("pointermove", at % 800, 300 + (at % 2) * 100);
  plane.point("pointerup", 0, 50);
  const [first, second] = marks();
  expect(marks().length).toBe(2);
  expect(first?.points.length).toBe(2 * MOST_POINTS);
  expect(second?.points.slice(0, 2)).toEqual(first?.points.slice(-2));
});

test("a light shines where the mouse is, and where a finger is down", () => {
  const { plane, done, drawn } = start("laser");
  plane.point("pointermove", 400, 300);
  plane.point("pointermove", 400, 300, { pointerType: "touch", pointerId: 2 });
  plane.point("pointermove", 400, 10);
  plane.point("pointerdown", 600, 300);
  plane.point("pointermove", 400, 10);
  plane.point("pointerup", 400, 10);
  expect(done).toEqual(["light 0.5000 0.5000", "light 0.7500 0.5000", "light 0.5000 0.0000"]);
  expect(drawn.size).toBe(0);
});

test("words are written where one clicks", () => {
  const { plane, done } = start("text");
  plane.point("pointerdown", 600, 300);
  expect(done).toEqual(["write 0.75 0.5"]);
});

test("arrow keys move in steps of the picture, Enter begins and ends a mark", () => {
  const { plane, marks, done } = start("rect");
  plane.key("ArrowRight", { shiftKey: true });
  plane.key("Enter");
  plane.key("ArrowDown");
  plane.key("ArrowLeft", { altKey: true });
  plane.key("Enter");
  expect(done).toEqual(["at 0.5625 0.5000", "at 0.5625 0.5200", "at 0.5613 0.5200", "done m0"]);
  const [box] = marks();
  [0.5625, 0.5, 0.56125, 0.52].forEach((value, at) => {
    expect(box?.points[at]).toBeCloseTo(value, 6);
  });
});

test("a stamp needs one key, and words are asked for where the keys are", () => {
  const stamped = start("stamp");
  stamped.plane.key(" ");
  expect(stamped.marks()).toMatchObject([{ points: [0.5, 0.5], done: true }]);
  const { plane, done } = start("text");
  plane.key("Enter");
  expect(done).toEqual(["write 0.5 0.5"]);
});

test("what is under way is done when drawing ends", () => {
  const { plane, hand, done } = start("pen");
  plane.point("pointerdown", 400, 300);
  hand.close();
  plane.point("pointermove", 500, 300);
  expect(done).toEqual(["done m0"]);
});
