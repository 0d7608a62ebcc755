/** Points, rectangles and turned boxes, in board units unless told; angles in degrees, clockwise as on the screen. */

import type { Box } from "../client/board_elements";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rect extends Point {
  readonly w: number;
  readonly h: number;
}

export function rectOf(a: Point, b: Point): Rect {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), w: Math.abs(a.x - b.x), h: Math.abs(a.y - b.y) };
}

export function middleOf({ x, y, w, h }: Rect): Point {
  return { x: x + w / 2, y: y + h / 2 };
}

export function boxRect([x, y, w, h]: Box): Rect {
  return { x, y, w, h };
}

export function inflate({ x, y, w, h }: Rect, by: number): Rect {
  return { x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by };
}

export function union(a: Rect, b: Rect): Rect {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return { x, y, w: Math.max(a.x + a.w, b.x + b.w) - x, h: Math.max(a.y + a.h, b.y + b.h) - y };
}

/** Null of none. */
export function unionOf(rects: Iterable<Rect>): Rect | null {
  let all: Rect | null = null;
  for (const rect of rects) all = all ? union(all, rect) : rect;
  return all;
}

export function intersects(a: Rect, b: Rect): boolean {
  return a.x <= b.x + b.w && b.x <= a.x + a.w && a.y <= b.y + b.h && b.y <= a.y + a.h;
}

export function encloses(outer: Rect, inner: Rect): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.w >= inner.x + inner.w &&
    outer.y + outer.h >= inner.y + inner.h
  );
}

export function inRect({ x, y }: Point, rect: Rect): boolean {
  return x >= rect.x && x <= rect.x + rect.w && y >= rect.y && y <= rect.y + rect.h;
}

export function turned({ x, y }: Point, about: Point, degrees: number): Point {
  if (degrees === 0) return { x, y };
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [dx, dy] = [x - about.x, y - about.y];
  return { x: about.x + dx * cos - dy * sin, y: about.y + dx * sin + dy * cos };
}

/** The corners of a turned box: top left, top right, bottom right, bottom left. */
export function corners(box: Box): Point[] {
  const [x, y, w, h, rotation] = box;
  const middle = middleOf(boxRect(box));
  return [
    { x, y },
    { x: x + w, y },
    { x: x + w, y: y + h },
    { x, y: y + h },
  ].map((corner) => turned(corner, middle, rotation));
}

/** The smallest upright rectangle around points. */
export function around(points: readonly Point[]): Rect {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return points.length === 0
    ? { x: 0, y: 0, w: 0, h: 0 }
    : { x: left, y: top, w: right - left, h: bottom - top };
}

/** How far a point is from a line between two. */
export function segmentDistance(point: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((point.x - a.x) * dx + (point.y - a.y) * dy) / length;
  const at = Math.max(0, Math.min(1, along));
  return Math.hypot(point.x - (a.x + at * dx), point.y - (a.y + at * dy));
}

/** How far a point is from a line through several. */
export function polylineDistance(point: Point, line: readonly Point[]): number {
  let least = Infinity;
  const [first] = line;
  if (first && line.length === 1) return Math.hypot(point.x - first.x, point.y - first.y);
  for (let at = 1; at < line.length; at += 1) {
    const [a, b] = [line[at - 1], line[at]];
    if (a && b) least = Math.min(least, segmentDistance(point, a, b));
  }
  return least;
}

/** The direction from one point to another. */
export function degreesTo(from: Point, to: Point): number {
  return (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
}

/** The point at the end of a line drawn with Shift: its direction a multiple of `step`. */
export function straightened(from: Point, to: Point, step: number): Point {
  const degrees = Math.round(degreesTo(from, to) / step) * step;
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const angle = (degrees * Math.PI) / 180;
  return { x: from.x + Math.cos(angle) * length, y: from.y + Math.sin(angle) * length };
}

/** Hundredths of a unit are finer than anything drawn, and short to write. */
export function tidy(value: number): number {
  return Math.round(value * 100) / 100;
}
