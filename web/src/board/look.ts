/** How elements look where they do not say: the same numbers as the server's drawing (docs/whiteboard.md). */

import type { BoardElement, ElementType } from "../client/board_elements";

export const PAPER = "#ffffff";
export const INK = "#1f2328";
export const STICKY = "#ffe98a";
export const FRAME = "#98a2b3";
export const FRAME_TITLE = "#667085";
export const NO_IMAGE = "#eaecf0";
export const WIDTH = 4;
export const TEXT_SIZE = 20;
export const FRAME_TITLE_SIZE = 14;
export const LINE_HEIGHT = 1.25;
export const FONT = `"Board Sans", sans-serif`;
export const MONO = `"Board Sans", monospace`;

/** Of text from the edges of what it stands in, on both sides together. */
export const PADDING: Partial<Record<ElementType, number>> = { rect: 16, ellipse: 16, sticky: 24 };

export function widthOf({ style }: Pick<BoardElement, "style">): number {
  return style?.width ?? WIDTH;
}

export function colorOf({ style }: Pick<BoardElement, "style">): string {
  return style?.color ?? INK;
}

export function sizeOf(element: Pick<BoardElement, "style" | "type">): number {
  return element.type === "frame" ? FRAME_TITLE_SIZE : (element.style?.size ?? TEXT_SIZE);
}

/** Null: what is behind shows through. */
export function fillOf({ style, type }: Pick<BoardElement, "style" | "type">): string | null {
  return style?.fill ?? (type === "sticky" ? STICKY : null);
}

export function cornerOf(type: ElementType, w: number, h: number): number {
  return type === "sticky" ? 4 : Math.min(8, Math.min(w, h) / 4);
}

/** Pairs of drawn and not drawn lengths; none: solid. */
export function dashOf(element: Pick<BoardElement, "style">): number[] {
  const width = widthOf(element);
  if (element.style?.dash === "dashed") return [3 * width, 2 * width];
  return element.style?.dash === "dotted" ? [0, 2 * width] : [];
}
