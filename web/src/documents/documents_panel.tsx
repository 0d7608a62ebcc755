/** The documents of a room, at the side. */

import type { JSX } from "preact";
import type { MeetingRoomProps } from "../room/meeting_room";

export function DocumentsPanel({ actions }: MeetingRoomProps): JSX.Element {
  return (
    <aside class="panel" aria-label="Documents">
      <div class="panel-head">
        <h2>Documents</h2>
        <button
          type="button"
          class="button quiet"
          onClick={() => {
            actions.documentsOpen.value = false;
          }}
        >
          Close
        </button>
      </div>
    </aside>
  );
}
