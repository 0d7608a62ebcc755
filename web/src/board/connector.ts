/** Where connectors run: their ends follow the elements they are attached to. */

import type { BoardElement, Box, End } from "../client/board_elements";
import { boxRect, middleOf, type Point, turned } from "./geometry";
import { decode, extentOf } from "./ink";

export type Look = (id: string) => BoardElement | undefined;

/** Between an arrow's tip and the edge it points at. */
const AIR = 4;

/** The box of anything a connector can hold on to. */
export function holdOf(element: BoardElement): Box | null {
  if (element.type === "connector") return null;
  if (element.box) return element.box;
  if (!element.points) return null;
  const { x, y, w, h } = extentOf(element.points);
  return [x, y, w, h, 0];
}

/** The two ends of a connector; null where it has none. */
export function endsOf(connector: BoardElement, look: Look): [Point, Point] | null {
  const points = connector.points ? decode(connector.points) : [];
  const [from, to] = [holdAt(connector.from, look), holdAt(connector.to, look)];
  const start = from?.at ?? points[0];
  const end = to?.at ?? points.at(-1);
  if (!start || !end) return null;
  return [from ? cut(from, end) : start, to ? cut(to, start) : end];
}

interface Hold {
  element: BoardElement;
  box: Box;
  at: Point;
  /** Attached to the whole, not to a place on it. */
  whole: boolean;
}

function holdAt(end: End | undefined, look: Look): Hold | null {
  const element = end && look(end.element);
  const box = element && holdOf(element);
  if (!end || !element || !box) return null;
  const [ax, ay] = end.anchor;
  const [x, y, w, h, rotation] = box;
  const at = turned({ x: x + ax * w, y: y + ay * h }, middleOf(boxRect(box)), rotation);
  return { element, box, at, whole: ax === 0.5 && ay === 0.5 };
}

/** Where a line from an element's middle to `towards` leaves the element. */
function cut({ element, box, at, whole }: Hold, towards: Point): Point {
  if (!whole) return at;
  const [, , w, h, rotation] = box;
  const to = turned(towards, at, -rotation);
  const [dx, dy] = [to.x - at.x, to.y - at.y];
  const length = Math.hypot(dx, dy);
  if (length === 0) return at;
  const [ux, uy] = [dx / length, dy / length];
  const [a, b] = [w / 2, h / 2];
  const reach =
    element.type === "ellipse"
      ? 1 / Math.hypot(ux / (a || 1), uy / (b || 1))
      : Math.min(ux === 0 ? Infinity : a / Math.abs(ux), uy === 0 ? Infinity : b / Math.abs(uy));
  // Nearer than the edge: the other end is inside.
  const out = Math.min(reach + AIR, length);
  return turned({ x: at.x + ux * out, y: at.y + uy * out }, at, rotation);
}

const SIDES: readonly (readonly [number, number])[] = [
  [0.5, 0],
  [1, 0.5],
  [0.5, 1],
  [0, 0.5],
];

/** Where on an element an end dropped at `point` holds: the middle, the middle of a side, or just there. */
export function anchorAt(box: Box, point: Point, near: number): readonly [number, number] {
  const [x, y, w, h, rotation] = box;
  const at = turned(point, middleOf(boxRect(box)), -rotation);
  for (const [ax, ay] of SIDES) {
    if (Math.hypot(at.x - (x + ax * w), at.y - (y + ay * h)) <= near) return [ax, ay];
  }
  const share = (value: number, start: number, length: number) =>
    length === 0 ? 0.5 : Math.max(0, Math.min(1, (value - start) / length));
  const [ax, ay] = [share(at.x, x, w), share(at.y, y, h)];
  const edge = Math.min(ax * w, (1 - ax) * w, ay * h, (1 - ay) * h);
  if (edge > near) return [0.5, 0.5];
  return [Math.round(ax * 1000) / 1000, Math.round(ay * 1000) / 1000];
}
