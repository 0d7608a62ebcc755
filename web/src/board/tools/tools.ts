/** All tools by name. */

import type { Editor } from "../editor";
import type { Tool, ToolName } from "../tool";
import { EraserTool } from "./eraser_tool";
import { HandTool } from "./hand_tool";
import { LaserTool } from "./laser_tool";
import { PenTool } from "./pen_tool";
import { SelectTool } from "./select_tool";
import { ShapeTool } from "./shape_tool";

export function makeTools(editor: Editor, strokePoints: () => number): Record<ToolName, Tool> {
  const shape = (name: ConstructorParameters<typeof ShapeTool>[1]) => new ShapeTool(editor, name);
  return {
    select: new SelectTool(editor),
    hand: new HandTool(editor),
    pen: new PenTool(editor, "pen", strokePoints),
    highlighter: new PenTool(editor, "highlighter", strokePoints),
    eraser: new EraserTool(editor),
    line: shape("line"),
    arrow: shape("arrow"),
    rect: shape("rect"),
    ellipse: shape("ellipse"),
    text: shape("text"),
    sticky: shape("sticky"),
    connector: shape("connector"),
    frame: shape("frame"),
    laser: new LaserTool(editor),
  };
}
