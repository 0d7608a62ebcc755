/** `window.sfumatoBoard`: what tests in a real browser, and people at the console, look at. */

import type { Editor } from "./editor";
import type { Painter } from "./painter";

declare global {
  interface Window {
    sfumatoBoard?: { editor: Editor; painter: Painter } | undefined;
  }
}

export function exposeBoard(editor: Editor, painter: Painter): void {
  window.sfumatoBoard = { editor, painter };
}

/** It is closed; another one may be open by now. */
export function hideBoard(editor: Editor): void {
  if (window.sfumatoBoard?.editor === editor) window.sfumatoBoard = undefined;
}
