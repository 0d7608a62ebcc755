/** Selects, moves, resizes and turns. */

import type { BoardElement, Box, Change } from "../../client/board_elements";
import { moved, pulled, resized, rotated } from "../commands";
import { anchorAt, holdOf } from "../connector";
import type { Canvas } from "../draw";
import type { Editor } from "../editor";
import {
  boxRect,
  degreesTo,
  encloses,
  inRect,
  middleOf,
  type Point,
  type Rect,
  rectOf,
  straightened,
  unionOf,
} from "../geometry";
import { decode, encode } from "../ink";
import { cursorOf, frameOf, type Handle, handleAt, handlesOf } from "../selection_frame";
import { extent } from "../shape";
import { onGrid, snapTo } from "../snapping";
import { lastOf, type Press, type Tool } from "../tool";
import { drawHold, holdableAt } from "./shape_tool";

const NEAR_PX = { mouse: 5, pen: 8, touch: 14 };
const DRAG_PX = 4;
const SNAP_PX = 6;
const TURN_STEP = 15;
const DOUBLE_MS = 400;

type Doing =
  | { readonly name: "nothing" }
  /** Pressed, and not moved yet. */
  | { readonly name: "pressed"; readonly on: BoardElement | null; readonly wasSelected: boolean }
  | { readonly name: "marquee"; readonly before: ReadonlySet<string> }
  | { readonly name: "moving"; readonly elements: readonly BoardElement[]; readonly others: readonly Rect[] }
  | {
      readonly name: "pulling";
      readonly handle: Handle;
      readonly elements: readonly BoardElement[];
      readonly frame: Box;
    };

export class SelectTool implements Tool {
  cursor = "default";
  private doing: Doing = { name: "nothing" };
  private begun: Press | null = null;
  private last: Press | null = null;
  private gesture = "";
  private changed = false;
  private lastClick: Press | null = null;
  private target: BoardElement | null = null;

  constructor(private readonly editor: Editor) {}

  down(press: Press): void {
    const { editor } = this;
    this.begun = press;
    this.last = press;
    this.gesture = editor.newGesture();
    this.changed = false;
    const handle = this.handleUnder(press);
    const elements = editor.movable;
    const frame = frameOf(elements, editor.look);
    if (handle && frame) {
      this.doing = { name: "pulling", handle, elements, frame };
      return;
    }
    const on = this.under(press) ?? this.selectedAround(press);
    const wasSelected = on !== null && editor.selection.peek().has(on.id);
    if (on && !wasSelected && !press.shift) editor.select([on.id]);
    this.doing = { name: "pressed", on, wasSelected };
  }

  move(presses: readonly Press[]): void {
    const press = lastOf(presses);
    this.last = press;
    const { begun, doing } = this;
    if (!begun) return;
    if (doing.name === "pressed") {
      const far = Math.hypot(press.window.x - begun.window.x, press.window.y - begun.window.y);
      if (far < DRAG_PX) return;
      this.doing = this.beginDrag(doing.on, press);
    }
    switch (this.doing.name) {
      case "marquee":
        this.mark(this.doing.before, begun, press);
        break;
      case "moving":
        this.drag(this.doing.elements, this.doing.others, begun, press);
        break;
      case "pulling":
        this.pull(this.doing.handle, this.doing.elements, this.doing.frame, press);
        break;
    }
    this.editor.onAbove();
  }

  up(press: Press): void {
    const { doing } = this;
    if (doing.name === "pressed") this.click(doing.on, doing.wasSelected, press);
    if (doing.name === "moving") this.editor.said.value = "Moved";
    this.rest();
    this.hover(press);
  }

  cancel(): void {
    if (this.changed) this.editor.undo();
    this.rest();
  }

  hover(press: Press): void {
    const handle = this.handleUnder(press);
    const rotation = frameOf(this.editor.movable, this.editor.look)?.[4] ?? 0;
    if (handle) this.cursor = cursorOf(handle, rotation);
    else this.cursor = this.under(press) ? "move" : "default";
  }

  draw(canvas: Canvas, unit: number): void {
    const { begun, last, doing } = this;
    if (this.target) drawHold(canvas, this.target, unit);
    if (doing.name !== "marquee" || !begun || !last) return;
    const { x, y, w, h } = rectOf(begun, last);
    canvas.fillStyle = "rgb(47 111 222 / 12%)";
    canvas.strokeStyle = "#2f6fde";
    canvas.lineWidth = unit;
    canvas.fillRect(x, y, w, h);
    canvas.strokeRect(x, y, w, h);
  }

  private rest(): void {
    this.doing = { name: "nothing" };
    this.begun = null;
    this.target = null;
    this.editor.guides.value = [];
    this.editor.onAbove();
  }

  private click(on: BoardElement | null, wasSelected: boolean, press: Press): void {
    const { editor } = this;
    const before = this.lastClick;
    this.lastClick = press;
    const isDouble =
      before !== null &&
      press.at - before.at < DOUBLE_MS &&
      Math.hypot(press.window.x - before.window.x, press.window.y - before.window.y) < 2 * DRAG_PX;
    if (isDouble) this.doubleClick(on, press);
    else if (press.shift && on) {
      const next = new Set(editor.selection.peek());
      const together =
        on.group === undefined ? [on] : editor.scene.elements.filter((one) => one.group === on.group);
      for (const { id } of together) {
        if (wasSelected) next.delete(id);
        else next.add(id);
      }
      editor.select(next);
    } else editor.select(on ? [on.id] : []);
  }

  private doubleClick(under: BoardElement | null, press: Press): void {
    const { editor } = this;
    if (!editor.mayEdit) return;
    // What has no fill is meant by a place inside of it, too.
    const on = under ?? holdableAt(editor, press);
    if (on && ["rect", "ellipse", "text", "sticky", "frame"].includes(on.type)) editor.edit(on.id);
    else if (!under) {
      const id = editor.newId();
      const style = editor.styles.of("text");
      const size = style.size ?? 20;
      const box: Box = [press.x, press.y - size * 0.625, size, size * 1.25, 0];
      editor.add({ id, type: "text", box, style, text: "" });
      editor.edit(id);
    }
  }

  private beginDrag(on: BoardElement | null, press: Press): Doing {
    const { editor } = this;
    if (!on || (press.shift && !editor.selection.peek().has(on.id)))
      return { name: "marquee", before: press.shift ? editor.selection.peek() : new Set() };
    const elements = withContents(editor.movable, editor);
    if (elements.length === 0) return { name: "marquee", before: new Set() };
    const ids = new Set(elements.map(({ id }) => id));
    const seen = editor.seen();
    const others = [...editor.scene.within(seen)]
      .filter(({ id, type }) => !ids.has(id) && type !== "connector" && type !== "stroke")
      .map((element) => extent(element, editor.look));
    if (press.alt) {
      // The copy stays, the original goes: to the eye it is the other way around.
      editor.paste(elements, { x: 0, y: 0 });
      return { name: "moving", elements: editor.movable, others };
    }
    return { name: "moving", elements, others };
  }

  private mark(before: ReadonlySet<string>, from: Point, to: Point): void {
    const { editor } = this;
    const rect = rectOf(from, to);
    const inside = [...editor.scene.within(rect)].filter(
      (element) => !element.locked && encloses(rect, extent(element, editor.look)),
    );
    editor.select([...before, ...inside.map(({ id }) => id)], false);
  }

  private drag(elements: readonly BoardElement[], others: readonly Rect[], begun: Press, press: Press): void {
    const { editor } = this;
    let [dx, dy] = [press.x - begun.x, press.y - begun.y];
    if (press.shift) {
      if (Math.abs(dx) > Math.abs(dy)) dy = 0;
      else dx = 0;
    }
    const rect = unionOf(elements.map((element) => extent(element, editor.look)));
    if (rect && !press.control) {
      const at = { ...rect, x: rect.x + dx, y: rect.y + dy };
      if (editor.grid.peek()) {
        dx += onGrid(at.x) - at.x;
        dy += onGrid(at.y) - at.y;
      } else {
        const snap = snapTo(at, others, SNAP_PX / editor.view.peek().zoom);
        dx += snap.dx;
        dy += snap.dy;
        editor.guides.value = snap.guides;
      }
    } else editor.guides.value = [];
    this.change(moved(elements, dx, dy));
  }

  private pull(handle: Handle, elements: readonly BoardElement[], frame: Box, press: Press): void {
    const { editor } = this;
    const [first] = elements;
    if (handle.kind === "turn") {
      const middle = middleOf(boxRect(frame));
      let degrees = degreesTo(middle, press) + 90 - (elements.length === 1 ? frame[4] : 0);
      if (press.shift) degrees = Math.round((degrees + frame[4]) / TURN_STEP) * TURN_STEP - frame[4];
      this.change(rotated(elements, middle, degrees));
      return;
    }
    if (handle.kind === "end") {
      if (first) this.pullEnd(first, handle.which, press);
      return;
    }
    const at = editor.grid.peek() && !press.control ? { x: onGrid(press.x), y: onGrid(press.y) } : press;
    if (elements.length === 1 && first?.box) {
      // Pictures and, from a corner, texts keep their shape.
      const corner = handle.x !== 0 && handle.y !== 0;
      const keeps = (first.type === "image" || first.type === "text") && corner;
      const box = pulled(first.box, handle, at, press.shift !== keeps, press.alt);
      this.change(boxChanges(first, box, corner));
      if (first.type === "text") editor.fitText(first.id, this.gesture);
      return;
    }
    const box = pulled(frame, handle, at, press.shift, press.alt);
    this.change(resized(elements, boxRect(frame), boxRect(box)));
  }

  private pullEnd(element: BoardElement, which: "first" | "last", press: Press): void {
    const { editor } = this;
    const points = element.points ? decode(element.points) : [];
    const index = which === "first" ? 0 : points.length - 1;
    const other = points[points.length - 1 - index];
    const at = press.shift && other ? straightened(other, press, TURN_STEP) : press;
    points[index] = { x: at.x, y: at.y, pressure: 0.5 };
    if (element.type !== "connector") {
      this.change([{ op: "put", id: element.id, props: { points: encode(points) } }]);
      return;
    }
    const hold = holdableAt(editor, press);
    const box = hold && holdOf(hold);
    this.target = hold;
    const end = box ? { element: hold.id, anchor: anchorAt(box, press, 14 / editor.view.peek().zoom) } : null;
    const name = which === "first" ? "from" : "to";
    this.change([{ op: "put", id: element.id, props: { points: encode(points), [name]: end } }]);
  }

  private change(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    this.changed = true;
    this.editor.change(changes, this.gesture);
  }

  private handleUnder(press: Press): Handle | null {
    const { editor } = this;
    const elements = editor.movable;
    if (elements.length === 0 || editor.editing.peek() !== null) return null;
    const unit = 1 / editor.view.peek().zoom;
    return handleAt(handlesOf(elements, editor.look, unit), press, press.pointer, unit);
  }

  private under(press: Press): BoardElement | null {
    return this.editor.scene.at(press, NEAR_PX[press.pointer] / this.editor.view.peek().zoom);
  }

  /** What is selected can be moved by the room between it, too. */
  private selectedAround(press: Press): BoardElement | null {
    const { editor } = this;
    const elements = editor.movable;
    const frame = frameOf(elements, editor.look);
    const rect = frame && boxRect(frame);
    const hollow = elements.length > 1 || elements[0]?.type === "rect" || elements[0]?.type === "ellipse";
    return rect && hollow && inRect(press, rect) ? (elements[0] ?? null) : null;
  }
}

function boxChanges(element: BoardElement, box: Box, corner: boolean): Change[] {
  const { id, type, style } = element;
  if (type !== "text" || !element.box) return [{ op: "put", id, props: { box } }];
  // A corner makes the letters larger, a side makes room for them.
  const scale = box[2] / Math.max(1, element.box[2]);
  if (corner) {
    const size = Math.max(4, Math.round((style?.size ?? 20) * scale * 10) / 10);
    return [{ op: "put", id, props: { box, style: { size } } }];
  }
  return [{ op: "put", id, props: { box, wrap: true } }];
}

/** A frame takes along what stands in it. */
export function withContents(elements: readonly BoardElement[], editor: Editor): BoardElement[] {
  const all = new Map(elements.map((element) => [element.id, element]));
  for (const frame of elements) {
    if (frame.type !== "frame" || !frame.box) continue;
    const rect = boxRect(frame.box);
    for (const element of editor.scene.within(rect)) {
      if (!element.locked && encloses(rect, extent(element, editor.look))) all.set(element.id, element);
    }
  }
  return [...all.values()];
}
