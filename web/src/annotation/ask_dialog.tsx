/** What control is asked for. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ControlScope } from "../client/control";
import { Dialog } from "../room/dialog";
import type { TileModel } from "../room/tile_model";
import type { OverModel } from "./over_model";

const SCOPES: readonly { scope: readonly ControlScope[]; words: string; note: string }[] = [
  { scope: ["pointer", "keyboard"], words: "Pointer and keyboard", note: "Click, drag, scroll and type" },
  { scope: ["pointer"], words: "Pointer only", note: "Click, drag and scroll; no keys" },
];

export function AskDialog({ over, tile }: { over: OverModel; tile: TileModel }): JSX.Element {
  const chosen = useSignal(0);
  const close = () => {
    over.askingFor.value = null;
  };
  const track = tile.track.value;
  const owner = track === null ? "" : over.ownerName(track);
  const surface = track === null ? undefined : over.room.meeting.tracks.get(track)?.surface;
  return (
    <Dialog title="Ask for control" onClose={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          over.ask(tile, SCOPES[chosen.peek()]?.scope ?? ["pointer"]);
          close();
        }}
      >
        <p>
          <bdi>{owner}</bdi> will be asked, and can take control back at any time.
        </p>
        <fieldset class="choices">
          <legend class="label">What for</legend>
          {SCOPES.map(({ words, note }, index) => (
            <label key={words}>
              <input
                type="radio"
                name="scope"
                checked={chosen.value === index}
                onChange={() => {
                  chosen.value = index;
                }}
              />
              <span>
                {words}
                <small>{note}</small>
              </span>
            </label>
          ))}
        </fieldset>
        {surface !== undefined && surface !== "monitor" && (
          <p class="note">
            <span>
              <bdi>{owner}</bdi> shares a {surface === "browser" ? "tab" : "window"}, not the whole screen:
              you can show where you point, not click or type.
            </span>
          </p>
        )}
        <div class="row end">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button primary">
            Ask
          </button>
        </div>
      </form>
    </Dialog>
  );
}
