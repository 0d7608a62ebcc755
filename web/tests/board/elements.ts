/** Elements for tests, with what every element has. */

import type { BoardElement, Change } from "../../src/client/board_elements";
import { put } from "../../src/client/board_elements";

export function made(id: string, rest: Partial<BoardElement>): BoardElement {
  return { id, type: "rect", page: "p1", z: `a${id}`, ...rest } as BoardElement;
}

export function rect(id: string, x: number, y: number, w = 10, h = 10, rotation = 0): BoardElement {
  return made(id, { box: [x, y, w, h, rotation] });
}

export function lookUp(elements: readonly BoardElement[]): (id: string) => BoardElement | undefined {
  const byId = new Map(elements.map((element) => [element.id, element]));
  return (id) => byId.get(id);
}

/** The elements with these changes made. */
export function after(elements: readonly BoardElement[], changes: readonly Change[]): BoardElement[] {
  const byId = new Map(elements.map((element) => [element.id, element]));
  for (const change of changes) {
    if (change.op === "put") byId.set(change.id, put(byId.get(change.id), change.id, change.props));
    if (change.op === "delete") byId.delete(change.id);
  }
  return [...byId.values()];
}
