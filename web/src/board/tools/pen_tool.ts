/** Draws strokes: the pen, and the highlighter, which is a broad pen one sees through. */

import type { Style } from "../../client/board_elements";
import { type Canvas, drawInk } from "../draw";
import type { Editor } from "../editor";
import { straightened } from "../geometry";
import { EVEN, encode, type InkPoint, pressureOfSpeed } from "../ink";
import { filled, lengthOf, simplified } from "../spacing";
import { lastOf, type Press, type Tool } from "../tool";

/** Points that stand nearer to each other show nothing. */
const APART_PX = 0.7;
const TOLERANCE_PX = 0.25;
/** Points that stand further from each other make another shape. */
const GAP_PX = 8;

export class PenTool implements Tool {
  readonly cursor = "crosshair";
  private id = "";
  private points: InkPoint[] = [];
  private last: Press | null = null;
  private begun: Press | null = null;

  constructor(
    private readonly editor: Editor,
    private readonly kind: "pen" | "highlighter",
    /** The most points a stroke may have. */
    private readonly most: () => number,
  ) {}

  down(press: Press): void {
    this.id = this.editor.newId();
    this.points = [];
    this.begun = press;
    this.last = null;
    this.take(press);
    this.show();
  }

  move(presses: readonly Press[]): void {
    if (!this.begun) return;
    const press = lastOf(presses);
    if (press.shift) this.drawStraight(press);
    else for (const one of presses) this.take(one);
    if (this.points.length >= this.most() / 2) {
      // Goes on as another one.
      this.finish();
      this.down(press);
    }
    this.show();
  }

  up(): void {
    if (this.begun) this.finish();
    this.begun = null;
  }

  cancel(): void {
    if (this.begun) this.editor.live.takeBack(this.id);
    this.begun = null;
    this.points = [];
    this.editor.onAbove();
  }

  draw(canvas: Canvas): void {
    if (this.points.length === 0) return;
    const { style } = this;
    canvas.save();
    canvas.globalAlpha = style.opacity ?? 1;
    drawInk(canvas, encode(filled(this.points, this.gap)), { style });
    canvas.restore();
  }

  private get style(): Style {
    return this.editor.styles.of(this.kind);
  }

  /** Half the points that a stroke may have are for those between the ones that were taken. */
  private get gap(): number {
    return Math.max(GAP_PX / this.editor.view.peek().zoom, lengthOf(this.points) / (this.most() / 2));
  }

  private take(press: Press): void {
    const { last } = this;
    const distance = last ? Math.hypot(press.window.x - last.window.x, press.window.y - last.window.y) : 0;
    if (last && distance < APART_PX) return;
    this.points.push({ x: press.x, y: press.y, pressure: this.pressure(press, distance) });
    this.last = press;
  }

  private pressure(press: Press, distance: number): number {
    if (this.kind === "highlighter") return EVEN;
    if (press.pressure !== null) return press.pressure;
    const before = this.points.at(-1)?.pressure ?? EVEN;
    return this.last ? pressureOfSpeed(distance, press.at - this.last.at, before) : before;
  }

  private drawStraight(press: Press): void {
    const { begun } = this;
    if (!begun) return;
    const end = straightened(begun, press, 15);
    this.points = [
      { x: begun.x, y: begun.y, pressure: EVEN },
      { ...end, pressure: EVEN },
    ];
    this.last = press;
  }

  private show(): void {
    const page = this.editor.page.peek();
    if (this.editor.mayEdit) {
      this.editor.live.draw({ id: this.id, page, style: this.style, points: encode(this.points) });
    }
    this.editor.onAbove();
  }

  private finish(): void {
    const { zoom } = this.editor.view.peek();
    const points = encode(filled(simplified(this.points, TOLERANCE_PX / zoom, this.gap), this.gap));
    this.points = [];
    if (points.length > 0) {
      this.editor.add({ id: this.id, type: "stroke", points, style: this.style });
      this.editor.live.lift(this.id);
    }
    this.editor.onAbove();
  }
}
