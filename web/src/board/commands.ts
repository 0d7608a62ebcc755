/** What is done to elements that are selected, as changes of a board. */

import { generateKeyBetween, generateNKeysBetween } from "fractional-indexing";
import type { BoardElement, Box, Change, Properties } from "../client/board_elements";
import { inOrder } from "../client/board_elements";
import type { Look } from "./connector";
import { boxRect, middleOf, type Point, type Rect, tidy, turned, unionOf } from "./geometry";
import { mapped, translated } from "./ink";
import { extent } from "./shape";

export type Side = "left" | "middle" | "right" | "top" | "centre" | "bottom";
export type Order = "front" | "forward" | "backward" | "back";

/** Characters of an index; the server takes twice as many. */
const LONGEST_KEY = 64;
/** The smallest an element becomes. */
const LEAST = 4;

function put(id: string, props: Properties): Change {
  return { op: "put", id, props };
}

function tidyBox([x, y, w, h, rotation]: Box): Box {
  return [tidy(x), tidy(y), tidy(w), tidy(h), tidy(rotation)];
}

export function movedProps({ box, points }: BoardElement, dx: number, dy: number): Properties {
  if (points) return { points: translated(points, dx, dy) };
  if (!box) return {};
  const [x, y, w, h, rotation] = box;
  return { box: tidyBox([x + dx, y + dy, w, h, rotation]) };
}

export function moved(elements: readonly BoardElement[], dx: number, dy: number): Change[] {
  const ids = new Set(elements.map(({ id }) => id));
  return elements.flatMap((element) => {
    if (element.type === "connector") {
      // What holds on to elements goes where they go; a free end goes along.
      const held = [element.from, element.to].every((end) => end && !ids.has(end.element));
      if (held || !element.points) return [];
    }
    return [put(element.id, movedProps(element, dx, dy))];
  });
}

/** Elements as they are when the rectangle around them becomes another. */
export function resized(elements: readonly BoardElement[], from: Rect, to: Rect): Change[] {
  const sx = from.w === 0 ? 1 : to.w / from.w;
  const sy = from.h === 0 ? 1 : to.h / from.h;
  const place = ({ x, y }: Point): Point => ({ x: to.x + (x - from.x) * sx, y: to.y + (y - from.y) * sy });
  return elements.map((element) => {
    const { points, box } = element;
    if (points) return put(element.id, { points: mapped(points, place) });
    if (!box) return put(element.id, {});
    const [, , w, h, rotation] = box;
    const middle = place(middleOf(boxRect(box)));
    // A box that stands on its side is as wide as the others are high.
    const aside = Math.abs(Math.sin((rotation * Math.PI) / 180)) > 0.7;
    const [width, height] = [
      Math.max(LEAST, w * Math.abs(aside ? sy : sx)),
      Math.max(LEAST, h * Math.abs(aside ? sx : sy)),
    ];
    const props: Properties = {
      box: tidyBox([middle.x - width / 2, middle.y - height / 2, width, height, rotation]),
    };
    const even = Math.abs(sx - sy) < 0.01;
    if (element.type === "text" && even && element.style?.size)
      return put(element.id, { ...props, style: { size: tidy(element.style.size * Math.abs(sx)) } });
    return put(element.id, props);
  });
}

/** A single turned box, pulled at a handle: `x` and `y` are -1, 0 or 1, the side that moves. */
export function pulled(
  box: Box,
  handle: { x: number; y: number },
  to: Point,
  keepShape: boolean,
  fromMiddle: boolean,
): Box {
  const rect = boxRect(box);
  const middle = middleOf(rect);
  const rotation = box[4];
  const at = turned(to, middle, -rotation);
  const fixed = {
    x: fromMiddle ? middle.x : middle.x - (handle.x * rect.w) / 2,
    y: fromMiddle ? middle.y : middle.y - (handle.y * rect.h) / 2,
  };
  const double = fromMiddle ? 2 : 1;
  let w = handle.x === 0 ? rect.w : Math.max(LEAST, Math.abs(at.x - fixed.x) * double);
  let h = handle.y === 0 ? rect.h : Math.max(LEAST, Math.abs(at.y - fixed.y) * double);
  if (keepShape && rect.w > 0 && rect.h > 0) {
    const scale =
      handle.x === 0 ? h / rect.h : handle.y === 0 ? w / rect.w : Math.max(w / rect.w, h / rect.h);
    [w, h] = [rect.w * scale, rect.h * scale];
  }
  const side = (value: number, start: number, sign: number) =>
    sign === 0 ? 0 : Math.sign(value - start) || sign;
  const local = fromMiddle
    ? middle
    : {
        x: handle.x === 0 ? middle.x : fixed.x + (side(at.x, fixed.x, handle.x) * w) / 2,
        y: handle.y === 0 ? middle.y : fixed.y + (side(at.y, fixed.y, handle.y) * h) / 2,
      };
  const now = turned(local, middle, rotation);
  return tidyBox([now.x - w / 2, now.y - h / 2, w, h, rotation]);
}

export function rotated(elements: readonly BoardElement[], about: Point, degrees: number): Change[] {
  return elements.map((element) => {
    const { points, box } = element;
    if (points) return put(element.id, { points: mapped(points, (point) => turned(point, about, degrees)) });
    if (!box) return put(element.id, {});
    const [, , w, h, rotation] = box;
    const middle = turned(middleOf(boxRect(box)), about, degrees);
    const turn = (((rotation + degrees) % 360) + 360) % 360;
    return put(element.id, { box: tidyBox([middle.x - w / 2, middle.y - h / 2, w, h, turn]) });
  });
}

/** What is in one group moves as one. */
function units(elements: readonly BoardElement[]): BoardElement[][] {
  const groups = new Map<string, BoardElement[]>();
  for (const element of elements) {
    const key = element.group ?? `element ${element.id}`;
    const group = groups.get(key);
    if (group) group.push(element);
    else groups.set(key, [element]);
  }
  return [...groups.values()];
}

function extentOfAll(elements: readonly BoardElement[], look: Look): Rect {
  return unionOf(elements.map((element) => extent(element, look))) ?? { x: 0, y: 0, w: 0, h: 0 };
}

export function aligned(elements: readonly BoardElement[], side: Side, look: Look): Change[] {
  const all = extentOfAll(elements, look);
  return units(elements).flatMap((unit) => {
    const one = extentOfAll(unit, look);
    const dx = { left: all.x, middle: all.x + (all.w - one.w) / 2, right: all.x + all.w - one.w };
    const dy = { top: all.y, centre: all.y + (all.h - one.h) / 2, bottom: all.y + all.h - one.h };
    if (side in dx) return moved(unit, dx[side as keyof typeof dx] - one.x, 0);
    return moved(unit, 0, dy[side as keyof typeof dy] - one.y);
  });
}

/** With equal gaps between neighbours; the outermost stay. */
export function distributed(elements: readonly BoardElement[], way: "across" | "down", look: Look): Change[] {
  const [start, length] = way === "across" ? (["x", "w"] as const) : (["y", "h"] as const);
  const placed = units(elements)
    .map((unit) => ({ unit, rect: extentOfAll(unit, look) }))
    .sort((a, b) => a.rect[start] - b.rect[start]);
  const [first, last] = [placed[0], placed.at(-1)];
  if (!first || !last || placed.length < 3) return [];
  const room = last.rect[start] + last.rect[length] - first.rect[start];
  const gap = (room - placed.reduce((sum, { rect }) => sum + rect[length], 0)) / (placed.length - 1);
  let at = first.rect[start];
  return placed.flatMap(({ unit, rect }) => {
    const by = at - rect[start];
    at += rect[length] + gap;
    return way === "across" ? moved(unit, by, 0) : moved(unit, 0, by);
  });
}

/** `all`: the page's elements in their order. */
export function reordered(
  elements: readonly BoardElement[],
  all: readonly BoardElement[],
  order: Order,
): Change[] {
  const chosen = new Set(elements.map(({ id }) => id));
  const moving = all.filter(({ id }) => chosen.has(id));
  const others = all.filter(({ id }) => !chosen.has(id));
  const [lowest, highest] = [moving[0], moving.at(-1)];
  if (!lowest || !highest) return [];
  const above = others.findIndex((one) => inOrder(one, highest) > 0);
  const below = others.filter((one) => inOrder(one, lowest) < 0).length;
  const at = {
    front: others.length,
    back: 0,
    forward: above < 0 ? others.length : above + 1,
    backward: Math.max(0, below - 1),
  }[order];
  const keys = keysBetween(others[at - 1]?.z, others[at]?.z, moving.length);
  if (keys.some((key) => key.length > LONGEST_KEY)) {
    // Between the same two was room so often that it becomes narrow: everybody gets a new place.
    const now = [...others.slice(0, at), ...moving, ...others.slice(at)];
    const fresh = generateNKeysBetween(null, null, now.length);
    return now.map(({ id }, index) => put(id, { z: fresh[index] ?? "" }));
  }
  return moving.map(({ id }, index) => put(id, { z: keys[index] ?? "" }));
}

/** Indexes between two, which may be the same or none. */
export function keysBetween(low: string | undefined, high: string | undefined, count: number): string[] {
  const [from, to] = [low || null, high || null];
  // Two people may have made the same key: then there is nothing between.
  if (from !== null && to !== null && from >= to) return generateNKeysBetween(from, null, count);
  try {
    return generateNKeysBetween(from, to, count);
  } catch {
    // A key of somebody's own making: above everything else, then.
    return generateNKeysBetween(null, null, count).map((key) => `z${key}`);
  }
}

/** The index above all of these. */
export function keyAbove(all: readonly BoardElement[]): string {
  const last = all.at(-1)?.z;
  try {
    return generateKeyBetween(last || null, null);
  } catch {
    return `${last ?? ""}V`;
  }
}

/** Copies with ids of their own, above all others; what they hold on to within is their own too. */
export function copied(
  elements: readonly BoardElement[],
  page: string,
  offset: Point,
  all: readonly BoardElement[],
  newId: () => string,
): Change[] {
  const ids = new Map(elements.map(({ id }) => [id, newId()]));
  const groups = new Map<string, string>();
  const keys = keysBetween(all.at(-1)?.z, undefined, elements.length);
  return [...elements].sort(inOrder).map((element, index) => {
    const { id, author: _, group, from, to, locked: __, ...rest } = element;
    if (group !== undefined && !groups.has(group)) groups.set(group, newId());
    const held = (end: typeof from) => {
      const copy = end && ids.get(end.element);
      return copy && end ? { ...end, element: copy } : undefined;
    };
    const [start, end, together] = [
      held(from),
      held(to),
      group === undefined ? undefined : groups.get(group),
    ];
    return put(ids.get(id) ?? newId(), {
      ...rest,
      ...movedProps(element, offset.x, offset.y),
      page,
      z: keys[index] ?? "",
      ...(together === undefined ? {} : { group: together }),
      ...(start === undefined ? {} : { from: start }),
      ...(end === undefined ? {} : { to: end }),
    });
  });
}

export function grouped(elements: readonly BoardElement[], group: string | null): Change[] {
  return elements.map(({ id }) => put(id, { group }));
}

export function locked(elements: readonly BoardElement[], isLocked: boolean): Change[] {
  return elements.map(({ id }) => put(id, { locked: isLocked ? true : null }));
}
