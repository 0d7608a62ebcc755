/**
 * What is on a board: elements and pages, and how changes alter them (protocol, section 3, whiteboard).
 *
 * Every property is what the last writer made it, in the server's order. Values are never altered in place: an element
 * that is the same object looks the same.
 */

export type ElementType =
  | "stroke"
  | "line"
  | "arrow"
  | "rect"
  | "ellipse"
  | "text"
  | "sticky"
  | "image"
  | "connector"
  | "frame";

/** `[x, y, width, height, rotation]` in board units and degrees; it turns about its middle. */
export type Box = readonly [number, number, number, number, number];

export interface Style {
  readonly color?: string;
  readonly fill?: string;
  readonly width?: number;
  readonly dash?: "solid" | "dashed" | "dotted";
  readonly opacity?: number;
  readonly font?: "sans" | "mono";
  readonly size?: number;
}

/** Some of it chosen anew; undefined: as if nothing was said. */
export type StyleChange = { readonly [Key in keyof Style]?: Style[Key] | undefined };

/** Where a connector is attached: a place in the element's box, 0–1. */
export interface End {
  readonly element: string;
  readonly anchor: readonly [number, number];
}

export interface BoardElement {
  readonly id: string;
  readonly type: ElementType;
  readonly page: string;
  /** A fractional index, compared by bytes, then by id. */
  readonly z: string;
  readonly box?: Box;
  /** `[x0, y0, p0, dx1, dy1, p1, …]`, tenths of a unit, the first absolute; pressure 0–255. */
  readonly points?: readonly number[];
  readonly style?: Style;
  readonly text?: string;
  /** SHA-256 of the file. */
  readonly file?: string;
  readonly from?: End;
  readonly to?: End;
  readonly locked?: boolean;
  readonly group?: string;
  /** Of this client's own making: a text was given its width, and does not grow with its longest line. */
  readonly wrap?: boolean;
  readonly author?: { readonly identity: string; readonly name: string };
}

export interface Page {
  readonly id: string;
  readonly title: string;
  readonly z: string;
}

/** Properties to set; null removes one. `style` is merged by key. */
export type Properties = {
  readonly [Name in keyof Omit<BoardElement, "id" | "author" | "style">]?: BoardElement[Name] | null;
} & { readonly style?: { readonly [Key in keyof Style]?: Style[Key] | null } | null };

export type Change =
  | { readonly op: "put"; readonly id: string; readonly props: Properties }
  | { readonly op: "delete"; readonly id: string }
  /** `props` whole, as the server sends them. */
  | { readonly op: "restore"; readonly id: string; readonly props?: Properties }
  | {
      readonly op: "page";
      readonly id: string;
      readonly title?: string;
      readonly z?: string;
      readonly deleted?: boolean;
    };

/** The page that a new board has. */
export const FIRST_PAGE = "p1";

/** The element with these properties set. */
export function put(element: BoardElement | undefined, id: string, props: Properties): BoardElement {
  const next: Record<string, unknown> = { page: FIRST_PAGE, z: "", ...element, id };
  for (const [name, value] of Object.entries(props)) {
    if (name === "id") continue;
    if (value === null) delete next[name];
    else if (name === "style") next.style = mergedStyle(element?.style, value as object);
    else next[name] = value;
  }
  return next as unknown as BoardElement;
}

function mergedStyle(style: Style | undefined, changes: object): Style {
  const next: Record<string, unknown> = { ...style };
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete next[key];
    else next[key] = value;
  }
  return next;
}

/** Everything on a board at one moment. */
export class Elements {
  readonly alive = new Map<string, BoardElement>();
  /** Deleted ones, as they were: who restores one sees it at once. */
  readonly gone = new Map<string, BoardElement>();
  readonly pages = new Map<string, Page>();
  readonly gonePages = new Map<string, Page>();

  /** Makes one change; returns the id of the element it is about, null for a page. What makes no sense does nothing. */
  apply(change: Change): string | null {
    const { id } = change;
    if (change.op === "page") {
      this.applyPage(change);
      return null;
    }
    if (change.op === "put") {
      if (this.gone.has(id)) return id;
      const before = this.alive.get(id);
      if (before || change.props.type) this.alive.set(id, put(before, id, change.props));
    } else if (change.op === "delete") {
      const before = this.alive.get(id);
      if (before) this.gone.set(id, before);
      this.alive.delete(id);
    } else {
      const before = this.gone.get(id);
      this.gone.delete(id);
      if (change.props) this.alive.set(id, put(undefined, id, change.props));
      else if (before) this.alive.set(id, before);
    }
    return id;
  }

  private applyPage({ id, title, z, deleted }: Change & { op: "page" }): void {
    const before = this.pages.get(id) ?? this.gonePages.get(id);
    const page: Page = { id, title: title ?? before?.title ?? "", z: z ?? before?.z ?? "" };
    const isGone = deleted ?? this.gonePages.has(id);
    this.pages.delete(id);
    this.gonePages.delete(id);
    (isGone ? this.gonePages : this.pages).set(id, page);
  }
}

/** Which of two elements or pages is painted or stands first. */
export function inOrder(a: { z: string; id: string }, b: { z: string; id: string }): number {
  if (a.z !== b.z) return a.z < b.z ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Whether two values of a property are the same. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}
