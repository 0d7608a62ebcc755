/** The frame around what is selected, and the handles to pull it by. */

import type { BoardElement, Box } from "../client/board_elements";
import { endsOf, type Look } from "./connector";
import type { Canvas } from "./draw";
import { boxRect, corners, middleOf, type Point, turned, unionOf } from "./geometry";
import { decode } from "./ink";
import { extent } from "./shape";

export type Handle =
  | { readonly kind: "size"; readonly x: -1 | 0 | 1; readonly y: -1 | 0 | 1 }
  | { readonly kind: "turn" }
  /** An end of a line: of its points the first or the last. */
  | { readonly kind: "end"; readonly which: "first" | "last" };

export interface PlacedHandle {
  readonly handle: Handle;
  readonly at: Point;
}

const ACCENT = "#2f6fde";
const HANDLE_PX = 9;
const TURN_PX = 26;
const CATCH_PX = { mouse: 9, pen: 12, touch: 20 };
/** Shorter sides have no handle in their middle. */
const SIDE_FROM_PX = 56;

/** A frame turned with what it is around, if that is one thing. Null where nothing is selected. */
export function frameOf(elements: readonly BoardElement[], look: Look): Box | null {
  const [first] = elements;
  if (!first) return null;
  if (elements.length === 1 && first.box) return first.box;
  const rect = unionOf(elements.map((element) => extent(element, look)));
  return rect ? [rect.x, rect.y, rect.w, rect.h, 0] : null;
}

export function handlesOf(elements: readonly BoardElement[], look: Look, unit: number): PlacedHandle[] {
  const [first] = elements;
  const box = frameOf(elements, look);
  if (!first || !box) return [];
  if (elements.length === 1) {
    const ends = endHandles(first, look);
    if (ends) return ends;
  }
  const [x, y, w, h, rotation] = box;
  const middle = middleOf(boxRect(box));
  const placed: PlacedHandle[] = [];
  for (const sx of [-1, 0, 1] as const) {
    for (const sy of [-1, 0, 1] as const) {
      if (sx === 0 && sy === 0) continue;
      if (sx === 0 && w < SIDE_FROM_PX * unit) continue;
      if (sy === 0 && h < SIDE_FROM_PX * unit) continue;
      const at = { x: x + ((sx + 1) / 2) * w, y: y + ((sy + 1) / 2) * h };
      placed.push({ handle: { kind: "size", x: sx, y: sy }, at: turned(at, middle, rotation) });
    }
  }
  const top = { x: x + w / 2, y: y - TURN_PX * unit };
  placed.push({ handle: { kind: "turn" }, at: turned(top, middle, rotation) });
  return placed;
}

function endHandles(element: BoardElement, look: Look): PlacedHandle[] | null {
  const { type, points } = element;
  const line =
    type === "connector"
      ? endsOf(element, look)
      : (type === "line" || type === "arrow") && points
        ? decode(points)
        : null;
  const [first, last] = [line?.[0], line?.at(-1)];
  if (!line || line.length > 2 || !first || !last) return null;
  return [
    { handle: { kind: "end", which: "first" }, at: first },
    { handle: { kind: "end", which: "last" }, at: last },
  ];
}

/** The handle at a point; the nearest of several. */
export function handleAt(
  placed: readonly PlacedHandle[],
  point: Point,
  pointer: keyof typeof CATCH_PX,
  unit: number,
): Handle | null {
  let best: Handle | null = null;
  let least = CATCH_PX[pointer] * unit;
  for (const { handle, at } of placed) {
    const distance = Math.hypot(at.x - point.x, at.y - point.y);
    if (distance <= least) [best, least] = [handle, distance];
  }
  return best;
}

export function cursorOf(handle: Handle, rotation: number): string {
  if (handle.kind === "turn") return "grab";
  if (handle.kind === "end") return "crosshair";
  const names = ["ew-resize", "nwse-resize", "ns-resize", "nesw-resize"];
  const degrees = (Math.atan2(handle.y, handle.x) * 180) / Math.PI + rotation;
  return names[((Math.round(degrees / 45) % 4) + 4) % 4] ?? "pointer";
}

export function drawSelection(
  canvas: Canvas,
  elements: readonly BoardElement[],
  look: Look,
  unit: number,
  withHandles: boolean,
): void {
  canvas.strokeStyle = ACCENT;
  canvas.lineWidth = unit;
  canvas.setLineDash([]);
  if (elements.length > 1) {
    for (const element of elements) {
      const box = frameOf([element], look);
      if (box) outline(canvas, box);
    }
  }
  const frame = frameOf(elements, look);
  const handles = handlesOf(elements, look, unit);
  if (!frame) return;
  const isLine = handles.some(({ handle }) => handle.kind === "end");
  canvas.lineWidth = 1.5 * unit;
  if (elements.some(({ locked }) => locked)) canvas.setLineDash([4 * unit, 3 * unit]);
  if (!isLine) outline(canvas, frame);
  canvas.setLineDash([]);
  if (!withHandles) return;
  for (const { handle, at } of handles) drawHandle(canvas, handle, at, frame, unit);
}

function outline(canvas: Canvas, box: Box): void {
  canvas.beginPath();
  for (const [index, { x, y }] of corners(box).entries()) {
    if (index === 0) canvas.moveTo(x, y);
    else canvas.lineTo(x, y);
  }
  canvas.closePath();
  canvas.stroke();
}

function drawHandle(canvas: Canvas, handle: Handle, at: Point, frame: Box, unit: number): void {
  const half = (HANDLE_PX / 2) * unit;
  if (handle.kind === "turn") {
    const middle = middleOf(boxRect(frame));
    const foot = turned({ x: middle.x, y: frame[1] }, middle, frame[4]);
    canvas.beginPath();
    canvas.moveTo(foot.x, foot.y);
    canvas.lineTo(at.x, at.y);
    canvas.stroke();
  }
  canvas.fillStyle = "#ffffff";
  canvas.beginPath();
  if (handle.kind === "size") {
    canvas.save();
    canvas.translate(at.x, at.y);
    canvas.rotate((frame[4] * Math.PI) / 180);
    canvas.roundRect(-half, -half, 2 * half, 2 * half, 2 * unit);
    canvas.restore();
  } else canvas.arc(at.x, at.y, half, 0, 2 * Math.PI);
  canvas.fill();
  canvas.stroke();
}
