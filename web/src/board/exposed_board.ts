/** `window.sfumatoBoard`: what tests in a real browser, and people at the console, look at. */

import type { Editor } from "./editor";
import type { Painter } from "./painter";

declare global {
  interface Window {
    sfumatoBoard?: { editor: Editor; painter: Painter } | undefined;
  }
}

export function exposeBoard(editor: Editor | null, painter: Painter | null): void {
  window.sfumatoBoard = editor && painter ? { editor, painter } : undefined;
}
