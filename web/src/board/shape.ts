/** What an element covers, and whether a point is on it. */

import type { BoardElement, Box } from "../client/board_elements";
import { endsOf, type Look } from "./connector";
import {
  around,
  boxRect,
  corners,
  inflate,
  inRect,
  middleOf,
  type Point,
  polylineDistance,
  type Rect,
  turned,
} from "./geometry";
import { decode, extentOf } from "./ink";
import { FRAME_TITLE_SIZE, fillOf, LINE_HEIGHT, widthOf } from "./look";

/** The longest side of an arrow's head beside its line. */
export function headLength(width: number): number {
  return Math.max(12, 3.5 * width);
}

/** Its extent without the thickness of lines: what handles and snapping go by. */
export function extent(element: BoardElement, look: Look): Rect {
  if (element.type === "connector") return around(endsOf(element, look) ?? []);
  if (element.points) return extentOf(element.points);
  return element.box ? around(corners(element.box)) : { x: 0, y: 0, w: 0, h: 0 };
}

/** Everything that is painted of it. */
export function painted(element: BoardElement, look: Look): Rect {
  const width = widthOf(element);
  const rect = extent(element, look);
  switch (element.type) {
    case "arrow":
    case "connector":
      return inflate(rect, headLength(width) + width);
    case "frame": {
      const title = FRAME_TITLE_SIZE * LINE_HEIGHT + 8;
      return { x: rect.x - 2, y: rect.y - title, w: Math.max(rect.w, 320) + 4, h: rect.h + title + 2 };
    }
    case "text":
    case "sticky":
      // Text that does not fit stands out.
      return inflate(rect, 2 + (element.style?.size ?? 20));
    case "rect":
    case "ellipse":
      return inflate(rect, width / 2 + 1 + (element.text ? (element.style?.size ?? 20) : 0));
    default:
      return inflate(rect, width + 1);
  }
}

/** Whether `point` is on the element, or nearer than `near`. What is empty inside is caught at its edge. */
export function isOn(element: BoardElement, point: Point, near: number, look: Look): boolean {
  const reach = near + widthOf(element) / 2;
  if (element.type === "connector") {
    return polylineDistance(point, endsOf(element, look) ?? []) <= reach;
  }
  if (element.points) {
    if (!inRect(point, inflate(extentOf(element.points), reach))) return false;
    return polylineDistance(point, decode(element.points)) <= reach;
  }
  return element.box ? isOnBox(element, element.box, point, near) : false;
}

function isOnBox(element: BoardElement, box: Box, point: Point, near: number): boolean {
  const rect = boxRect(box);
  const at = turned(point, middleOf(rect), -box[4]);
  if (!inRect(at, inflate(rect, near))) {
    if (element.type !== "frame") return false;
    // By its title.
    const height = FRAME_TITLE_SIZE * LINE_HEIGHT + 6;
    return inRect(at, { x: rect.x, y: rect.y - height, w: Math.min(rect.w, 320), h: height });
  }
  const hollow =
    (element.type === "rect" || element.type === "ellipse") && fillOf(element) === null && !element.text;
  if (element.type === "ellipse") {
    const { x, y } = middleOf(rect);
    const far = (by: number) =>
      ((at.x - x) / Math.max(1, rect.w / 2 + by)) ** 2 + ((at.y - y) / Math.max(1, rect.h / 2 + by)) ** 2;
    return far(near) <= 1 && (!hollow || far(-near - widthOf(element) / 2) >= 1);
  }
  if (!hollow && element.type !== "frame") return true;
  const inner = inflate(rect, -near - widthOf(element) / 2);
  return inner.w <= 0 || inner.h <= 0 || !inRect(at, inner);
}
