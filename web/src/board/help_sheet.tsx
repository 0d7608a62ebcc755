/** The board's keys, explained. */

import type { JSX } from "preact";
import { Dialog } from "../room/dialog";
import { COMMANDS, keyOfTool, TOOLS } from "./keys";

const BY_HAND: readonly (readonly [string, string])[] = [
  ["Space, middle button", "Move the view while held"],
  ["Ctrl wheel, two fingers", "Zoom"],
  ["Shift", "Straight, even, or one more selected"],
  ["Alt", "From the middle; a copy when moving"],
  ["Ctrl", "Without snapping"],
  ["Esc", "Take back what is being done"],
];

export function HelpSheet({ onClose }: { onClose: () => void }): JSX.Element {
  const tools = TOOLS.map(({ tool, words }) => [keyOfTool(tool), words] as const);
  const commands = COMMANDS.filter(({ shown }) => shown !== "");
  return (
    <Dialog title="Keys of the board" onClose={onClose}>
      <div class="board-keys">
        <Part title="Tools" rows={tools} />
        <Part title="While drawing" rows={BY_HAND} />
        <Part title="Everything else" rows={commands.map(({ shown, words }) => [shown, words] as const)} />
      </div>
    </Dialog>
  );
}

function Part({ title, rows }: { title: string; rows: readonly (readonly [string, string])[] }): JSX.Element {
  return (
    <section>
      <h3>{title}</h3>
      <dl class="shortcuts">
        {rows.map(([key, words]) => (
          <div key={words}>
            <dt>{words}</dt>
            <dd>
              <kbd>{key}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
