/** Draws what is pulled up from corner to corner or end to end: shapes, lines, notes, texts, frames. */

import type { BoardElement, ElementType, End } from "../../client/board_elements";
import { anchorAt, holdOf } from "../connector";
import { type Canvas, drawElement } from "../draw";
import type { Editor } from "../editor";
import { corners, type Point, rectOf, straightened, tidy } from "../geometry";
import { EVEN, encode } from "../ink";
import { LINE_HEIGHT, TEXT_SIZE } from "../look";
import { onGrid } from "../snapping";
import { lastOf, type Press, type Tool } from "../tool";

export type Shape = Extract<
  ElementType,
  "line" | "arrow" | "rect" | "ellipse" | "text" | "sticky" | "connector" | "frame"
>;

/** A press that moved less is a click. */
const CLICK_PX = 4;
/** What a click makes. */
const SIZES: Partial<Record<Shape, readonly [number, number]>> = {
  rect: [160, 100],
  ellipse: [160, 100],
  sticky: [200, 200],
  frame: [640, 400],
};
const NEAR_PX = 14;
const LINES: readonly Shape[] = ["line", "arrow", "connector"];

export class ShapeTool implements Tool {
  readonly cursor: string;
  private begun: Press | null = null;
  private last: Press | null = null;
  private id = "";
  /** What a connector would hold on to here. */
  private target: BoardElement | null = null;

  constructor(
    private readonly editor: Editor,
    private readonly shape: Shape,
  ) {
    this.cursor = shape === "text" ? "text" : "crosshair";
  }

  down(press: Press): void {
    this.begun = press;
    this.last = press;
    this.id = this.editor.newId();
  }

  move(presses: readonly Press[]): void {
    this.last = lastOf(presses);
    this.hover(this.last);
  }

  up(press: Press): void {
    const { begun, editor, id } = this;
    this.begun = null;
    if (!begun) return;
    const far = Math.hypot(press.window.x - begun.window.x, press.window.y - begun.window.y);
    const made = far < CLICK_PX ? this.clicked(begun) : this.pulled(begun, press);
    this.target = null;
    editor.onAbove();
    if (!made) return;
    editor.add(made);
    if (!editor.keepsTool.peek()) editor.tool.value = "select";
    editor.select([id]);
    if (this.shape === "text" || this.shape === "sticky") editor.edit(id);
  }

  cancel(): void {
    this.begun = null;
    this.target = null;
    this.editor.onAbove();
  }

  hover(press: Press): void {
    this.target = this.shape === "connector" ? this.holdable(press) : null;
    this.editor.onAbove();
  }

  draw(canvas: Canvas, unit: number): void {
    const { begun, last, editor } = this;
    if (this.target) drawHold(canvas, this.target, unit);
    const made = begun && last ? this.pulled(begun, last) : null;
    if (!made) return;
    const element = { ...made, page: editor.page.peek(), z: "" };
    drawElement(canvas, element, {
      look: editor.look,
      image: () => null,
      editing: null,
      zoom: editor.view.peek().zoom,
    });
    if (this.shape === "text" && element.box) {
      const [x, y, w, h] = element.box;
      canvas.strokeStyle = "#2f6fde";
      canvas.lineWidth = unit;
      canvas.strokeRect(x, y, w, h);
    }
  }

  private pulled(from: Press, to: Press): Omit<BoardElement, "page" | "z"> | null {
    const { shape, id, editor } = this;
    const style = editor.styles.of(shape);
    if (LINES.includes(shape)) return this.line(from, to);
    const [a, b] = [this.snapped(from, to), this.snapped(to, to)];
    let end = b;
    if (to.shift || shape === "sticky") {
      const side = Math.max(Math.abs(b.x - a.x), Math.abs(b.y - a.y));
      end = { x: a.x + Math.sign(b.x - a.x || 1) * side, y: a.y + Math.sign(b.y - a.y || 1) * side };
    }
    const start = to.alt ? { x: 2 * a.x - end.x, y: 2 * a.y - end.y } : a;
    const { x, y, w, h } = rectOf(start, end);
    if (shape === "text") {
      const size = style.size ?? TEXT_SIZE;
      const box = [tidy(x), tidy(y), tidy(Math.max(w, 2 * size)), size * LINE_HEIGHT, 0] as const;
      return { id, type: "text", box, style, text: "", wrap: true };
    }
    const text = shape === "frame" ? { text: this.frameTitle() } : {};
    return { id, type: shape, box: [tidy(x), tidy(y), tidy(w), tidy(h), 0], style, ...text };
  }

  private clicked(press: Press): Omit<BoardElement, "page" | "z"> | null {
    const { shape, id, editor } = this;
    const style = editor.styles.of(shape);
    if (shape === "text") {
      const size = style.size ?? TEXT_SIZE;
      const height = size * LINE_HEIGHT;
      return {
        id,
        type: "text",
        box: [tidy(press.x), tidy(press.y - height / 2), size, height, 0],
        style,
        text: "",
      };
    }
    const size = SIZES[shape];
    if (!size) return null;
    const [w, h] = size;
    const at = this.snapped({ ...press, x: press.x - w / 2, y: press.y - h / 2 }, press);
    const text = shape === "frame" ? { text: this.frameTitle() } : {};
    return { id, type: shape, box: [tidy(at.x), tidy(at.y), w, h, 0], style, ...text };
  }

  private line(from: Press, to: Press): Omit<BoardElement, "page" | "z"> {
    const { shape, id, editor } = this;
    const style = editor.styles.of(shape);
    const a = this.snapped(from, to);
    const b = to.shift ? straightened(from, to, 15) : this.snapped(to, to);
    const points = encode([
      { ...a, pressure: EVEN },
      { ...b, pressure: EVEN },
    ]);
    if (shape !== "connector") return { id, type: shape as "line" | "arrow", points, style };
    const [start, end] = [this.endAt(from), this.endAt(to)];
    const ends = { ...(start ? { from: start } : {}), ...(end ? { to: end } : {}) };
    // Both ends on one element would be a line to nowhere.
    if (start && end && start.element === end.element)
      return { id, type: "connector", points, style, from: start };
    return { id, type: "connector", points, style, ...ends };
  }

  private endAt(press: Press): End | null {
    const { zoom } = this.editor.view.peek();
    const element = this.holdable(press);
    const box = element && holdOf(element);
    return box ? { element: element.id, anchor: anchorAt(box, press, NEAR_PX / zoom) } : null;
  }

  private holdable(point: Point): BoardElement | null {
    return holdableAt(this.editor, point);
  }

  private snapped(point: Point, press: Press): Point {
    if (!this.editor.grid.peek() || press.control) return { x: point.x, y: point.y };
    return { x: onGrid(point.x), y: onGrid(point.y) };
  }

  private frameTitle(): string {
    return `Frame ${this.editor.scene.elements.filter(({ type }) => type === "frame").length + 1}`;
  }
}

/** What a connector's end would hold on to at a point. */
export function holdableAt(editor: Editor, point: Point): BoardElement | null {
  const near = NEAR_PX / editor.view.peek().zoom;
  const accepts = ({ type }: BoardElement) => type !== "connector" && type !== "line" && type !== "arrow";
  const edge = editor.scene.at(point, near, accepts);
  if (edge) return edge;
  // Inside of what has no fill, too.
  const inside = editor.scene.elements.filter((element) => {
    const hold = element.type === "frame" || !accepts(element) ? null : element.box;
    if (!hold) return false;
    const [x, y, w, h] = hold;
    return point.x >= x && point.x <= x + w && point.y >= y && point.y <= y + h;
  });
  return inside.at(-1) ?? null;
}

/** Marks what a connector would hold on to, and where. */
export function drawHold(canvas: Canvas, element: BoardElement, unit: number): void {
  const box = holdOf(element);
  if (!box) return;
  const around = corners(box);
  canvas.strokeStyle = "#2f6fde";
  canvas.fillStyle = "#ffffff";
  canvas.lineWidth = 2 * unit;
  canvas.beginPath();
  for (const { x, y } of around) canvas.lineTo(x, y);
  canvas.closePath();
  canvas.stroke();
  around.forEach((corner, index) => {
    const next = around[(index + 1) % around.length] ?? corner;
    canvas.beginPath();
    canvas.arc((corner.x + next.x) / 2, (corner.y + next.y) / 2, 4 * unit, 0, 2 * Math.PI);
    canvas.fill();
    canvas.stroke();
  });
}
