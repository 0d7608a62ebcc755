/**
 * What mouse, fingers and pen do on the board, as the tools hear it.
 *
 * Two fingers move and zoom the view, whatever the tool. Once a pen was used, fingers only move the view: the hand that
 * holds the pen rests on the glass.
 */

import type { Editor } from "./editor";
import type { Point } from "./geometry";
import type { Press, Tool } from "./tool";
import { panned, toBoard, zoomed } from "./view";

/** Pressed beside a mouse's first button, or with the space bar: the view is moved. */
const MIDDLE = 1;
const FIRST = 0;
const WHEEL_LINE_PX = 40;
const WHEEL_ZOOM = 0.0022;
/** So long after a pen fingers do not draw. */
const PEN_REIGNS_MS = 30_000;
/** Two fingers that come down within this time meant the view from the start. */
const SECOND_FINGER_MS = 180;

export class PointerInput {
  /** The space bar is held. */
  spaceHeld = false;

  private readonly fingers = new Map<number, Point>();
  private active: number | null = null;
  private tool: Tool | null = null;
  private pinch: { distance: number; middle: Point } | null = null;
  private penAt = Number.NEGATIVE_INFINITY;
  private fingerAt = 0;
  private lastPress: Press | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly editor: Editor,
    private readonly tools: { current: () => Tool; hand: Tool },
    private readonly onCursor: (cursor: string) => void,
  ) {
    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"] as const)
      element.addEventListener(name, (event) => this.up(event, name === "pointercancel"));
    element.addEventListener("pointerleave", () => {
      editor.pointer = null;
      editor.onAbove();
    });
    element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    // A long press of a finger draws.
    element.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** Escape: what is being done is taken back. False if nothing is. */
  cancel(): boolean {
    if (!this.tool) return false;
    this.tool.cancel();
    this.tool = null;
    this.active = null;
    return true;
  }

  private down(event: PointerEvent): void {
    this.element.focus({ preventScroll: true });
    if (this.editor.editing.peek() !== null) this.editor.written();
    if (event.pointerType === "pen") this.penAt = event.timeStamp;
    if (event.pointerType === "touch" && this.downFinger(event)) return;
    if (this.active !== null) return;
    if (event.button !== FIRST && event.button !== MIDDLE) return;
    const penReigns = event.pointerType === "touch" && event.timeStamp - this.penAt < PEN_REIGNS_MS;
    const moves = event.button === MIDDLE || this.spaceHeld || penReigns;
    if (event.button === MIDDLE) event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    this.active = event.pointerId;
    this.tool = moves ? this.tools.hand : this.tools.current();
    this.tool.down(this.press(event));
    this.onCursor(this.tool.cursor);
  }

  /** True if the finger is one of two that move the view. */
  private downFinger(event: PointerEvent): boolean {
    this.fingers.set(event.pointerId, this.windowPoint(event));
    if (this.fingers.size === 1) this.fingerAt = event.timeStamp;
    if (this.fingers.size < 2) return false;
    // What the first finger began is meant only if it had time to.
    if (event.timeStamp - this.fingerAt < SECOND_FINGER_MS) this.cancel();
    else this.finish();
    this.pinch = this.pinchNow();
    return true;
  }

  private move(event: PointerEvent): void {
    const press = this.press(event);
    this.editor.pointer = press;
    if (this.fingers.has(event.pointerId)) this.fingers.set(event.pointerId, press.window);
    if (this.pinch) {
      this.pinchOn();
      return;
    }
    if (event.pointerId === this.active && this.tool) {
      const events = event.getCoalescedEvents?.() ?? [];
      this.tool.move(events.length > 0 ? events.map((one) => this.press(one)) : [press]);
      this.onCursor(this.tool.cursor);
    } else if (this.active === null) {
      const tool = this.spaceHeld ? this.tools.hand : this.tools.current();
      tool.hover?.(press);
      this.onCursor(tool.cursor);
    }
    if (event.pointerType !== "touch" || this.active !== null)
      this.editor.point(press, this.editor.tool.peek() === "laser" && this.active !== null);
  }

  private up(event: PointerEvent, cancelled: boolean): void {
    this.fingers.delete(event.pointerId);
    if (this.fingers.size < 2) this.pinch = null;
    if (event.pointerId !== this.active) return;
    if (cancelled) this.cancel();
    else {
      this.lastPress = this.press(event);
      this.finish();
    }
  }

  private finish(): void {
    const { tool } = this;
    this.tool = null;
    this.active = null;
    if (tool && this.lastPress) tool.up(this.lastPress);
    this.onCursor(this.tools.current().cursor);
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const view = this.editor.view.peek();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE_PX : 1;
    const [dx, dy] = [event.deltaX * lines, event.deltaY * lines];
    // Pinching on a trackpad comes as a wheel with Ctrl.
    if (event.ctrlKey || event.metaKey) {
      const speed = Math.abs(dy) < 40 ? WHEEL_ZOOM * 4 : WHEEL_ZOOM;
      this.editor.lookAt(zoomed(view, this.windowPoint(event), view.zoom * Math.exp(-dy * speed)));
    } else if (event.shiftKey && dx === 0) this.editor.lookAt(panned(view, -dy, 0));
    else this.editor.lookAt(panned(view, -dx, -dy));
  }

  private pinchNow(): { distance: number; middle: Point } {
    const [a = { x: 0, y: 0 }, b = a] = [...this.fingers.values()];
    return {
      distance: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)),
      middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
    };
  }

  private pinchOn(): void {
    const before = this.pinch;
    if (!before) return;
    const now = this.pinchNow();
    this.pinch = now;
    const view = panned(
      this.editor.view.peek(),
      now.middle.x - before.middle.x,
      now.middle.y - before.middle.y,
    );
    this.editor.lookAt(zoomed(view, now.middle, (view.zoom * now.distance) / before.distance));
  }

  private windowPoint(event: MouseEvent): Point {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  private press(event: PointerEvent): Press {
    const window = this.windowPoint(event);
    const press: Press = {
      ...toBoard(this.editor.view.peek(), window),
      window,
      // Fingers say 0, or always the same.
      pressure: event.pointerType === "pen" && event.pressure > 0 ? event.pressure : null,
      pointer: event.pointerType === "pen" ? "pen" : event.pointerType === "touch" ? "touch" : "mouse",
      shift: event.shiftKey,
      alt: event.altKey,
      control: event.ctrlKey || event.metaKey,
      at: event.timeStamp,
    };
    this.lastPress = press;
    return press;
  }
}
