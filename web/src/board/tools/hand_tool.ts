/** Moves the view. */

import type { Editor } from "../editor";
import { lastOf, type Press, type Tool } from "../tool";
import { panned } from "../view";

export class HandTool implements Tool {
  cursor = "grab";
  private last: Press | null = null;

  constructor(private readonly editor: Editor) {}

  down(press: Press): void {
    this.last = press;
    this.cursor = "grabbing";
  }

  move(presses: readonly Press[]): void {
    const press = lastOf(presses);
    const { last, editor } = this;
    if (!last) return;
    const [dx, dy] = [press.window.x - last.window.x, press.window.y - last.window.y];
    this.last = press;
    editor.lookAt(panned(editor.view.peek(), dx, dy));
  }

  up(): void {
    this.cancel();
  }

  cancel(): void {
    this.last = null;
    this.cursor = "grab";
  }
}
