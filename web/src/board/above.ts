/** What moves above the elements: strokes that grow, pointers of others, light, the selection, guides. */

import type { BoardPointer } from "../client/board_live";
import { type Canvas, drawInk } from "./draw";
import type { Editor } from "./editor";
import { drawSelection } from "./selection_frame";
import type { Tool } from "./tool";

/** Somebody else, as their pointer shows them. */
export interface Colleague {
  readonly name: string;
  readonly color: string;
}

export type Who = (pointer: BoardPointer) => Colleague | null;

const LIGHT_MS = 900;
const LIGHT = "#e5484d";
const POINTER_FADES_MS = 8_000;

/** Light that others leave behind, by participant. */
export class Trails {
  private readonly trails = new Map<string, { x: number; y: number; at: number }[]>();

  note(pointers: readonly BoardPointer[]): void {
    for (const { participant, laser, x, y, at } of pointers) {
      if (!laser) continue;
      const trail = this.trails.get(participant) ?? [];
      if (trail.at(-1)?.at !== at) trail.push({ x, y, at });
      this.trails.set(participant, trail);
    }
  }

  get all(): Iterable<{ x: number; y: number; at: number }[]> {
    return this.trails.values();
  }
}

/** Paints it; returns whether it fades, and so has to be painted again. */
export function drawAbove(
  canvas: CanvasRenderingContext2D,
  unit: number,
  editor: Editor,
  tool: Tool,
  who: Who,
  trails: Trails,
): boolean {
  const page = editor.page.peek();
  for (const stroke of editor.live.strokes) {
    if (stroke.page !== "" && stroke.page !== page) continue;
    canvas.save();
    canvas.globalAlpha = stroke.style.opacity ?? 1;
    drawInk(canvas, stroke.points, stroke);
    canvas.restore();
  }
  const chosen = editor.selected.peek();
  if (chosen.length > 0 && editor.tool.peek() === "select") {
    const handles = editor.movable.length === chosen.length && editor.editing.peek() === null;
    drawSelection(canvas, chosen, editor.look, unit, handles);
  }
  canvas.setLineDash([]);
  tool.draw?.(canvas, unit);
  drawGuides(canvas, unit, editor);
  trails.note(editor.live.pointers);
  let fades = drawTrail(canvas, unit, editor.trail);
  for (const trail of trails.all) fades = drawTrail(canvas, unit, trail) || fades;
  for (const pointer of editor.live.pointers) {
    if (pointer.page !== "" && pointer.page !== page) continue;
    const colleague = who(pointer);
    const age = performance.now() - pointer.at;
    if (!colleague || age > POINTER_FADES_MS) continue;
    drawPointer(canvas, unit, pointer, colleague);
  }
  return fades;
}

function drawGuides(canvas: Canvas, unit: number, editor: Editor): void {
  canvas.strokeStyle = "#d6336c";
  canvas.lineWidth = unit;
  for (const { axis, at, from, to } of editor.guides.peek()) {
    canvas.beginPath();
    canvas.moveTo(axis === "x" ? at : from, axis === "x" ? from : at);
    canvas.lineTo(axis === "x" ? at : to, axis === "x" ? to : at);
    canvas.stroke();
  }
}

function drawTrail(canvas: Canvas, unit: number, trail: { x: number; y: number; at: number }[]): boolean {
  const now = performance.now();
  while (trail[0] && now - trail[0].at > LIGHT_MS) trail.shift();
  canvas.strokeStyle = LIGHT;
  canvas.lineCap = "round";
  for (let index = 1; index < trail.length; index += 1) {
    const [a, b] = [trail[index - 1], trail[index]];
    if (!a || !b) continue;
    const left = 1 - (now - b.at) / LIGHT_MS;
    canvas.globalAlpha = left;
    canvas.lineWidth = (2 + 4 * left) * unit;
    canvas.beginPath();
    canvas.moveTo(a.x, a.y);
    canvas.lineTo(b.x, b.y);
    canvas.stroke();
  }
  const last = trail.at(-1);
  if (last) {
    canvas.globalAlpha = 1 - (now - last.at) / LIGHT_MS;
    canvas.fillStyle = LIGHT;
    canvas.beginPath();
    canvas.arc(last.x, last.y, 5 * unit, 0, 2 * Math.PI);
    canvas.fill();
  }
  canvas.globalAlpha = 1;
  return trail.length > 0;
}

function drawPointer(canvas: Canvas, unit: number, { x, y }: BoardPointer, { name, color }: Colleague): void {
  canvas.save();
  canvas.translate(x, y);
  canvas.scale(unit, unit);
  canvas.fillStyle = color;
  canvas.strokeStyle = "#ffffff";
  canvas.lineWidth = 1.5;
  canvas.lineJoin = "round";
  canvas.beginPath();
  canvas.moveTo(0, 0);
  canvas.lineTo(4, 15);
  canvas.lineTo(7.5, 9.5);
  canvas.lineTo(13.5, 8);
  canvas.closePath();
  canvas.fill();
  canvas.stroke();
  canvas.font = "500 12px system-ui, sans-serif";
  canvas.textAlign = "left";
  canvas.textBaseline = "middle";
  const width = canvas.measureText(name).width + 14;
  canvas.beginPath();
  canvas.roundRect(12, 15, width, 21, 6);
  canvas.fill();
  canvas.fillStyle = "#ffffff";
  canvas.fillText(name, 19, 26);
  canvas.restore();
}
