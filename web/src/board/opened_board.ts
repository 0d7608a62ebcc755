/** A board as one person has it open, in a meeting or by a link: from the channel to the tools. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { BoardLive, type BoardPointer } from "../client/board_live";
import type { Boards } from "../client/boards";
import type { Live } from "../client/live";
import type { SharedBoard } from "../client/shared_board";
import { randomClient } from "../client/topic";
import type { Participant } from "../client/types";
import { avatarColour, visibleName } from "../room/names";
import type { Who } from "./above";
import { Editor } from "./editor";
import { hideBoard } from "./exposed_board";
import { Pictures } from "./pictures";
import type { Tool, ToolName } from "./tool";
import { makeTools } from "./tools/tools";

// The server's default, for one that does not say.
const STROKE_POINTS = 10_000;
const COLOURS = 8;

export interface OpenedBoard {
  readonly board: SharedBoard;
  readonly live: BoardLive;
  readonly editor: Editor;
  readonly pictures: Pictures;
  readonly tools: Record<ToolName, Tool>;
}

export interface BoardPlace {
  boards: Boards;
  live: Live;
  id: string;
  mayEdit: () => boolean;
  strokePoints: () => number | undefined;
}

/** Opened with the component, and closed with it. */
export function useOpenedBoard({
  boards,
  live: carrier,
  id,
  mayEdit,
  strokePoints,
}: BoardPlace): OpenedBoard {
  const opened = useMemo(() => {
    const board = boards.open(id);
    const live = new BoardLive(carrier, board);
    // Not `crypto.randomUUID`, which is missing on pages without https.
    const random = () => randomClient().slice(0, 16);
    const editor: Editor = new Editor({ board, live, mayEdit, random });
    const pictures = new Pictures(
      (sha256) => boards.file(sha256),
      () => editor.onDamage(null),
    );
    const tools = makeTools(editor, () => strokePoints() ?? STROKE_POINTS);
    return { board, live, editor, pictures, tools };
  }, [boards, id]);
  useEffect(
    () => () => {
      opened.editor.close();
      opened.live.close();
      opened.pictures.close();
      boards.close(opened.board);
      hideBoard(opened.editor);
    },
    [opened],
  );
  return opened;
}

/** What the board is called, as long as it is in the list. */
export function useTitle(boards: Boards, id: string): string {
  const changed = useSignal(0);
  useEffect(
    () =>
      boards.on("changed", () => {
        changed.value += 1;
      }),
    [boards],
  );
  void changed.value;
  return boards.list.find((one) => one.id === id)?.title ?? "";
}

/** Whose pointer it is: who is in no list says their name with it. */
export function useWho(participant: (id: string) => Participant | undefined): Who {
  const colours = useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    return Array.from({ length: COLOURS }, (_, index) => style.getPropertyValue(`--person-${index}`).trim());
  }, []);
  return (pointer: BoardPointer) => {
    const person = participant(pointer.participant);
    const name = person ? person.name || person.identity : pointer.name;
    if (name === null) return null;
    const color = colours[avatarColour(person?.identity ?? pointer.participant)] || "#566679";
    return { name: visibleName(name), color };
  };
}
