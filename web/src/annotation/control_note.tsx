/** To who controls a screen: whose, for how long, and the way to give it back. */

import type { JSX } from "preact";
import { KEYS } from "./control_surface";
import type { OverModel } from "./over_model";
import { TimeLeft } from "./time_left";

export function ControlNote({ over }: { over: OverModel }): JSX.Element | null {
  const hold = over.held.value;
  if (!hold) return null;
  const { track } = hold;
  return (
    <div class="control-note">
      <p>
        You control <bdi>{over.ownerName(track)}</bdi>’s screen
        {over.paused.value ? " · it rests while they use it" : ""}
        <TimeLeft over={over} expiresAt={hold.expiresAt} />
      </p>
      {hold.scope.includes("keyboard") && (
        <button
          type="button"
          class="button small touch-only"
          onClick={() => document.getElementById(KEYS)?.focus()}
        >
          Type
        </button>
      )}
      <button
        type="button"
        class="button small"
        title="Or press Escape three times"
        onClick={() => over.control.revoke(track)}
      >
        Give back
      </button>
    </div>
  );
}
