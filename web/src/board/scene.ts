/** The elements of one page in the order they are painted, and where each of them is. */

import { type BoardElement, inOrder } from "../client/board_elements";
import { intersects, type Point, type Rect, unionOf } from "./geometry";
import { isOn, painted } from "./shape";

interface Placed {
  element: BoardElement;
  bounds: Rect;
}

export class Scene {
  page = "";
  private readonly placed = new Map<string, Placed>();
  private sorted: Placed[] | null = [];
  /** Connectors by what they hold on to: they move with it. */
  private readonly holding = new Map<string, Set<string>>();

  constructor(private readonly all: () => ReadonlyMap<string, BoardElement>) {}

  /** Begins anew with another page. */
  show(page: string): void {
    this.page = page;
    this.placed.clear();
    this.holding.clear();
    for (const element of this.all().values()) if (element.page === page) this.place(element);
    this.sorted = null;
  }

  /** Takes in what changed; returns what has to be painted anew. */
  update(ids: Iterable<string>): Rect[] {
    const dirty: Rect[] = [];
    const affected = new Set(ids);
    for (const id of [...affected])
      for (const connector of this.holding.get(id) ?? []) affected.add(connector);
    for (const id of affected) {
      const before = this.placed.get(id);
      if (before) {
        dirty.push(before.bounds);
        this.hold(before.element, false);
        this.placed.delete(id);
      }
      const element = this.all().get(id);
      if (element?.page !== this.page) {
        if (before) this.sorted = null;
        continue;
      }
      const now = this.place(element);
      dirty.push(now.bounds);
      if (before && before.element.z === element.z && this.sorted) {
        // Nearly always nothing changes its place in the order.
        const at = this.sorted.indexOf(before);
        if (at >= 0) this.sorted[at] = now;
      } else if (!before && this.isHighest(element)) this.sorted?.push(now);
      else this.sorted = null;
    }
    return dirty;
  }

  /** All, the lowest first. */
  get elements(): readonly BoardElement[] {
    return this.order().map(({ element }) => element);
  }

  get count(): number {
    return this.placed.size;
  }

  /** The elements that paint in `rect`, the lowest first. */
  *within(rect: Rect): Generator<BoardElement> {
    for (const { element, bounds } of this.order()) if (intersects(bounds, rect)) yield element;
  }

  boundsOf(id: string): Rect | null {
    return this.placed.get(id)?.bounds ?? null;
  }

  /** Around everything; null on an empty page. */
  get extent(): Rect | null {
    return unionOf([...this.placed.values()].map(({ bounds }) => bounds));
  }

  /** The topmost element at a point. */
  at(
    point: Point,
    near: number,
    accepts: (element: BoardElement) => boolean = () => true,
  ): BoardElement | null {
    const order = this.order();
    const look = (id: string) => this.all().get(id);
    const around = { x: point.x - near, y: point.y - near, w: 2 * near, h: 2 * near };
    for (let index = order.length - 1; index >= 0; index -= 1) {
      const placed = order[index];
      if (!placed || !intersects(placed.bounds, around) || !accepts(placed.element)) continue;
      if (isOn(placed.element, point, near, look)) return placed.element;
    }
    return null;
  }

  /** As what was just drawn is. */
  private isHighest(element: BoardElement): boolean {
    const last = this.sorted?.at(-1);
    return last === undefined || inOrder(last.element, element) < 0;
  }

  private order(): readonly Placed[] {
    this.sorted ??= [...this.placed.values()].sort((a, b) => inOrder(a.element, b.element));
    return this.sorted;
  }

  private place(element: BoardElement): Placed {
    const placed = { element, bounds: painted(element, (id) => this.all().get(id)) };
    this.placed.set(element.id, placed);
    this.hold(element, true);
    return placed;
  }

  private hold({ id, from, to }: BoardElement, holds: boolean): void {
    for (const end of [from, to]) {
      if (!end) continue;
      const connectors = this.holding.get(end.element) ?? new Set();
      if (holds) connectors.add(id);
      else connectors.delete(id);
      if (connectors.size > 0) this.holding.set(end.element, connectors);
      else this.holding.delete(end.element);
    }
  }
}
