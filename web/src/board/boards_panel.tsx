/** The boards of a room, at the side. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { RequestError } from "../client";
import type { BoardTemplate } from "../client/boards";
import type { TopicTitle } from "../client/types";
import { Dialog } from "../room/dialog";
import { Icon } from "../room/icons";
import type { MeetingRoomProps } from "../room/meeting_room";
import { Item, Menu } from "../room/menu";
import { boardsOf } from "./boards_of";
import { TemplateSketch } from "./template_sketch";
import { LONGEST_TITLE, Problem, TitleDialog } from "./title_dialog";
import "./board.css";

const BLANK: BoardTemplate = { id: "", title: "Empty board" };

type Asked = { act: "create" } | { act: "rename" | "delete"; board: TopicTitle } | null;

export function BoardsPanel({ meeting, model, actions }: MeetingRoomProps): JSX.Element {
  const boards = boardsOf(meeting);
  const heading = useRef<HTMLHeadingElement>(null);
  const list = useSignal<readonly TopicTitle[]>(boards.list);
  const asked = useSignal<Asked>(null);
  const problem = useSignal("");
  useEffect(() => {
    heading.current?.focus();
    return boards.on("changed", () => {
      list.value = boards.list;
    });
  }, [boards]);
  const mayDraw = model.allowed("draw");
  const moderates = model.allowed("moderate");
  const owned = useSignal<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (moderates || !mayDraw) return;
    boards.ownedBy(meeting.me?.identity ?? "").then(
      (found) => {
        owned.value = found;
      },
      // Then nothing is offered that the server would refuse.
      () => {},
    );
  }, [list.value, moderates, mayDraw]);
  const work = actions.work.value;
  const opened = work?.kind === "board" ? work.id : null;
  const close = () => {
    actions.boardsOpen.value = false;
  };
  const done = () => {
    asked.value = null;
    problem.value = "";
  };
  const attempt = async (what: () => Promise<void>) => {
    try {
      await what();
      done();
    } catch (error) {
      problem.value = problemWords(error instanceof RequestError ? error.code : "");
    }
  };
  return (
    <aside
      class="panel"
      aria-label="Boards"
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <div class="panel-head">
        <h2 ref={heading} tabIndex={-1}>
          Boards
        </h2>
        <button type="button" class="button quiet icon-only" aria-label="Close boards" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to scroll by keyboard */}
      <section class="panel-body" tabIndex={0} aria-label="List of boards">
        <ul>
          {list.value.map((board) => (
            <li class="board-row" key={board.id}>
              <button
                type="button"
                class="open-it"
                aria-current={board.id === opened}
                onClick={() => actions.workOn({ kind: "board", id: board.id })}
              >
                <Icon name="board" />
                <bdi class="clipped">{board.title || "Untitled"}</bdi>
                {board.id === opened && <small>Open</small>}
              </button>
              {(moderates || owned.value.has(board.id)) && (
                <Menu
                  label={`Actions for ${board.title || "Untitled"}`}
                  class="button quiet small icon-only"
                  icon="more"
                >
                  <Item
                    onChoose={() => {
                      asked.value = { act: "rename", board };
                    }}
                  >
                    Rename
                  </Item>
                  <Item
                    danger
                    onChoose={() => {
                      asked.value = { act: "delete", board };
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
          <p class="no-boards">
            There are no boards in this room yet. {mayDraw && "What you draw here stays after the meeting."}
          </p>
        )}
      </section>
      {mayDraw && (
        <div class="panel-foot">
          <button
            type="button"
            class="button primary"
            onClick={() => {
              asked.value = { act: "create" };
            }}
          >
            New board
          </button>
        </div>
      )}
      {asked.value?.act === "create" && (
        <CreateDialog
          problem={problem.value}
          templates={() => boards.templates()}
          onClose={done}
          onCreate={(title, template) =>
            void attempt(async () => {
              const made = await boards.create(title, template);
              actions.workOn({ kind: "board", id: made.id });
            })
          }
        />
      )}
      {asked.value?.act === "rename" && (
        <TitleDialog
          title="Rename the board"
          value={asked.value.board.title}
          act="Rename"
          problem={problem.value}
          onClose={done}
          onDone={(title) =>
            void attempt(async () => {
              if (asked.value?.act === "rename") await boards.rename(asked.value.board.id, title);
            })
          }
        />
      )}
      {asked.value?.act === "delete" && (
        <Dialog title="Delete the board?" onClose={done}>
          <div class="stack">
            <p>
              “<bdi>{asked.value.board.title || "Untitled"}</bdi>” goes for everybody, with all that is on it.
              This cannot be undone.
            </p>
            <Problem words={problem.value} />
            <div class="row end">
              <button type="button" class="button" onClick={done}>
                Keep it
              </button>
              <button
                type="button"
                class="button danger"
                onClick={() =>
                  void attempt(async () => {
                    if (asked.value?.act === "delete") await boards.delete(asked.value.board.id);
                  })
                }
              >
                Delete
              </button>
            </div>
          </div>
        </Dialog>
      )}
    </aside>
  );
}

function CreateDialog(props: {
  problem: string;
  templates: () => Promise<BoardTemplate[]>;
  onClose: () => void;
  onCreate: (title: string, template: string | undefined) => void;
}): JSX.Element {
  const templates = useSignal<readonly BoardTemplate[]>([BLANK]);
  const chosen = useSignal(BLANK);
  const title = useSignal("");
  const field = useId();
  useEffect(() => {
    props.templates().then(
      (found) => {
        templates.value = [BLANK, ...found];
      },
      // An empty one can be made in any case.
      () => {},
    );
  }, []);
  return (
    <Dialog title="New board" onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const name = title.value.trim() || (chosen.value.id === "" ? "Board" : chosen.value.title);
          props.onCreate(name, chosen.value.id || undefined);
        }}
      >
        <div class="field">
          <label for={field}>Name</label>
          <input
            id={field}
            class="input"
            maxLength={LONGEST_TITLE}
            placeholder={chosen.value.id === "" ? "Board" : chosen.value.title}
            value={title.value}
            onInput={(event) => {
              title.value = event.currentTarget.value;
            }}
          />
        </div>
        <fieldset class="templates">
          <legend class="label">Begin with</legend>
          {templates.value.map((template) => (
            <label key={template.id} class="template">
              <input
                type="radio"
                name="template"
                checked={chosen.value.id === template.id}
                onChange={() => {
                  chosen.value = template;
                }}
              />
              <TemplateSketch name={template.id} />
              <span>{template.title}</span>
            </label>
          ))}
        </fieldset>
        <Problem words={props.problem} />
        <div class="row end">
          <button type="submit" class="button primary">
            Create
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function problemWords(code: string): string {
  switch (code) {
    case "forbidden":
      return "That is for the board’s owner or a host to do.";
    case "too_large":
      return "That is more than fits.";
    case "not_found":
      return "There is no such board any more.";
    default:
      return "That did not work. Try again in a moment.";
  }
}
