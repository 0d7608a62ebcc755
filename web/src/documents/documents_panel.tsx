/** The documents of a room, at the side. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { DocumentFacts } from "../client/documents";
import { Dialog } from "../room/dialog";
import { Icon } from "../room/icons";
import type { MeetingRoomProps } from "../room/meeting_room";
import { Item, Menu } from "../room/menu";
import { agoWords, codeOf, refusedWords } from "./document_words";
import { TEMPLATES } from "./templates";
import "./documents_panel.css";

interface Listed {
  readonly id: string;
  readonly title: string;
}

const LONGEST_TITLE = 200;

export function DocumentsPanel({ meeting, model, actions }: MeetingRoomProps): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  const list = useSignal<readonly Listed[]>(meeting.documents.list);
  const facts = useSignal<ReadonlyMap<string, DocumentFacts>>(new Map());
  const asked = useSignal<{ act: "create" } | { act: "rename" | "delete"; document: Listed } | null>(null);
  useEffect(() => {
    heading.current?.focus();
    return meeting.documents.on("changed", () => {
      list.value = meeting.documents.list;
    });
  }, [meeting, list]);
  const mayCreate = model.allowed("edit_documents");
  const moderates = model.allowed("moderate");
  const self = meeting.me?.identity;
  useEffect(() => {
    meeting.documents.facts().then(
      (found) => {
        facts.value = found;
      },
      // The list is good without.
      () => {},
    );
  }, [meeting, list.value]);
  const close = () => {
    actions.documentsOpen.value = false;
  };
  const done = () => {
    asked.value = null;
  };
  const open = actions.work.value;
  const opened = open?.kind === "document" ? open.id : null;
  return (
    <aside
      class="panel"
      aria-label="Documents"
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <div class="panel-head">
        <h2 ref={heading} tabIndex={-1}>
          Documents
        </h2>
        <button type="button" class="button quiet icon-only" aria-label="Close documents" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to scroll by keyboard */}
      <section class="panel-body" tabIndex={0} aria-label="List of documents">
        <ul>
          {list.value.map((document) => (
            <li class="document-row" key={document.id}>
              <button
                type="button"
                class="open-it"
                aria-label={document.title || "Untitled"}
                aria-current={document.id === opened}
                onClick={() => actions.workOn({ kind: "document", id: document.id })}
              >
                <Icon name="document" />
                <span class="about">
                  <bdi class="clipped">{document.title || "Untitled"}</bdi>
                  <Changed at={facts.value.get(document.id)?.updatedAt} />
                </span>
                {document.id === opened && <small>Open</small>}
              </button>
              {(moderates || (mayCreate && facts.value.get(document.id)?.owner === self)) && (
                <Menu
                  label={`Actions for ${document.title || "Untitled"}`}
                  class="button quiet small icon-only"
                  icon="more"
                >
                  <Item
                    onChoose={() => {
                      asked.value = { act: "rename", document };
                    }}
                  >
                    Rename
                  </Item>
                  <Item
                    danger
                    onChoose={() => {
                      asked.value = { act: "delete", document };
                    }}
                  >
                    Delete
                  </Item>
                </Menu>
              )}
            </li>
          ))}
        </ul>
        {list.value.length === 0 && (
          <p class="no-documents">
            {mayCreate
              ? "There are no documents in this room yet. What you write here stays after the meeting."
              : "There are no documents in this room yet."}
          </p>
        )}
      </section>
      {mayCreate && (
        <div class="panel-foot">
          <button
            type="button"
            class="button primary"
            onClick={() => {
              asked.value = { act: "create" };
            }}
          >
            New document
          </button>
        </div>
      )}
      {asked.value?.act === "create" && (
        <CreateDialog
          onClose={done}
          onCreate={async (title, ops) => {
            const made = await meeting.documents.create(title, ops ? { ops } : undefined);
            // It took long, and was not waited for: it is in the list.
            if (asked.peek()?.act !== "create") return;
            done();
            actions.workOn({ kind: "document", id: made.id });
          }}
        />
      )}
      {asked.value?.act === "rename" && (
        <RenameDialog
          title={asked.value.document.title}
          onClose={done}
          onRename={async (title) => {
            if (asked.value?.act === "rename") await meeting.documents.rename(asked.value.document.id, title);
            done();
          }}
        />
      )}
      {asked.value?.act === "delete" && (
        <DeleteDialog
          title={asked.value.document.title}
          onClose={done}
          onDelete={async () => {
            if (asked.value?.act === "delete") await meeting.documents.delete(asked.value.document.id);
            done();
          }}
        />
      )}
    </aside>
  );
}

function CreateDialog(props: {
  onClose: () => void;
  onCreate: (title: string, ops: (typeof TEMPLATES)[number]["ops"]) => Promise<void>;
}): JSX.Element {
  const title = useSignal("");
  const chosen = useSignal(0);
  const { problem, busy, attempt } = useAttempt();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const template = TEMPLATES[chosen.value] ?? TEMPLATES[0];
  const suggested = chosen.value === 0 ? "Untitled" : (template?.name ?? "Untitled");
  return (
    <Dialog title="New document" onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(() => props.onCreate(title.peek().trim() || suggested, template?.ops ?? null));
        }}
      >
        <div class="field">
          <label for="document-title">Title</label>
          <input
            id="document-title"
            class="input"
            ref={input}
            value={title.value}
            maxLength={LONGEST_TITLE}
            placeholder={suggested}
            onInput={(event) => {
              title.value = event.currentTarget.value;
            }}
          />
        </div>
        <fieldset class="templates">
          <legend class="label">Begin with</legend>
          {TEMPLATES.map(({ name, words }, index) => (
            <label key={name}>
              <input
                type="radio"
                name="template"
                checked={chosen.value === index}
                onChange={() => {
                  chosen.value = index;
                }}
              />
              <span>
                <strong>{name}</strong>
                <small>{words}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <Problem words={problem} />
        <div class="row end">
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" aria-disabled={busy}>
            {busy ? "Creating…" : "Create"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function RenameDialog(props: {
  title: string;
  onClose: () => void;
  onRename: (title: string) => Promise<void>;
}): JSX.Element {
  const title = useSignal(props.title);
  const { problem, attempt } = useAttempt();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  return (
    <Dialog title="Rename document" onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const typed = title.peek().trim();
          if (typed !== "") void attempt(() => props.onRename(typed));
        }}
      >
        <input
          class="input"
          ref={input}
          aria-label="Title"
          value={title.value}
          maxLength={LONGEST_TITLE}
          onInput={(event) => {
            title.value = event.currentTarget.value;
          }}
        />
        <Problem words={problem} />
        <div class="row end">
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary">
            Rename
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function DeleteDialog(props: {
  title: string;
  onClose: () => void;
  onDelete: () => Promise<void>;
}): JSX.Element {
  const { problem, attempt } = useAttempt();
  return (
    <Dialog title="Delete this document?" onClose={props.onClose}>
      <div class="stack">
        <p>
          <bdi>{props.title}</bdi> goes for everybody, with its comments and its history.
        </p>
        <Problem words={problem} />
        <div class="row end">
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="button" class="button danger" onClick={() => void attempt(props.onDelete)}>
            Delete
          </button>
        </div>
      </div>
    </Dialog>
  );
}

/** Does something, and says why it did not work. */
function useAttempt(): {
  problem: string;
  busy: boolean;
  attempt: (act: () => Promise<void>) => Promise<void>;
} {
  const problem = useSignal("");
  const busy = useSignal(false);
  return {
    problem: problem.value,
    busy: busy.value,
    attempt: async (act) => {
      if (busy.peek()) return;
      busy.value = true;
      problem.value = "";
      try {
        await act();
      } catch (error) {
        problem.value = refusedWords(codeOf(error));
      } finally {
        busy.value = false;
      }
    },
  };
}

function Changed({ at }: { at: number | undefined }): JSX.Element | null {
  if (at === undefined) return null;
  return <time dateTime={new Date(at).toISOString()}>{`Changed ${agoWords(at, Date.now())}`}</time>;
}

function Problem({ words }: { words: string }): JSX.Element | null {
  return words === "" ? null : (
    <p class="wrong" role="alert">
      {words}
    </p>
  );
}
