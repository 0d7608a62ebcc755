/** What the one who controls a screen does on its picture, as messages: pointer, wheel, keys, and what an input
 * method composes. */

import type { ControlInput } from "../client/control";
import { clamped, type PictureFrame, type Place } from "./picture_frame";

export interface Controlled {
  frame(): PictureFrame;
  move(place: Place): void;
  send(input: ControlInput): void;
}

const LINE_PX = 40;
const PAGE_PX = 800;
const PRECISION = 1e5;

/** Listens to the pointer on an element that lies over the picture. */
export class CapturedPointer {
  /** Buttons that are down. */
  private readonly pressed = new Map<number, Place>();
  private readonly names = [
    ["pointerdown", (event: Event) => this.press(event as PointerEvent)],
    ["pointermove", (event: Event) => this.move(event as PointerEvent)],
    ["pointerup", (event: Event) => this.lift(event as PointerEvent)],
    ["pointercancel", () => this.release()],
    ["wheel", (event: Event) => this.wheel(event as WheelEvent)],
    ["contextmenu", (event: Event) => event.preventDefault()],
  ] as const;

  constructor(
    private readonly element: HTMLElement,
    private readonly to: Controlled,
  ) {
    for (const [name, listener] of this.names) element.addEventListener(name, listener, { passive: false });
  }

  /** Says that what is down still is: an agent lets go of what it hears nothing of for a second. */
  remind(): void {
    const [place] = this.pressed.values();
    if (place) this.to.move(place);
  }

  /** Nothing stays pressed where nobody sees it. */
  release(): void {
    for (const [button, { x, y }] of this.pressed) this.to.send({ kind: "up", x, y, button });
    this.pressed.clear();
  }

  close(): void {
    this.release();
    for (const [name, listener] of this.names) this.element.removeEventListener(name, listener);
  }

  private press(event: PointerEvent): void {
    const place = this.place(event);
    if (place === null) return;
    this.element.setPointerCapture(event.pointerId);
    this.pressed.set(event.button, place);
    this.to.send({ kind: "down", ...place, button: event.button });
  }

  private move(event: PointerEvent): void {
    // A second button is pressed or lifted as a move (Pointer Events §10.1: chorded buttons).
    if (event.button >= 0) {
      if (this.pressed.has(event.button)) this.lift(event);
      else this.press(event);
      return;
    }
    const place = this.place(event);
    if (place === null) return;
    for (const button of this.pressed.keys()) this.pressed.set(button, place);
    this.to.move(place);
  }

  private lift(event: PointerEvent): void {
    const place = this.place(event);
    if (place === null || !this.pressed.delete(event.button)) return;
    this.to.send({ kind: "up", ...place, button: event.button });
  }

  private wheel(event: WheelEvent): void {
    const place = this.place(event);
    if (place === null) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? LINE_PX : event.deltaMode === 2 ? PAGE_PX : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit].map((value) =>
      Math.round(Math.max(-MOST_WHEEL, Math.min(MOST_WHEEL, value))),
    ) as [number, number];
    this.to.send({ kind: "wheel", ...place, dx, dy });
  }

  /** On the picture; beside it only while a button is down. */
  private place({ clientX, clientY }: MouseEvent): Place | null {
    const { left, top } = this.element.getBoundingClientRect();
    const spot = { x: clientX - left, y: clientY - top };
    const frame = this.to.frame();
    if (frame.isEmpty || (this.pressed.size === 0 && !frame.has(spot))) return null;
    const { x, y } = clamped(frame.toPicture(spot));
    return { x: Math.round(x * PRECISION) / PRECISION, y: Math.round(y * PRECISION) / PRECISION };
  }
}

/** Listens to a text field that has the focus; what an input method makes there is sent as text. */
export class CapturedKeys {
  /** Keys that are down, by code. */
  private readonly pressed = new Map<string, string>();
  private composing = false;
  private readonly names = [
    ["keydown", (event: Event) => this.down(event as KeyboardEvent)],
    ["keyup", (event: Event) => this.up(event as KeyboardEvent)],
    ["compositionstart", () => this.compose(true)],
    ["compositionend", () => this.compose(false)],
    ["input", (event: Event) => this.typed(event as InputEvent)],
    ["paste", (event: Event) => event.preventDefault()],
    ["blur", () => this.release()],
  ] as const;

  constructor(
    private readonly field: HTMLTextAreaElement,
    private readonly to: Pick<Controlled, "send">,
  ) {
    for (const [name, listener] of this.names) field.addEventListener(name, listener);
  }

  /** See `CapturedPointer.remind`. */
  remind(): void {
    for (const [code, key] of this.pressed)
      this.to.send({ kind: "key", code, key, down: true, modifiers: [] });
  }

  /** A key whose release nobody would see. */
  release(): void {
    for (const [code, key] of this.pressed)
      this.to.send({ kind: "key", code, key, down: false, modifiers: [] });
    this.pressed.clear();
  }

  close(): void {
    this.release();
    for (const [name, listener] of this.names) this.field.removeEventListener(name, listener);
  }

  private down(event: KeyboardEvent): void {
    event.stopPropagation();
    const { code, key } = event;
    // What belongs to an input method, a dead key or a keyboard on the glass comes as text.
    if (event.isComposing || this.composing || NO_KEYS.has(key) || code === "") return;
    event.preventDefault();
    // The other computer repeats what is held by itself.
    if (event.repeat && this.pressed.has(code)) return;
    this.pressed.set(code, key);
    this.to.send({ kind: "key", code, key, down: true, modifiers: modifiersOf(event) });
  }

  private up(event: KeyboardEvent): void {
    event.stopPropagation();
    const { code, key } = event;
    if (!this.pressed.delete(code)) return;
    event.preventDefault();
    this.to.send({ kind: "key", code, key, down: false, modifiers: modifiersOf(event) });
    // A Mac tells of no key that is lifted while Command is held: with that it has been.
    if (key === "Meta") this.release();
  }

  private compose(begins: boolean): void {
    this.composing = begins;
    if (!begins) this.flush();
  }

  private typed(event: InputEvent): void {
    if (this.composing) return;
    if (event.inputType === "deleteContentBackward") this.tap("Backspace");
    else if (event.inputType === "insertLineBreak") this.tap("Enter");
    this.flush();
  }

  private tap(key: string): void {
    for (const down of [true, false]) this.to.send({ kind: "key", code: key, key, down, modifiers: [] });
  }

  private flush(): void {
    const text = this.field.value.replaceAll(PAD, "").replaceAll("\n", "");
    for (let at = 0; at < text.length; at += MOST_TEXT)
      this.to.send({ kind: "text", text: text.slice(at, at + MOST_TEXT) });
    // A keyboard on the glass reports a deletion only where there is something to delete.
    this.field.value = PAD;
  }
}

const NO_KEYS: ReadonlySet<string> = new Set(["Process", "Dead", "Unidentified", "Compose"]);
/** What a message may have; a wheel may turn faster. */
const MOST_WHEEL = 10_000;
const MOST_TEXT = 1_000;
const PAD = "\u200b";

function modifiersOf(event: KeyboardEvent): string[] {
  const held: readonly [string, boolean][] = [
    ["Shift", event.shiftKey],
    ["Control", event.ctrlKey],
    ["Alt", event.altKey],
    ["Meta", event.metaKey],
  ];
  return held.filter(([, down]) => down).map(([name]) => name);
}
