/** The documents of a room, at the side. */

import type { JSX } from "preact";
import type { MeetingRoomProps } from "../room/meeting_room";
import { CreateDialog } from "../topics/create_dialog";
import { TopicsPanel, type TopicWords } from "../topics/topics_panel";
import { agoWords, refusedWords } from "./document_words";
import { TEMPLATES } from "./templates";
import "./documents_panel.css";

const WORDS: TopicWords = {
  many: "Documents",
  first: "What you write here stays after the meeting.",
  rename: "Rename document",
  remove: "Delete this document?",
  label: "Title",
  loss: "goes for everybody, with its comments and its history.",
  refused: refusedWords,
};

export function DocumentsPanel(props: MeetingRoomProps): JSX.Element {
  const { documents } = props.meeting;
  return (
    <TopicsPanel
      {...props}
      kind="document"
      words={WORDS}
      topics={documents}
      mayCreate={props.model.allowed("edit_documents")}
      open={props.actions.documentsOpen}
      about={({ updatedAt }) => <Changed at={updatedAt} />}
      create={(onClose, onMade) => (
        <CreateDialog
          heading="New document"
          label={WORDS.label}
          templates={TEMPLATES}
          suggested={(template) => (template?.ops ? template.name : "Untitled")}
          draw={({ name, words }) => (
            <>
              <strong>{name}</strong>
              <small>{words}</small>
            </>
          )}
          refused={refusedWords}
          onClose={onClose}
          onCreate={async (title, template) =>
            onMade(await documents.create(title, template?.ops ? { ops: template.ops } : undefined))
          }
        />
      )}
    />
  );
}

function Changed({ at }: { at: number }): JSX.Element {
  return <time dateTime={new Date(at).toISOString()}>{`Changed ${agoWords(at, Date.now())}`}</time>;
}
