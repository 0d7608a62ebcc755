/** Where things being moved come to stand: on the grid, or in line with their neighbours. */

import type { Rect } from "./geometry";

export interface Guide {
  /** `x`: an upright line. */
  readonly axis: "x" | "y";
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

export interface Snap {
  readonly dx: number;
  readonly dy: number;
  readonly guides: readonly Guide[];
}

export const GRID = 20;

/** How far `rect` is to move so that an edge or its middle is in line with one of `others`, if it is near. */
export function snapTo(rect: Rect, others: readonly Rect[], near: number): Snap {
  const x = best(rect, others, near, "x", "w");
  const y = best(rect, others, near, "y", "h");
  const at = { ...rect, x: rect.x + (x?.by ?? 0), y: rect.y + (y?.by ?? 0) };
  const guides: Guide[] = [];
  if (x) {
    const span = [at.y, at.y + at.h, x.other.y, x.other.y + x.other.h];
    guides.push({ axis: "x", at: x.at, from: Math.min(...span), to: Math.max(...span) });
  }
  if (y) {
    const span = [at.x, at.x + at.w, y.other.x, y.other.x + y.other.w];
    guides.push({ axis: "y", at: y.at, from: Math.min(...span), to: Math.max(...span) });
  }
  return { dx: x?.by ?? 0, dy: y?.by ?? 0, guides };
}

function best(rect: Rect, others: readonly Rect[], near: number, start: "x" | "y", length: "w" | "h") {
  let found: { by: number; at: number; other: Rect } | null = null;
  const own = [rect[start], rect[start] + rect[length] / 2, rect[start] + rect[length]];
  for (const other of others) {
    const theirs = [other[start], other[start] + other[length] / 2, other[start] + other[length]];
    for (const at of theirs) {
      for (const mine of own) {
        const by = at - mine;
        if (Math.abs(by) <= near && (!found || Math.abs(by) < Math.abs(found.by))) found = { by, at, other };
      }
    }
  }
  return found;
}

export function onGrid(value: number): number {
  return Math.round(value / GRID) * GRID;
}
