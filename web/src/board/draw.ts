/** Elements painted onto a canvas whose units are the board's. */

import type { BoardElement } from "../client/board_elements";
import { endsOf, type Look } from "./connector";
import { boxRect, degreesTo, middleOf, type Point } from "./geometry";
import { decode, origin, outlinePath, spinePath } from "./ink";
import {
  colorOf,
  cornerOf,
  dashOf,
  FONT,
  FRAME,
  FRAME_TITLE,
  fillOf,
  LINE_HEIGHT,
  MONO,
  NO_IMAGE,
  PADDING,
  sizeOf,
  widthOf,
} from "./look";
import { headLength } from "./shape";
import { layOut } from "./text_layout";

export type Canvas = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export interface Surroundings {
  look: Look;
  /** A picture by its file; null while it is not there. */
  image: (sha256: string) => CanvasImageSource | null;
  /** Its text is being written in a field above the canvas. */
  editing: string | null;
  /** CSS pixels a unit: what is too small to be seen is drawn simply. */
  zoom: number;
}

/** CSS pixels. */
const THIN = 1.2;
const UNREADABLE = 2.5;

const HEAD_DEGREES = 28;
const FRAME_WIDTH = 1.5;
const FRAME_TITLE_UP = 6;
// Inter's ascender and descender, shares of the size.
const ASCENT = 0.96875;
const DESCENT = 0.2412;

export function drawElement(canvas: Canvas, element: BoardElement, around: Surroundings): void {
  const opacity = element.style?.opacity ?? 1;
  if (opacity <= 0) return;
  canvas.save();
  canvas.globalAlpha = opacity;
  drawOpaque(canvas, element, around);
  canvas.restore();
}

function drawOpaque(canvas: Canvas, element: BoardElement, around: Surroundings): void {
  const { points } = element;
  switch (element.type) {
    case "stroke":
      if (points && widthOf(element) * around.zoom < THIN) drawSpine(canvas, points, element);
      else if (points) drawInk(canvas, points, element);
      return;
    case "line":
      if (points) drawLine(canvas, decode(points), element, false);
      return;
    case "arrow":
      if (points) drawLine(canvas, decode(points), element, true);
      return;
    case "connector": {
      const ends = endsOf(element, around.look);
      if (ends) drawLine(canvas, ends, element, true);
      return;
    }
    default:
      if (element.box) drawBox(canvas, element, element.box, around);
  }
}

/** A stroke, or as much of it as there is. */
export function drawInk(
  canvas: Canvas,
  points: readonly number[],
  element: Pick<BoardElement, "style">,
): void {
  const { x, y } = origin(points);
  canvas.translate(x, y);
  canvas.fillStyle = colorOf(element);
  canvas.fill(outlinePath(points, widthOf(element)));
  canvas.translate(-x, -y);
}

function drawSpine(canvas: Canvas, points: readonly number[], element: BoardElement): void {
  const { x, y } = origin(points);
  canvas.translate(x, y);
  canvas.strokeStyle = colorOf(element);
  canvas.lineWidth = widthOf(element);
  canvas.lineCap = "round";
  canvas.stroke(spinePath(points));
}

function drawLine(canvas: Canvas, line: readonly Point[], element: BoardElement, headed: boolean): void {
  const [first, ...rest] = line;
  const width = widthOf(element);
  if (!first || width <= 0) return;
  canvas.strokeStyle = colorOf(element);
  canvas.lineWidth = width;
  canvas.lineCap = "round";
  canvas.lineJoin = "round";
  canvas.setLineDash(dashOf(element));
  canvas.beginPath();
  canvas.moveTo(first.x, first.y);
  for (const { x, y } of rest) canvas.lineTo(x, y);
  canvas.stroke();
  const [tip, before] = [line.at(-1), line.at(-2)];
  if (!headed || !tip || !before) return;
  canvas.setLineDash([]);
  canvas.beginPath();
  const back = degreesTo(tip, before);
  for (const side of [-HEAD_DEGREES, HEAD_DEGREES]) {
    const angle = ((back + side) * Math.PI) / 180;
    canvas.moveTo(tip.x, tip.y);
    canvas.lineTo(tip.x + Math.cos(angle) * headLength(width), tip.y + Math.sin(angle) * headLength(width));
  }
  canvas.stroke();
}

function drawBox(
  canvas: Canvas,
  element: BoardElement,
  box: NonNullable<BoardElement["box"]>,
  around: Surroundings,
): void {
  const [x, y, w, h, rotation] = box;
  const { type } = element;
  if (rotation !== 0) {
    const middle = middleOf(boxRect(box));
    canvas.translate(middle.x, middle.y);
    canvas.rotate((rotation * Math.PI) / 180);
    canvas.translate(-middle.x, -middle.y);
  }
  if (type === "image") {
    const picture = element.file ? around.image(element.file) : null;
    if (picture) canvas.drawImage(picture, x, y, w, h);
    else {
      canvas.fillStyle = NO_IMAGE;
      canvas.fillRect(x, y, w, h);
    }
    return;
  }
  if (type === "frame") {
    canvas.strokeStyle = FRAME;
    canvas.lineWidth = FRAME_WIDTH;
    canvas.strokeRect(x, y, w, h);
    drawFrameTitle(canvas, element, x, y);
    return;
  }
  if (type !== "text") drawOutline(canvas, element, x, y, w, h);
  if (!element.text || around.editing === element.id || sizeOf(element) * around.zoom < UNREADABLE) return;
  drawText(canvas, element, x, y, w, h);
}

function drawOutline(
  canvas: Canvas,
  element: BoardElement,
  x: number,
  y: number,
  w: number,
  h: number,
): void {
  canvas.beginPath();
  if (element.type === "ellipse") canvas.ellipse(x + w / 2, y + h / 2, w / 2, h / 2, 0, 0, 2 * Math.PI);
  else canvas.roundRect(x, y, w, h, cornerOf(element.type, w, h));
  const fill = fillOf(element);
  if (fill !== null) {
    canvas.fillStyle = fill;
    canvas.fill();
  }
  const width = element.type === "sticky" ? 0 : widthOf(element);
  if (width <= 0) return;
  canvas.strokeStyle = colorOf(element);
  canvas.lineWidth = width;
  canvas.lineCap = "round";
  canvas.setLineDash(dashOf(element));
  canvas.stroke();
}

function drawText(canvas: Canvas, element: BoardElement, x: number, y: number, w: number, h: number): void {
  const size = sizeOf(element);
  const middle = element.type !== "text";
  const lines = linesOf(element, w);
  const top = middle ? y + (h - lines.length * size * LINE_HEIGHT) / 2 : y;
  canvas.font = fontOf(element);
  canvas.fillStyle = colorOf(element);
  canvas.textAlign = middle ? "center" : "left";
  canvas.textBaseline = "alphabetic";
  const baseline = (size * LINE_HEIGHT - (ASCENT + DESCENT) * size) / 2 + ASCENT * size;
  lines.forEach((line, index) => {
    canvas.fillText(line, middle ? x + w / 2 : x, top + index * size * LINE_HEIGHT + baseline);
  });
}

function drawFrameTitle(canvas: Canvas, element: BoardElement, x: number, y: number): void {
  canvas.font = fontOf(element);
  canvas.fillStyle = FRAME_TITLE;
  canvas.textAlign = "left";
  canvas.textBaseline = "alphabetic";
  canvas.fillText(element.text ?? "", x, y - FRAME_TITLE_UP);
}

export function fontOf(element: BoardElement): string {
  return `400 ${sizeOf(element)}px ${element.style?.font === "mono" ? MONO : FONT}`;
}

let laidOut = new WeakMap<BoardElement, string[]>();
let ruler: Canvas | null = null;

/** What was measured with other letters is worth nothing. */
export function forgetLines(): void {
  laidOut = new WeakMap();
}

/** The lines of an element's text in a box of that width. */
export function linesOf(element: BoardElement, width: number): string[] {
  const known = laidOut.get(element);
  if (known) return known;
  ruler ??= new OffscreenCanvas(1, 1).getContext("2d");
  if (!ruler) return [element.text ?? ""];
  ruler.font = fontOf(element);
  const measure = ruler;
  const inside = width - (PADDING[element.type] ?? 0);
  const lines = layOut(element.text ?? "", inside, (text) => measure.measureText(text).width);
  laidOut.set(element, lines);
  return lines;
}

/** How high an element has to be for its text. */
export function textHeight(element: BoardElement, width: number): number {
  return linesOf(element, width).length * sizeOf(element) * LINE_HEIGHT + (PADDING[element.type] ?? 0);
}

/** How wide its longest line is. */
export function textWidth(element: BoardElement): number {
  ruler ??= new OffscreenCanvas(1, 1).getContext("2d");
  if (!ruler) return 0;
  ruler.font = fontOf(element);
  let widest = 0;
  for (const line of (element.text ?? "").split("\n"))
    widest = Math.max(widest, ruler.measureText(line).width);
  return widest;
}
