/** How the connection is, where that is worth a line; and what to do. */

import type { JSX } from "preact";
import type { Actions } from "./actions";
import { Icon } from "./icons";
import type { RoomModel } from "./room_model";

interface Props {
  model: RoomModel;
  actions: Actions;
  onRetry: () => void;
}

export function Banner(props: Props): JSX.Element {
  // The region is always there: what appears in it is read out.
  return (
    <div class="banner-place" role="status" aria-live="polite">
      <Line {...props} />
    </div>
  );
}

function Line({ model, actions, onRetry }: Props): JSX.Element | null {
  const reason = model.reason.value;
  switch (model.state.value) {
    case "reconnecting":
      return (
        <div class="banner bad">
          <Icon name="warning" />
          <p>
            <strong>Reconnecting.</strong> {reason} Check your network if this lasts.
          </p>
          <button type="button" class="button small" onClick={onRetry}>
            Try now
          </button>
        </div>
      );
    case "poor":
      return (
        <div class="banner">
          <Icon name="warning" />
          <p>
            <strong>Your network is weak.</strong> {reason}{" "}
            {model.camera.value
              ? "Turning your camera off helps; so does moving closer to the Wi-Fi."
              : "Moving closer to the Wi-Fi helps."}
          </p>
          {model.camera.value && (
            <button type="button" class="button small" onClick={() => void actions.toggle("camera")}>
              Turn camera off
            </button>
          )}
        </div>
      );
    default:
      return null;
  }
}
