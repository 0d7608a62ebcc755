/** A document beside the pictures of a meeting. */

import { computed, type Signal, signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { SharedDocument } from "../client/document";
import type { MeetingRoomProps } from "../room/meeting_room";
import { codeOf } from "../topics/attempt";
import type { DocumentHost } from "./document_model";
import { type DocumentRole, readRole } from "./document_requests";
import { DocumentView } from "./document_view";
import { refusedWords } from "./document_words";
import { rightsOf } from "./rights";
import "./documents.css";

export function DocumentInRoom(props: MeetingRoomProps & { id: string }): JSX.Element {
  const { id, meeting, actions } = props;
  const host = useSignal<DocumentHost | null>(null);
  const problem = useSignal("");
  useEffect(() => {
    let gone = false;
    let shared: SharedDocument | null = null;
    let stop = () => {};
    meeting.documents.open(id).then(
      (opened) => {
        if (gone) {
          opened.close();
          return;
        }
        shared = opened;
        const title = signal("");
        const know = () => {
          title.value = meeting.documents.list.find((one) => one.id === id)?.title ?? title.peek();
        };
        know();
        stop = meeting.documents.on("changed", know);
        host.value = hostOf(opened, props, title);
      },
      (error: unknown) => {
        problem.value = refusedWords(codeOf(error));
      },
    );
    return () => {
      gone = true;
      stop();
      shared?.close();
    };
  }, [meeting, id]);
  if (host.value) return <DocumentView host={host.value} />;
  return (
    <div class="lazy" role="status">
      <p>{problem.value || "Opening…"}</p>
      {problem.value !== "" && (
        <button type="button" class="button small" onClick={() => actions.workOn(null)}>
          Close
        </button>
      )}
    </div>
  );
}

function hostOf(shared: SharedDocument, props: MeetingRoomProps, title: Signal<string>): DocumentHost {
  const { meeting, model, actions } = props;
  const role = signal<DocumentRole | null>(null);
  // Until the server says otherwise a member of the room writes by the grants.
  readRole(shared).then(
    (told) => {
      role.value = told.role;
    },
    () => {},
  );
  return {
    shared,
    title,
    self: computed(() => {
      const own = model.people.value.find(({ self }) => self);
      return { identity: own?.identity ?? "", name: own?.name ?? "" };
    }),
    people: model.people,
    rights: computed(() => rightsOf(model.grants.value, role.value)),
    rename: (to) => meeting.documents.rename(shared.id, to),
    close: () => {
      actions.workOn(null);
      document.querySelector<HTMLElement>(".toolbar [aria-label=Documents]")?.focus();
    },
  };
}
