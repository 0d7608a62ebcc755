/** A board beside the pictures of a meeting. */

import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { MeetingRoomProps } from "../room/meeting_room";
import { BoardView } from "./board_view";
import { boardsOf } from "./boards_of";
import { exposeBoard } from "./exposed_board";
import { useOpenedBoard, useTitle, useWho } from "./opened_board";
import "./board.css";

export function BoardInRoom(props: MeetingRoomProps & { id: string }): JSX.Element {
  const { id, meeting, model, actions, notices } = props;
  const boards = boardsOf(meeting);
  // Until the server says otherwise a member of the room draws by the grants.
  const access = useSignal("editor");
  const opened = useOpenedBoard({
    boards,
    live: meeting.live,
    id,
    mayEdit: () => model.allowed("draw") && (access.value === "editor" || access.value === "owner"),
    strokePoints: () => meeting.limitOf("stroke_points"),
  });
  const ask = () =>
    boards.accessTo(id).then(
      (told) => {
        access.value = told;
      },
      () => {},
    );
  // What the meeting grants is part of it.
  useSignalEffect(() => {
    void model.grants.value;
    void ask();
  });
  useEffect(
    () =>
      opened.board.on("refused", ({ code }) => {
        if (code === "forbidden") void ask();
      }),
    [opened],
  );
  const who = useWho((participant) => meeting.participants.get(participant));
  return (
    <BoardView
      {...opened}
      boards={boards}
      title={useTitle(boards, id)}
      people={model.people.value}
      who={who}
      mayManage={access.value === "owner"}
      onTell={(words) => notices.tell(words)}
      onPainter={(painter) => exposeBoard(opened.editor, painter, who)}
      onClose={() => actions.workOn(null)}
    />
  );
}
