/** `window.sfumatoBoard`: what tests in a real browser, and people at the console, look at. */

import type { Who } from "./above";
import type { Editor } from "./editor";
import type { Rect } from "./geometry";
import { type Painter, pictureOf } from "./painter";

export interface ExposedBoard {
  readonly editor: Editor;
  readonly painter: Painter;
  /** Whose pointer it is. */
  readonly who: Who;
  /** The page's elements by themselves, whatever the view; `scale`: pixels a unit. */
  draw(rect: Rect, scale: number): OffscreenCanvas;
}

declare global {
  interface Window {
    sfumatoBoard?: ExposedBoard | undefined;
  }
}

export function exposeBoard(editor: Editor, painter: Painter, who: Who): void {
  window.sfumatoBoard = {
    editor,
    painter,
    who,
    draw: (rect, scale) => pictureOf(editor.scene.elements, rect, scale, painter.options.around),
  };
}

/** It is closed; another one may be open by now. */
export function hideBoard(editor: Editor): void {
  if (window.sfumatoBoard?.editor === editor) window.sfumatoBoard = undefined;
}
