/** What a tool is: something that takes what a pointer does on the board. */

import type { Canvas } from "./draw";
import type { Point } from "./geometry";

export type ToolName =
  | "select"
  | "hand"
  | "pen"
  | "highlighter"
  | "eraser"
  | "line"
  | "arrow"
  | "rect"
  | "ellipse"
  | "text"
  | "sticky"
  | "connector"
  | "frame"
  | "laser";

/** Where a pointer is, in board units, and how. */
export interface Press extends Point {
  /** In the window, CSS pixels. */
  readonly window: Point;
  /** 0–1; null for what has none: a mouse, most fingers. */
  readonly pressure: number | null;
  readonly pointer: "mouse" | "touch" | "pen";
  readonly shift: boolean;
  readonly alt: boolean;
  /** Ctrl, or Command. */
  readonly control: boolean;
  /** Milliseconds. */
  readonly at: number;
}

export interface Tool {
  /** CSS cursor while it is chosen. */
  readonly cursor: string;
  down(press: Press): void;
  /** All positions since the last call: a pen has several a frame. */
  move(presses: readonly Press[]): void;
  up(press: Press): void;
  /** What was begun is taken back. */
  cancel(): void;
  /** The pointer moves without being pressed. */
  hover?(press: Press): void;
  /** Paints above the elements; `unit` is the length of a CSS pixel. */
  draw?(canvas: Canvas, unit: number): void;
}

/** Of several positions the last; there is always one. */
export function lastOf(presses: readonly Press[]): Press {
  const last = presses.at(-1);
  if (!last) throw new Error("no position");
  return last;
}
