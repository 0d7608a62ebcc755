import { expect, test } from "vitest";
import { CapturedKeys, CapturedPointer } from "../../src/annotation/captured_input";
import { PictureFrame } from "../../src/annotation/picture_frame";
import type { ControlInput } from "../../src/client/control";

/** As much of a text field as keys are heard with. */
class Field extends EventTarget {
  value = "";

  happen(name: string, fields: object = {}): Event {
    const event = Object.assign(new Event(name, { cancelable: true }), fields);
    this.dispatchEvent(event);
    return event;
  }

  key(name: "keydown" | "keyup", code: string, key: string, fields: object = {}): Event {
    return this.happen(name, { code, key, isComposing: false, ...fields });
  }

  /** What an input method or a keyboard on the glass leaves. */
  type(text: string, inputType = "insertText"): void {
    this.value += text;
    this.happen("input", { inputType });
  }
}

function keys() {
  const field = new Field();
  const sent: ControlInput[] = [];
  const captured = new CapturedKeys(field as unknown as HTMLTextAreaElement, {
    send: (input) => sent.push(input),
  });
  const said = () =>
    sent.map((input) =>
      input.kind === "key"
        ? `${input.down ? "+" : "-"}${input.code}`
        : input.kind === "text"
          ? input.text
          : "",
    );
  return { field, sent, said, captured };
}

test("a key goes down and up once, with what is held beside it, and the page does nothing of its own", () => {
  const { field, sent } = keys();
  const down = field.key("keydown", "KeyA", "a", { ctrlKey: true });
  field.key("keyup", "KeyA", "a");
  expect(down.defaultPrevented).toBe(true);
  expect(sent).toEqual([
    { kind: "key", code: "KeyA", key: "a", down: true, modifiers: ["Control"] },
    { kind: "key", code: "KeyA", key: "a", down: false, modifiers: [] },
  ]);
});

test.each([
  ["an input method's", { isComposing: true }],
  ["a dead", { key: "Dead" }],
  ["an unknown", { key: "Unidentified" }],
  ["a keyboard's on the glass", { code: "" }],
])("%s key is left to the field", (_, fields) => {
  const { field, said } = keys();
  const down = field.key("keydown", "KeyA", "a", fields);
  field.key("keyup", "KeyA", "a", fields);
  expect(down.defaultPrevented).toBe(false);
  expect(said()).toEqual([]);
});

test("what an input method composes comes when it is composed, once", () => {
  const { field, said } = keys();
  field.happen("compositionstart");
  for (const letter of "ni") field.type(letter, "insertCompositionText");
  expect(said()).toEqual([]);
  field.value = "你";
  field.happen("compositionend");
  field.type("", "insertFromComposition");
  expect(said()).toEqual(["你"]);
});

test("a keyboard on the glass types, deletes and begins lines", () => {
  const { field, said } = keys();
  field.type("hi");
  field.type("", "deleteContentBackward");
  field.type("\n", "insertLineBreak");
  expect(said()).toEqual(["hi", "+Backspace", "-Backspace", "+Enter", "-Enter"]);
});

test("a text too long for a message comes as several", () => {
  const { field, said } = keys();
  field.type("x".repeat(2_500));
  expect(said().map((text) => text.length)).toEqual([1_000, 1_000, 500]);
});

test("what was pressed with Command is let go with it: a Mac tells of no other end", () => {
  const { field, said, captured } = keys();
  field.key("keydown", "MetaLeft", "Meta", { metaKey: true });
  field.key("keydown", "KeyC", "c", { metaKey: true });
  field.key("keyup", "MetaLeft", "Meta");
  captured.remind();
  expect(said()).toEqual(["+MetaLeft", "+KeyC", "-MetaLeft", "-KeyC"]);
});

test("a key that is held is said now and then, not as often as the keyboard repeats it", () => {
  const { field, said, captured } = keys();
  field.key("keydown", "ArrowDown", "ArrowDown");
  for (let count = 0; count < 30; count += 1)
    field.key("keydown", "ArrowDown", "ArrowDown", { repeat: true });
  captured.remind();
  field.key("keyup", "ArrowDown", "ArrowDown");
  captured.remind();
  expect(said()).toEqual(["+ArrowDown", "+ArrowDown", "-ArrowDown"]);
});

test.each(["blur", "close"])("a key that is down is let go at the %s", (how) => {
  const { field, said, captured } = keys();
  field.key("keydown", "ShiftLeft", "Shift", { shiftKey: true });
  if (how === "blur") field.happen("blur");
  else captured.close();
  expect(said()).toEqual(["+ShiftLeft", "-ShiftLeft"]);
  field.key("keyup", "ShiftLeft", "Shift");
  expect(said().length).toBe(2);
});

class Plane extends EventTarget {
  getBoundingClientRect() {
    return { left: 100, top: 50 };
  }

  setPointerCapture() {}

  happen(name: string, clientX: number, clientY: number, fields: object = {}): void {
    const event = new Event(name, { cancelable: true });
    this.dispatchEvent(Object.assign(event, { clientX, clientY, pointerId: 1, button: 0, ...fields }));
  }
}

function pointer() {
  const plane = new Plane();
  const done: string[] = [];
  // 800×450 of picture with 75 above and below.
  const frame = new PictureFrame({ width: 800, height: 600 }, { width: 1600, height: 900 }, "contain");
  const captured = new CapturedPointer(plane as unknown as HTMLElement, {
    frame: () => frame,
    move: ({ x, y }) => done.push(`move ${x} ${y}`),
    send: (input) => {
      if (input.kind === "down" || input.kind === "up")
        done.push(`${input.kind}${input.button} ${input.x} ${input.y}`);
      if (input.kind === "wheel") done.push(`wheel ${input.dx} ${input.dy}`);
    },
  });
  return { plane, done, captured };
}

test("places are those of the picture, and beside it nothing is done", () => {
  const { plane, done } = pointer();
  plane.happen("pointermove", 500, 350, { button: -1 });
  plane.happen("pointermove", 500, 60, { button: -1 });
  plane.happen("pointerdown", 500, 60);
  plane.happen("pointerup", 500, 60);
  plane.happen("pointerdown", 300, 125);
  plane.happen("pointerup", 300, 125);
  expect(done).toEqual(["move 0.5 0.5", "down0 0.25 0", "up0 0.25 0"]);
});

test("what is dragged out of the picture stops at its edge, and is let go there", () => {
  const { plane, done } = pointer();
  plane.happen("pointerdown", 500, 350);
  plane.happen("pointermove", 2_000, 350, { button: -1 });
  plane.happen("pointerup", 2_000, 60);
  expect(done).toEqual(["down0 0.5 0.5", "move 1 0.5", "up0 1 0"]);
});

test("a button that is held still is said now and then", () => {
  const { plane, done, captured } = pointer();
  captured.remind();
  plane.happen("pointerdown", 500, 350);
  plane.happen("pointermove", 600, 350, { button: -1 });
  captured.remind();
  plane.happen("pointerup", 600, 350);
  captured.remind();
  expect(done).toEqual(["down0 0.5 0.5", "move 0.625 0.5", "move 0.625 0.5", "up0 0.625 0.5"]);
});

test("a second button pressed meanwhile is one of its own", () => {
  const { plane, done } = pointer();
  plane.happen("pointerdown", 500, 350);
  // Pointer Events §10.1: it comes as a move.
  plane.happen("pointermove", 500, 350, { button: 2 });
  plane.happen("pointermove", 500, 350, { button: 2 });
  plane.happen("pointerup", 500, 350);
  expect(done.map((one) => one.split(" ")[0])).toEqual(["down0", "down2", "up2", "up0"]);
});

test("a button that is down when the window is left is let go where it was", () => {
  const { plane, done, captured } = pointer();
  plane.happen("pointerdown", 500, 350);
  plane.happen("pointermove", 900, 350, { button: -1 });
  captured.release();
  plane.happen("pointerup", 900, 350);
  expect(done).toEqual(["down0 0.5 0.5", "move 1 0.5", "up0 1 0.5"]);
});

test.each([
  [{ deltaMode: 0, deltaX: 3.4, deltaY: -120 }, "wheel 3 -120"],
  [{ deltaMode: 1, deltaX: 0, deltaY: 3 }, "wheel 0 120"],
  [{ deltaMode: 2, deltaX: 0, deltaY: 1 }, "wheel 0 800"],
  [{ deltaMode: 0, deltaX: 0, deltaY: 1e9 }, "wheel 0 10000"],
])("a wheel turns by pixels, whatever it counts in: %j", (turned, words) => {
  const { plane, done } = pointer();
  plane.happen("wheel", 500, 350, turned);
  expect(done).toEqual([words]);
});
