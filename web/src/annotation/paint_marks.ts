/** Marks and pointers on a canvas that lies over a picture. */

import type { Mark, TrackPointer } from "../client/annotations";
import type { PictureFrame, Place } from "./picture_frame";
import { STAMP_BOX, type Stamp, stampOf } from "./stamps";

export type Canvas = CanvasRenderingContext2D;

/** Those of boards, where they are loaded. */
const LETTERS = '"Board Sans", system-ui, sans-serif';

/** Who somebody is, for the words beside their pointer. */
export interface Named {
  name: string;
  color: string;
}

const HIGHLIGHT = 0.38;
const FADES_MS = 800;
/** Of an arrow's head, in widths of its line; never smaller than the eye can tell. */
const HEAD = 4.5;
const LEAST_HEAD_PX = 9;
const LINE_HEIGHT = 1.25;
const NAME_FONT = "system-ui, sans-serif";
/** What makes the one weight of `LETTERS` bold: of the letters' height. */
const BOLD = 1 / 22;
const POINTER_FADES_MS = 600;
const POINTER_STANDS_MS = 3_000;
const TRAIL_MS = 700;

/** Paints a mark; returns whether it changes by itself from now on, because it fades. */
export function paintMark(canvas: Canvas, mark: Mark, frame: PictureFrame, now: number): boolean {
  const left = mark.endsAt === null ? Number.POSITIVE_INFINITY : mark.endsAt - now;
  if (left <= 0) return false;
  canvas.save();
  canvas.globalAlpha = Math.min(1, left / FADES_MS) * (mark.tool === "highlighter" ? HIGHLIGHT : 1);
  canvas.strokeStyle = mark.color;
  canvas.fillStyle = mark.color;
  canvas.lineWidth = Math.max(1.5, mark.width * frame.rect.height);
  canvas.lineCap = "round";
  canvas.lineJoin = "round";
  const places = placesOf(mark, frame);
  const [first, last] = [places[0], places.at(-1)];
  if (first && last) {
    if (mark.tool === "pen" || mark.tool === "highlighter") paintLine(canvas, places);
    else if (mark.tool === "arrow") paintArrow(canvas, first, last);
    else if (mark.tool === "rect")
      canvas.strokeRect(
        Math.min(first.x, last.x),
        Math.min(first.y, last.y),
        Math.abs(last.x - first.x),
        Math.abs(last.y - first.y),
      );
    else if (mark.tool === "text") {
      // Letters are not mirrored, but cover the same part of the picture.
      canvas.textAlign = frame.mirrored ? "right" : "left";
      paintText(canvas, mark, first, mark.width * frame.rect.height);
    } else paintStamp(canvas, mark, first, mark.width * frame.rect.height);
  }
  canvas.restore();
  return left !== Number.POSITIVE_INFINITY;
}

/** The light of a laser with its tail, the oldest place first; returns whether there is any left. */
export function paintTrail(
  canvas: Canvas,
  trail: readonly (Place & { at: number })[],
  frame: PictureFrame,
  now: number,
): boolean {
  let shown = false;
  canvas.save();
  canvas.lineCap = "round";
  canvas.strokeStyle = "#ff3b30";
  trail.forEach((place, index) => {
    const before = trail[index - 1];
    const age = now - place.at;
    if (!before || age > TRAIL_MS || place.at - before.at > TRAIL_MS) return;
    shown = true;
    canvas.globalAlpha = 1 - age / TRAIL_MS;
    canvas.lineWidth = 1 + 4 * (1 - age / TRAIL_MS);
    const [from, to] = [frame.toBox(before), frame.toBox(place)];
    canvas.beginPath();
    canvas.moveTo(from.x, from.y);
    canvas.lineTo(to.x, to.y);
    canvas.stroke();
  });
  canvas.restore();
  return shown;
}

/** Where somebody points; returns whether it changes by itself. */
export function paintPointer(
  canvas: Canvas,
  pointer: TrackPointer,
  who: Named | null,
  frame: PictureFrame,
  now: number,
): boolean {
  const age = now - pointer.at;
  const stands = pointer.laser ? TRAIL_MS : POINTER_STANDS_MS;
  if (age > stands + POINTER_FADES_MS) return false;
  const { x, y } = frame.toBox(pointer);
  canvas.save();
  canvas.globalAlpha = Math.min(1, 1 - (age - stands) / POINTER_FADES_MS);
  if (pointer.laser) {
    canvas.fillStyle = "#ff3b30";
    canvas.shadowColor = "#ff3b30";
    canvas.shadowBlur = 12;
    canvas.beginPath();
    canvas.arc(x, y, 5, 0, 2 * Math.PI);
    canvas.fill();
  } else {
    canvas.fillStyle = who?.color ?? "#566679";
    canvas.strokeStyle = "#fff";
    canvas.lineWidth = 1.5;
    canvas.lineJoin = "round";
    canvas.beginPath();
    canvas.moveTo(x, y);
    for (const [dx, dy] of ARROW) canvas.lineTo(x + dx, y + dy);
    canvas.closePath();
    canvas.fill();
    canvas.stroke();
  }
  canvas.shadowBlur = 0;
  if (who) paintName(canvas, who, { x: x + 12, y: y + 16 });
  canvas.restore();
  return true;
}

/** Beside a line that somebody else draws: whose it is. */
export function paintAuthor(canvas: Canvas, mark: Mark, who: Named, frame: PictureFrame): void {
  const { points } = mark;
  const [x, y] = points.slice(-2);
  if (x === undefined || y === undefined) return;
  const place = frame.toBox({ x, y });
  paintName(canvas, who, { x: place.x + 10, y: place.y + 10 });
}

const ARROW = [
  [0, 17],
  [4.5, 13],
  [7.5, 19.5],
  [10.5, 18],
  [7.5, 12],
  [12.5, 12],
] as const;

function placesOf({ points }: Mark, frame: PictureFrame): Place[] {
  const places: Place[] = [];
  for (let at = 0; at + 1 < points.length; at += 2)
    places.push(frame.toBox({ x: points[at] ?? 0, y: points[at + 1] ?? 0 }));
  return places;
}

/** Through the middles between the places, so that a hand's line has no corners. */
function paintLine(canvas: Canvas, places: readonly Place[]): void {
  const [first] = places;
  if (!first) return;
  canvas.beginPath();
  canvas.moveTo(first.x, first.y);
  // A line of no length is none to a canvas; a touch leaves a dot.
  canvas.lineTo(first.x + 0.01, first.y);
  places.forEach((place, index) => {
    const next = places[index + 1];
    if (next) canvas.quadraticCurveTo(place.x, place.y, (place.x + next.x) / 2, (place.y + next.y) / 2);
    else canvas.lineTo(place.x, place.y);
  });
  canvas.stroke();
}

function paintArrow(canvas: Canvas, from: Place, to: Place): void {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return;
  const head = Math.min(Math.max(LEAST_HEAD_PX, HEAD * canvas.lineWidth), length);
  const [along, aside] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const back = { x: to.x - along * head, y: to.y - aside * head };
  canvas.beginPath();
  canvas.moveTo(from.x, from.y);
  canvas.lineTo(to.x - along * canvas.lineWidth, to.y - aside * canvas.lineWidth);
  canvas.stroke();
  canvas.beginPath();
  canvas.moveTo(to.x, to.y);
  canvas.lineTo(back.x - aside * head * 0.5, back.y + along * head * 0.5);
  canvas.lineTo(back.x + aside * head * 0.5, back.y - along * head * 0.5);
  canvas.closePath();
  canvas.fill();
}

function paintText(canvas: Canvas, mark: Mark, at: Place, size: number): void {
  canvas.font = `${size}px ${LETTERS}`;
  canvas.textBaseline = "top";
  // Letters of any colour are read on any picture.
  const around = isDark(mark.color) ? "rgb(255 255 255 / 90%)" : "rgb(0 0 0 / 75%)";
  mark.text.split("\n").forEach((line, index) => {
    const y = at.y + index * size * LINE_HEIGHT;
    canvas.strokeStyle = around;
    canvas.lineWidth = Math.max(3, size / 6);
    canvas.strokeText(line, at.x, y);
    canvas.strokeStyle = mark.color;
    canvas.lineWidth = size * BOLD;
    canvas.strokeText(line, at.x, y);
    canvas.fillText(line, at.x, y);
  });
}

/** Around its place; a sign without a picture as the system writes it. */
function paintStamp(canvas: Canvas, { text }: Mark, at: Place, size: number): void {
  const stamp = stampOf(text);
  if (!stamp) {
    canvas.font = `${size}px ${LETTERS}`;
    canvas.textBaseline = "middle";
    canvas.textAlign = "center";
    canvas.fillText(text, at.x, at.y);
    return;
  }
  canvas.translate(at.x - size / 2, at.y - size / 2);
  canvas.scale(size / STAMP_BOX, size / STAMP_BOX);
  canvas.shadowColor = "rgb(0 0 0 / 45%)";
  canvas.shadowBlur = size / 12;
  for (const { path, fill, stroke, width } of pathsOf(stamp)) {
    if (fill) {
      canvas.fillStyle = fill;
      canvas.fill(path);
    }
    if (stroke && width) {
      canvas.strokeStyle = stroke;
      canvas.lineWidth = width;
      canvas.stroke(path);
    }
    canvas.shadowBlur = 0;
  }
}

type DrawnLayer = Omit<Stamp["layers"][number], "path"> & { path: Path2D };
const paths = new Map<Stamp, readonly DrawnLayer[]>();

function pathsOf(stamp: Stamp): readonly DrawnLayer[] {
  let drawn = paths.get(stamp);
  if (!drawn) {
    drawn = stamp.layers.map((layer) => ({ ...layer, path: new Path2D(layer.path) }));
    paths.set(stamp, drawn);
  }
  return drawn;
}

function paintName(canvas: Canvas, { name, color }: Named, { x, y }: Place): void {
  canvas.font = `500 12px ${NAME_FONT}`;
  canvas.textBaseline = "middle";
  canvas.textAlign = "left";
  const short = name.length > 24 ? `${name.slice(0, 23)}…` : name;
  const { width } = canvas.measureText(short);
  canvas.fillStyle = color;
  canvas.beginPath();
  canvas.roundRect(x, y, width + 12, 20, 6);
  canvas.fill();
  canvas.fillStyle = "#fff";
  canvas.fillText(short, x + 6, y + 10.5);
}

/** By the weights of the eye, `#rrggbb`. */
export function isDark(color: string): boolean {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue < 140;
}
