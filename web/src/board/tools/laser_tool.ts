/** Points at something: a light that the others see, with a tail that fades. */

import type { Editor } from "../editor";
import { lastOf, type Press, type Tool } from "../tool";

export class LaserTool implements Tool {
  readonly cursor = "crosshair";

  constructor(private readonly editor: Editor) {}

  down(press: Press): void {
    this.shine(press);
  }

  move(presses: readonly Press[]): void {
    this.shine(lastOf(presses));
  }

  up(press: Press): void {
    this.editor.point(press, false);
  }

  cancel(): void {}

  private shine(press: Press): void {
    this.editor.point(press, true);
    this.editor.shine(press);
  }
}
