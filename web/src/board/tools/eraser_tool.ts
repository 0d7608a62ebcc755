/** Deletes whole elements that it passes over. */

import type { BoardElement } from "../../client/board_elements";
import type { Canvas } from "../draw";
import type { Editor } from "../editor";
import type { Point } from "../geometry";
import { lastOf, type Press, type Tool } from "../tool";

const NEAR_PX = 8;
const STEP_PX = 5;

export class EraserTool implements Tool {
  readonly cursor = "none";
  private gesture: string | null = null;
  private erased = false;
  private last: Press | null = null;
  private at: Point | null = null;

  constructor(private readonly editor: Editor) {}

  down(press: Press): void {
    this.gesture = this.editor.newGesture();
    this.erased = false;
    this.last = press;
    this.erase(press);
  }

  move(presses: readonly Press[]): void {
    for (const press of presses) {
      // A fast move leaves nothing out.
      const from = this.last ?? press;
      const length = Math.hypot(press.window.x - from.window.x, press.window.y - from.window.y);
      const steps = Math.max(1, Math.ceil(length / STEP_PX));
      for (let step = 1; step <= steps; step += 1) {
        const share = step / steps;
        this.erase({ x: from.x + (press.x - from.x) * share, y: from.y + (press.y - from.y) * share });
      }
      this.last = press;
    }
    this.hover(lastOf(presses));
  }

  up(): void {
    this.gesture = null;
    this.last = null;
  }

  cancel(): void {
    if (this.erased) this.editor.undo();
    this.up();
  }

  hover(press: Press): void {
    this.at = press;
    this.editor.onAbove();
  }

  draw(canvas: Canvas, unit: number): void {
    if (!this.at) return;
    canvas.beginPath();
    canvas.arc(this.at.x, this.at.y, NEAR_PX * unit, 0, 2 * Math.PI);
    canvas.fillStyle = "rgb(255 255 255 / 70%)";
    canvas.fill();
    canvas.strokeStyle = "#475467";
    canvas.lineWidth = 1.5 * unit;
    canvas.stroke();
  }

  private erase(point: Point): void {
    const { zoom } = this.editor.view.peek();
    const erasable = ({ locked, type }: BoardElement) => !locked && type !== "frame";
    const found = this.editor.scene.at(point, NEAR_PX / zoom, erasable);
    if (!found) return;
    this.erased = true;
    this.editor.change([{ op: "delete", id: found.id }], this.gesture);
  }
}
