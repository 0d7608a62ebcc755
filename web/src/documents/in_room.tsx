/** A document beside the pictures of a meeting. */

import type { JSX } from "preact";
import type { MeetingRoomProps } from "../room/meeting_room";

export function DocumentInRoom(props: MeetingRoomProps & { id: string }): JSX.Element {
  return (
    <main aria-label="Document">
      <p>{props.id}</p>
    </main>
  );
}
