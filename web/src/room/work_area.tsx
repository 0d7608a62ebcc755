/** The large place beside the pictures: what people work on together, one thing at a time. */

import type { JSX } from "preact";
import { lazily } from "./lazy";
import type { MeetingRoomProps } from "./meeting_room";

/** Something that has its place there: a document or a board, by its id. */
export interface Work {
  kind: "document" | "board";
  id: string;
}

const DocumentInRoom = lazily(() => import("../documents/in_room").then((part) => part.DocumentInRoom));
const BoardInRoom = lazily(() => import("../board/board_in_room").then((part) => part.BoardInRoom));

export function WorkArea(props: MeetingRoomProps): JSX.Element | null {
  const work = props.actions.work.value;
  if (work === null) return null;
  return (
    <div class="work" key={work.id} data-id={work.id}>
      {work.kind === "document" && <DocumentInRoom {...props} id={work.id} />}
      {work.kind === "board" && <BoardInRoom {...props} id={work.id} />}
    </div>
  );
}
