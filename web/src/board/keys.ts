/** The board's keyboard: one table, for the keys and for the sheet that explains them. */

import { letterOf } from "../room/letter";
import type { ToolName } from "./tool";

export interface ToolKey {
  readonly tool: ToolName;
  readonly key: string;
  readonly words: string;
}

export const TOOLS: readonly ToolKey[] = [
  { tool: "select", key: "v", words: "Select" },
  { tool: "hand", key: "h", words: "Move the view" },
  { tool: "pen", key: "p", words: "Pen" },
  { tool: "highlighter", key: "m", words: "Highlighter" },
  { tool: "eraser", key: "e", words: "Eraser" },
  { tool: "rect", key: "r", words: "Rectangle" },
  { tool: "ellipse", key: "o", words: "Ellipse" },
  { tool: "line", key: "l", words: "Line" },
  { tool: "arrow", key: "a", words: "Arrow" },
  { tool: "connector", key: "c", words: "Connector" },
  { tool: "text", key: "t", words: "Text" },
  { tool: "sticky", key: "n", words: "Sticky note" },
  { tool: "frame", key: "f", words: "Frame" },
  { tool: "laser", key: "k", words: "Laser pointer" },
];

export type Command =
  | "undo"
  | "redo"
  | "delete"
  | "duplicate"
  | "selectAll"
  | "group"
  | "ungroup"
  | "lock"
  | "front"
  | "forward"
  | "backward"
  | "back"
  | "zoomIn"
  | "zoomOut"
  | "zoomFull"
  | "fit"
  | "fitSelection"
  | "grid"
  | "picture"
  | "edit"
  | "next"
  | "previous"
  | "help";

interface CommandKey {
  readonly command: Command;
  /** Of `KeyboardEvent.key`, in lower case. */
  readonly keys: readonly string[];
  readonly control?: boolean;
  /** Undefined: either. */
  readonly shift?: boolean;
  readonly shown: string;
  readonly words: string;
}

export const COMMANDS: readonly CommandKey[] = [
  { command: "undo", keys: ["z"], control: true, shift: false, shown: "Ctrl Z", words: "Undo what you did" },
  { command: "redo", keys: ["z"], control: true, shift: true, shown: "Ctrl Shift Z", words: "Redo" },
  { command: "redo", keys: ["y"], control: true, shown: "", words: "" },
  { command: "delete", keys: ["delete", "backspace"], shown: "Del", words: "Delete" },
  { command: "duplicate", keys: ["d"], control: true, shown: "Ctrl D", words: "Duplicate" },
  { command: "selectAll", keys: ["a"], control: true, shown: "Ctrl A", words: "Select all" },
  { command: "group", keys: ["g"], control: true, shift: false, shown: "Ctrl G", words: "Group" },
  { command: "ungroup", keys: ["g"], control: true, shift: true, shown: "Ctrl Shift G", words: "Ungroup" },
  { command: "lock", keys: ["l"], control: true, shift: true, shown: "Ctrl Shift L", words: "Lock, unlock" },
  { command: "forward", keys: ["]"], control: false, shown: "]", words: "Forward" },
  { command: "backward", keys: ["["], control: false, shown: "[", words: "Backward" },
  { command: "front", keys: ["]", "}"], control: true, shown: "Ctrl ]", words: "To the front" },
  { command: "back", keys: ["[", "{"], control: true, shown: "Ctrl [", words: "To the back" },
  { command: "zoomIn", keys: ["+", "="], shown: "+", words: "Zoom in" },
  { command: "zoomOut", keys: ["-", "_"], shown: "−", words: "Zoom out" },
  { command: "zoomFull", keys: ["0", ")"], shown: "0", words: "Zoom to 100 %" },
  { command: "fit", keys: ["1", "!"], shown: "1", words: "Show everything" },
  { command: "fitSelection", keys: ["2"], shown: "2", words: "Show what is selected" },
  { command: "grid", keys: ["g"], control: false, shown: "G", words: "Grid" },
  { command: "picture", keys: ["i"], control: false, shown: "I", words: "Add a picture" },
  { command: "edit", keys: ["enter"], shown: "Enter", words: "Write into what is selected" },
  {
    command: "next",
    keys: ["n"],
    control: false,
    shift: true,
    shown: "Shift N",
    words: "Select the next element",
  },
  {
    command: "previous",
    keys: ["b"],
    control: false,
    shift: true,
    shown: "Shift B",
    words: "Select the one before",
  },
  { command: "help", keys: ["?"], shown: "?", words: "These shortcuts" },
];

type Key = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** What a key press on the board means; null for nothing. */
export function meaningOf(event: Key): { tool: ToolName } | { command: Command } | null {
  if (event.altKey) return null;
  const key = letterOf(event);
  const control = event.ctrlKey || event.metaKey;
  const found = COMMANDS.find(
    (one) =>
      one.keys.includes(key) &&
      (one.control ?? control) === control &&
      (one.shift ?? event.shiftKey) === event.shiftKey,
  );
  if (found) return { command: found.command };
  if (control || event.shiftKey) return null;
  const tool = TOOLS.find((one) => one.key === key)?.tool;
  return tool ? { tool } : null;
}

export function keyOfTool(tool: ToolName): string {
  return (TOOLS.find((one) => one.tool === tool)?.key ?? "").toUpperCase();
}
