/** A board beside the pictures of a meeting. */

import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { BoardLive } from "../client/board_live";
import type { MeetingRoomProps } from "../room/meeting_room";
import { avatarColour, visibleName } from "../room/names";
import type { Colleague } from "./above";
import { BoardView } from "./board_view";
import { boardsOf } from "./boards_of";
import { Editor } from "./editor";
import { exposeBoard, hideBoard } from "./exposed_board";
import { Pictures } from "./pictures";
import { makeTools } from "./tools/tools";
import "./board.css";

// The server's default, for one that does not say.
const STROKE_POINTS = 10_000;

export function BoardInRoom({
  id,
  meeting,
  model,
  actions,
  notices,
}: MeetingRoomProps & { id: string }): JSX.Element {
  const boards = boardsOf(meeting);
  const parts = useMemo(() => {
    const board = boards.open(id);
    const live = new BoardLive(meeting.live, board);
    const editor: Editor = new Editor({
      board,
      live,
      mayEdit: () => model.allowed("draw"),
      random: () => crypto.randomUUID().replaceAll("-", "").slice(0, 16),
    });
    const pictures = new Pictures(
      (sha256) => boards.file(sha256),
      () => editor.onDamage(null),
    );
    const tools = makeTools(editor, () => meeting.limitOf("stroke_points") ?? STROKE_POINTS);
    return { board, live, editor, pictures, tools };
  }, [boards, id]);
  useEffect(
    () => () => {
      parts.editor.close();
      parts.live.close();
      parts.pictures.close();
      boards.close(parts.board);
      hideBoard(parts.editor);
    },
    [parts],
  );
  const changed = useSignal(0);
  useEffect(
    () =>
      boards.on("changed", () => {
        changed.value += 1;
      }),
    [boards],
  );
  const title = useComputed(() => {
    void changed.value;
    return boards.list.find((one) => one.id === id)?.title ?? "";
  });
  const colours = useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    return Array.from({ length: 8 }, (_, index) => style.getPropertyValue(`--person-${index}`).trim());
  }, []);
  const who = (participant: string): Colleague | null => {
    const person = meeting.participants.get(participant);
    if (!person) return null;
    const color = colours[avatarColour(person.identity)] || "#566679";
    return { name: visibleName(person.name || person.identity), color };
  };
  return (
    <BoardView
      editor={parts.editor}
      boards={boards}
      tools={parts.tools}
      pictures={parts.pictures}
      title={title.value}
      people={model.people.value}
      who={who}
      onTell={(words) => notices.tell(words)}
      onPainter={(painter) => exposeBoard(parts.editor, painter)}
      onClose={() => actions.workOn(null)}
    />
  );
}
