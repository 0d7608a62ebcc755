/** Points of strokes and lines: flat integers, `[x0, y0, p0, dx1, dy1, p1, …]`, in tenths of a unit. */

import { getStroke } from "perfect-freehand";
import { around, type Point, type Rect } from "./geometry";

export interface InkPoint extends Point {
  /** 0–1. */
  readonly pressure: number;
}

const TENTHS = 10;
const FULL = 255;
/** Pressure of what has none. */
export const EVEN = 0.5;

/** How a stroke is drawn out of its points; the same numbers as the server's drawing (docs/whiteboard.md). */
const OUTLINE = { thinning: 0.6, smoothing: 0.5, streamline: 0.5, simulatePressure: false, last: true };

export function encode(points: readonly InkPoint[]): number[] {
  const flat: number[] = [];
  let [x, y] = [0, 0];
  for (const point of points) {
    const [nextX, nextY] = [Math.round(point.x * TENTHS), Math.round(point.y * TENTHS)];
    flat.push(nextX - x, nextY - y, Math.round(Math.max(0, Math.min(1, point.pressure)) * FULL));
    [x, y] = [nextX, nextY];
  }
  return flat;
}

export function decode(flat: readonly number[]): InkPoint[] {
  const points: InkPoint[] = [];
  let [x, y] = [0, 0];
  for (let at = 0; at + 2 < flat.length; at += 3) {
    x += flat[at] ?? 0;
    y += flat[at + 1] ?? 0;
    points.push({ x: x / TENTHS, y: y / TENTHS, pressure: (flat[at + 2] ?? 0) / FULL });
  }
  return points;
}

/** The same points elsewhere: only the first is absolute. */
export function translated(flat: readonly number[], dx: number, dy: number): readonly number[] {
  const moved = [...flat];
  moved[0] = (flat[0] ?? 0) + Math.round(dx * TENTHS);
  moved[1] = (flat[1] ?? 0) + Math.round(dy * TENTHS);
  // What is drawn is the same too.
  const known = drawn.get(flat);
  if (known) drawn.set(moved, known);
  return moved;
}

/** Every point by `change`. */
export function mapped(flat: readonly number[], change: (point: Point) => Point): number[] {
  return encode(decode(flat).map((point) => ({ ...change(point), pressure: point.pressure })));
}

/** Where the first point is. */
export function origin(flat: readonly number[]): Point {
  return { x: (flat[0] ?? 0) / TENTHS, y: (flat[1] ?? 0) / TENTHS };
}

interface Drawn {
  width: number;
  path: Path2D | null;
  spine: Path2D | null;
  /** Relative to the first point, as the path is. */
  readonly extent: Rect;
}

const drawn = new WeakMap<readonly number[], Drawn>();

/** What is known of points, relative to the first one: a stroke that is moved is not computed anew. */
function known(flat: readonly number[]): Drawn {
  let entry = drawn.get(flat);
  if (!entry) {
    const { x, y } = origin(flat);
    const extent = around(decode(flat));
    entry = { width: 0, path: null, spine: null, extent: { ...extent, x: extent.x - x, y: extent.y - y } };
    drawn.set(flat, entry);
  }
  return entry;
}

/** The rectangle around the points themselves. */
export function extentOf(flat: readonly number[]): Rect {
  const { extent } = known(flat);
  const { x, y } = origin(flat);
  return { ...extent, x: extent.x + x, y: extent.y + y };
}

/** The outline of a stroke, relative to its first point. */
export function outlinePath(flat: readonly number[], width: number): Path2D {
  const entry = known(flat);
  if (!entry.path || entry.width !== width) {
    entry.path = new Path2D(outlineData(flat, width));
    entry.width = width;
  }
  return entry.path;
}

/** A line through its points, relative to the first: what a stroke is where one cannot see its width. */
export function spinePath(flat: readonly number[]): Path2D {
  const entry = known(flat);
  if (!entry.spine) {
    entry.spine = new Path2D();
    const { x, y } = origin(flat);
    entry.spine.moveTo(0, 0);
    for (const point of decode(flat)) entry.spine.lineTo(point.x - x, point.y - y);
  }
  return entry.spine;
}

/** As an SVG path: through the middles between the outline's points, which are its control points. */
export function outlineData(flat: readonly number[], width: number): string {
  const { x, y } = origin(flat);
  const points = decode(flat).map((point) => [point.x - x, point.y - y, point.pressure]);
  const outline = getStroke(points, { ...OUTLINE, size: width });
  const parts: string[] = [];
  for (let at = 0; at < outline.length; at += 1) {
    const [ax = 0, ay = 0] = outline[at] ?? [];
    const [bx = 0, by = 0] = outline[(at + 1) % outline.length] ?? [];
    const middle = `${short((ax + bx) / 2)} ${short((ay + by) / 2)}`;
    if (at === 0) {
      const [lx = 0, ly = 0] = outline.at(-1) ?? [];
      parts.push(`M${short((ax + lx) / 2)} ${short((ay + ly) / 2)}`);
    }
    parts.push(`Q${short(ax)} ${short(ay)} ${middle}`);
  }
  return parts.length > 0 ? `${parts.join("")}Z` : "";
}

function short(value: number): number {
  return Math.round(value * 1000) / 1000;
}

// A hand that moves fast presses lightly: what a mouse cannot say is read from its speed.
const SLOW_UNITS_PER_MS = 0.1;
const FAST_UNITS_PER_MS = 2.2;
const LIGHT = 0.28;
const FIRM = 0.72;
const FOLLOW = 0.25;

/** The pressure of a mouse or finger that moved `distance` screen pixels in `ms`, after a point with `before`. */
export function pressureOfSpeed(distance: number, ms: number, before: number): number {
  const speed = distance / Math.max(1, ms);
  const share = Math.max(
    0,
    Math.min(1, (speed - SLOW_UNITS_PER_MS) / (FAST_UNITS_PER_MS - SLOW_UNITS_PER_MS)),
  );
  const target = FIRM - (FIRM - LIGHT) * Math.sqrt(share);
  return before + (target - before) * FOLLOW;
}
