/** With which style each tool goes on: the one it was given last. */

import type { ElementType, Style, StyleChange } from "../client/board_elements";
import { INK, STICKY, TEXT_SIZE, WIDTH } from "./look";
import type { ToolName } from "./tool";

const FIRST: Partial<Record<ToolName, Style>> = {
  pen: { color: INK, width: WIDTH },
  highlighter: { color: "#f5c518", width: 24, opacity: 0.4 },
  line: { color: INK, width: WIDTH },
  rect: { color: INK, width: WIDTH },
  text: { color: INK, size: TEXT_SIZE },
  sticky: { color: INK, fill: STICKY, size: TEXT_SIZE },
  frame: {},
};

/** Tools that share a style. */
const FAMILY: Partial<Record<ToolName, ToolName>> = { arrow: "line", connector: "line", ellipse: "rect" };

export class StyleMemory {
  private readonly styles = new Map<ToolName, Style>();

  of(tool: ToolName): Style {
    const family = FAMILY[tool] ?? tool;
    return this.styles.get(family) ?? FIRST[family] ?? {};
  }

  /** A style was chosen for an element of that type, or while that tool was in hand. */
  remember(type: ElementType | undefined, tool: ToolName, style: StyleChange): void {
    const owner = type === "stroke" ? "pen" : tool !== "select" ? tool : (type as ToolName | undefined);
    if (owner === undefined) return;
    const family = FAMILY[owner] ?? owner;
    const next: Record<string, unknown> = { ...this.of(family), ...style };
    for (const [key, value] of Object.entries(next)) if (value === undefined) delete next[key];
    this.styles.set(family, next);
  }
}
