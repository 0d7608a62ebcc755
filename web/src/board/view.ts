/** Which part of a board a window shows. */

import { middleOf, type Point, type Rect } from "./geometry";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** `x`, `y`: what stands at the window's top left, in board units; `zoom`: CSS pixels a unit. */
export interface View extends Point {
  readonly zoom: number;
}

export const LEAST_ZOOM = 0.05;
export const MOST_ZOOM = 8;
/** Room that bars take at the window's edges, CSS pixels. */
export interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const AIR: Edges = { left: 48, top: 48, right: 48, bottom: 48 };

export function toBoard(view: View, { x, y }: Point): Point {
  return { x: view.x + x / view.zoom, y: view.y + y / view.zoom };
}

export function toWindow(view: View, { x, y }: Point): Point {
  return { x: (x - view.x) * view.zoom, y: (y - view.y) * view.zoom };
}

export function shown(view: View, { width, height }: Size): Rect {
  return { x: view.x, y: view.y, w: width / view.zoom, h: height / view.zoom };
}

/** What stands under `at`, a point of the window, stays there. */
export function zoomed(view: View, at: Point, zoom: number): View {
  const next = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, zoom));
  const fixed = toBoard(view, at);
  return { x: fixed.x - at.x / next, y: fixed.y - at.y / next, zoom: next };
}

export function panned(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x - dx / view.zoom, y: view.y - dy / view.zoom };
}

/** All of `rect` in the middle of what the bars leave of the window, not larger than `most`. */
export function fitted(rect: Rect, { width, height }: Size, most = 1, edges = AIR): View {
  const room = { w: width - edges.left - edges.right, h: height - edges.top - edges.bottom };
  const zoom = Math.max(
    LEAST_ZOOM,
    Math.min(most, room.w / Math.max(1, rect.w), room.h / Math.max(1, rect.h)),
  );
  const middle = middleOf(rect);
  return {
    x: middle.x - (edges.left + room.w / 2) / zoom,
    y: middle.y - (edges.top + room.h / 2) / zoom,
    zoom,
  };
}

export function centred({ x, y }: Point, zoom: number, { width, height }: Size): View {
  return { x: x - width / 2 / zoom, y: y - height / 2 / zoom, zoom };
}

/** The steps of the zoom buttons. */
const STEPS = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 8];

export function nextZoom(zoom: number, direction: 1 | -1): number {
  const steps = direction === 1 ? STEPS : [...STEPS].reverse();
  return steps.find((step) => (step - zoom) * direction > 0.001) ?? zoom;
}
