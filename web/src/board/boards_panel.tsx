/** The boards of a room, at the side. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Boards, BoardTemplate } from "../client/boards";
import type { TopicTitle } from "../client/types";
import type { MeetingRoomProps } from "../room/meeting_room";
import { CreateDialog } from "../topics/create_dialog";
import { TopicsPanel, type TopicWords } from "../topics/topics_panel";
import { problemWords } from "./board_words";
import { boardsOf } from "./boards_of";
import { TemplateSketch } from "./template_sketch";
import "./board.css";

const BLANK: BoardTemplate = { id: "", title: "Empty board" };

const WORDS: TopicWords = {
  many: "Boards",
  first: "What you draw here stays after the meeting.",
  rename: "Rename the board",
  remove: "Delete the board?",
  label: "Name",
  loss: "goes for everybody, with all that is on it. This cannot be undone.",
  refused: problemWords,
};

export function BoardsPanel(props: MeetingRoomProps): JSX.Element {
  const boards = boardsOf(props.meeting);
  return (
    <TopicsPanel
      {...props}
      kind="board"
      words={WORDS}
      topics={boards}
      mayCreate={props.model.allowed("draw")}
      open={props.actions.boardsOpen}
      create={(onClose, onMade) => <NewBoard boards={boards} onClose={onClose} onMade={onMade} />}
    />
  );
}

function NewBoard(props: {
  boards: Boards;
  onClose: () => void;
  onMade: (made: TopicTitle) => void;
}): JSX.Element {
  const templates = useSignal<readonly BoardTemplate[]>([BLANK]);
  useEffect(() => {
    props.boards.templates().then(
      (found) => {
        templates.value = [BLANK, ...found];
      },
      // An empty one can be made in any case.
      () => {},
    );
  }, []);
  return (
    <CreateDialog
      heading="New board"
      label={WORDS.label}
      templates={templates.value}
      suggested={(template = BLANK) => (template.id === "" ? "Board" : template.title)}
      draw={({ id, title }) => (
        <span class="sketched">
          <TemplateSketch name={id} />
          {title}
        </span>
      )}
      refused={problemWords}
      onClose={props.onClose}
      onCreate={async (title, template) =>
        props.onMade(await props.boards.create(title, template?.id || undefined))
      }
    />
  );
}
