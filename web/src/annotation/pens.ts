/** What one draws with, and how a movement of the hand becomes a mark. */

import type { DrawnMark, MarkTool } from "../client/annotations";
import { clamped, type Place } from "./picture_frame";

export type ToolName = MarkTool | "laser";

export const TOOLS: readonly { name: ToolName; words: string }[] = [
  { name: "pen", words: "Pen" },
  { name: "highlighter", words: "Highlighter" },
  { name: "arrow", words: "Arrow" },
  { name: "rect", words: "Box" },
  { name: "text", words: "Text" },
  { name: "stamp", words: "Stamp" },
  { name: "laser", words: "Laser pointer" },
];

/** Told apart from each other and from most pictures. */
export const COLOURS: readonly { value: string; words: string }[] = [
  { value: "#e5342b", words: "Red" },
  { value: "#f5b800", words: "Yellow" },
  { value: "#1fa855", words: "Green" },
  { value: "#1f6feb", words: "Blue" },
  { value: "#c837ab", words: "Pink" },
  { value: "#16191d", words: "Black" },
  { value: "#ffffff", words: "White" },
];

export const WIDTHS: readonly { value: number; words: string }[] = [
  { value: 0.003, words: "Thin" },
  { value: 0.006, words: "Medium" },
  { value: 0.012, words: "Thick" },
];

/** A mark that fades stays this long. */
export const FADE_MS = 5_000;
const HIGHLIGHTER_WIDTHS = 5;
const LETTER_WIDTHS = 7;
const STAMP_WIDTHS = 11;
/** A line that grows is sent whole each time: a longer one goes on as the next mark. */
export const MOST_POINTS = 500;
/** Nearer ones say nothing: of the picture's height. */
const NEAR = 0.0008;

export interface Ink {
  tool: ToolName;
  color: string;
  width: number;
  fades: boolean;
  stamp: string;
}

/** How thick a tool draws, or how high its letters are: a share of the picture's height. */
export function widthOf({ tool, width }: Pick<Ink, "tool" | "width">): number {
  if (tool === "highlighter") return width * HIGHLIGHTER_WIDTHS;
  if (tool === "text") return width * LETTER_WIDTHS;
  if (tool === "stamp") return width * STAMP_WIDTHS;
  return width;
}

/** A mark as it begins; `laser` makes none. */
export function begin(ink: Ink & { tool: MarkTool }, id: string, place: Place): DrawnMark {
  const { x, y } = clamped(place);
  return {
    id,
    tool: ink.tool,
    color: ink.color,
    width: widthOf(ink),
    points: [x, y],
    text: ink.tool === "stamp" ? ink.stamp : "",
    fadeMs: ink.fades ? FADE_MS : null,
    done: false,
  };
}

/** The mark after the hand moved on to a place; the same one if nothing came of it. `aspect`: width by height. */
export function extend(mark: DrawnMark, place: Place, aspect: number): DrawnMark {
  const { x, y } = clamped(place);
  const { points } = mark;
  const [lastX = 0, lastY = 0] = points.slice(-2);
  if (Math.hypot((x - lastX) * aspect, y - lastY) < NEAR) return mark;
  if (mark.tool === "pen" || mark.tool === "highlighter") {
    return points.length >= 2 * MOST_POINTS ? mark : { ...mark, points: [...points, x, y] };
  }
  if (mark.tool === "arrow" || mark.tool === "rect")
    return { ...mark, points: [...points.slice(0, 2), x, y] };
  return { ...mark, points: [x, y] };
}

/** Whether there is anything to see of it. */
export function isSomething(mark: DrawnMark): boolean {
  if (mark.tool === "text") return mark.text.trim() !== "";
  // A dot is one; an arrow from a place to itself is not.
  if (mark.tool === "arrow" || mark.tool === "rect") return mark.points.length >= 4;
  return mark.points.length >= 2;
}
