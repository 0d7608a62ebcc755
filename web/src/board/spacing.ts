/**
 * Points of a stroke at distances that suit its outline.
 *
 * perfect-freehand smooths from point to point, however far they are apart: of points that stand far from each
 * other it cuts the corners, and their turns become wedges.
 */

import type { Point } from "./geometry";
import type { InkPoint } from "./ink";

/**
 * Fewer points with nearly the same stroke: those left out are nearer than `tolerance` to the line without them
 * (Ramer 1972, Douglas and Peucker 1973), and none are where that line would be longer than `gap`. Pressure
 * counts as a third coordinate, so that what swells stays.
 */
export function simplified(points: readonly InkPoint[], tolerance: number, gap: number): InkPoint[] {
  if (points.length <= 2) return [...points];
  const kept = new Uint8Array(points.length);
  kept[0] = 1;
  kept[points.length - 1] = 1;
  const open: [number, number][] = [[0, points.length - 1]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [from, to] = span;
    const [a, b] = [points[from], points[to]];
    if (!a || !b || to - from < 2) continue;
    let [worst, where] = [tolerance, -1];
    for (let at = from + 1; at < to; at += 1) {
      const point = points[at];
      const distance = point ? farFrom(point, a, b) : 0;
      if (distance > worst) [worst, where] = [distance, at];
    }
    if (where < 0 && apart(a, b) > gap) where = (from + to) >> 1;
    if (where < 0) continue;
    kept[where] = 1;
    open.push([from, where], [where, to]);
  }
  return points.filter((_, at) => kept[at] === 1);
}

/**
 * None further from the next than about `gap`: what a fast hand and a slow machine left out lies on a curve through
 * its neighbours (cubic Hermite, Catmull and Rom 1974), which a sharp turn keeps as a corner.
 */
export function filled(points: readonly InkPoint[], gap: number): InkPoint[] {
  const all: InkPoint[] = points.slice(0, 1);
  for (let at = 1; at < points.length; at += 1) {
    const [from, to] = [points[at - 1], points[at]];
    if (!from || !to) continue;
    const steps = Math.ceil(apart(from, to) / gap);
    if (steps > 1) {
      const leave = slope(points[at - 2], from, to);
      const arrive = slope(from, to, points[at + 1]);
      for (let step = 1; step < steps; step += 1) all.push(between(from, to, leave, arrive, step / steps));
    }
    all.push(to);
  }
  return all;
}

/** How long the line through them is. */
export function lengthOf(points: readonly Point[]): number {
  let length = 0;
  for (let at = 1; at < points.length; at += 1) {
    const [a, b] = [points[at - 1], points[at]];
    if (a && b) length += apart(a, b);
  }
  return length;
}

function apart(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y);
}

const CORNER: Point = { x: 0, y: 0 };

/** The direction in which a curve passes `at`, of length 1; none at an end or in a sharp turn. */
function slope(before: Point | undefined, at: Point, after: Point | undefined): Point {
  if (!before || !after) return CORNER;
  const onwards = (at.x - before.x) * (after.x - at.x) + (at.y - before.y) * (after.y - at.y);
  const length = apart(before, after);
  if (onwards <= 0 || length === 0) return CORNER;
  return { x: (after.x - before.x) / length, y: (after.y - before.y) / length };
}

/** At share `t` of the curve. */
function between(from: InkPoint, to: InkPoint, leave: Point, arrive: Point, t: number): InkPoint {
  const length = apart(from, to);
  const rest = 1 - t;
  const [a, b] = [(1 + 2 * t) * rest * rest, t * t * (3 - 2 * t)];
  const [c, d] = [t * rest * rest * length, -t * t * rest * length];
  return {
    x: a * from.x + b * to.x + c * leave.x + d * arrive.x,
    y: a * from.y + b * to.y + c * leave.y + d * arrive.y,
    pressure: from.pressure + (to.pressure - from.pressure) * t,
  };
}

/** Board units that a whole pressure counts as. */
const PRESSURE_UNITS = 8;

function farFrom(point: InkPoint, a: InkPoint, b: InkPoint): number {
  const [dx, dy, dp] = [b.x - a.x, b.y - a.y, (b.pressure - a.pressure) * PRESSURE_UNITS];
  const [px, py, pp] = [point.x - a.x, point.y - a.y, (point.pressure - a.pressure) * PRESSURE_UNITS];
  const length = dx * dx + dy * dy + dp * dp;
  const at = length === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy + pp * dp) / length));
  return Math.hypot(px - at * dx, py - at * dy, pp - at * dp);
}
