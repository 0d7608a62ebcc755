/** Why something did not work, in a dialog. */

import type { JSX } from "preact";
import { Icon } from "../room/icons";

export function Problem({ words }: { words: string }): JSX.Element | null {
  return words === "" ? null : (
    <p class="note" role="alert">
      <Icon name="warning" />
      {words}
    </p>
  );
}
