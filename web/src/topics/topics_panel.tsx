/** The documents, or the boards, of a room, at the side. */

import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { TopicFacts } from "../client/topic_facts";
import type { TopicTitle } from "../client/types";
import { Icon } from "../room/icons";
import type { MeetingRoomProps } from "../room/meeting_room";
import { Item, Menu } from "../room/menu";
import type { Work } from "../room/work_area";
import { DeleteDialog } from "./delete_dialog";
import { TitleDialog } from "./title_dialog";
import "./topics.css";

/** All of one kind. */
export interface RoomTopics {
  readonly list: readonly TopicTitle[];
  on(name: "changed", listener: () => void): () => void;
  facts(): Promise<ReadonlyMap<string, TopicFacts>>;
  rename(id: string, title: string): Promise<void>;
  delete(id: string): Promise<void>;
}

export interface TopicWords {
  /** `Documents`. */
  many: string;
  /** Where there are none, for who may make one. */
  first: string;
  /** Above the dialogs. */
  rename: string;
  remove: string;
  /** What the field is called that takes a title. */
  label: string;
  /** What goes with one that is deleted, after its title. */
  loss: string;
  /** Why something was refused, by its code. */
  refused: (code: string) => string;
}

export interface TopicsPanelProps extends MeetingRoomProps {
  kind: Work["kind"];
  words: TopicWords;
  topics: RoomTopics;
  mayCreate: boolean;
  /** Whether the panel is open. */
  open: Signal<boolean>;
  /** What stands below a title. */
  about?: (facts: TopicFacts) => JSX.Element;
  /** The dialog that makes one; `onMade` with what it made. */
  create: (onClose: () => void, onMade: (made: TopicTitle) => void) => JSX.Element;
}

type Asked = { act: "create" } | { act: "rename" | "delete"; topic: TopicTitle } | null;

export function TopicsPanel(props: TopicsPanelProps): JSX.Element {
  const { kind, words, topics, meeting, model, actions } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  const list = useSignal(topics.list);
  const facts = useSignal<ReadonlyMap<string, TopicFacts>>(new Map());
  const asked = useSignal<Asked>(null);
  useEffect(() => {
    heading.current?.focus();
    return topics.on("changed", () => {
      list.value = topics.list;
    });
  }, [topics]);
  useEffect(() => {
    topics.facts().then(
      (found) => {
        facts.value = found;
      },
      // The list is good without.
      () => {},
    );
  }, [topics, list.value]);
  const self = meeting.me?.identity;
  const mayManage = (id: string) =>
    model.allowed("moderate") || (props.mayCreate && facts.value.get(id)?.owner === self);
  const close = () => {
    props.open.value = false;
  };
  const done = () => {
    asked.value = null;
  };
  const workOn = (id: string) => actions.workOn({ kind, id });
  const work = actions.work.value;
  const opened = work?.kind === kind ? work.id : null;
  return (
    <aside
      class="panel"
      aria-label={words.many}
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <div class="panel-head">
        <h2 ref={heading} tabIndex={-1}>
          {words.many}
        </h2>
        <button type="button" class="button quiet icon-only" aria-label={`Close ${kind}s`} onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to scroll by keyboard */}
      <section class="panel-body" tabIndex={0} aria-label={`List of ${kind}s`}>
        <ul>
          {list.value.map((topic) => {
            const title = topic.title || "Untitled";
            const known = facts.value.get(topic.id);
            return (
              <li class="topic-row" key={topic.id}>
                <div class="topic">
                  <Icon name={kind} />
                  <span class="about">
                    <button
                      type="button"
                      class="open-it"
                      aria-current={topic.id === opened}
                      aria-describedby={`about-${topic.id}`}
                      onClick={() => workOn(topic.id)}
                    >
                      <bdi class="clipped">{title}</bdi>
                    </button>
                    <span id={`about-${topic.id}`}>{known && props.about?.(known)}</span>
                  </span>
                  {topic.id === opened && <small aria-hidden="true">Open</small>}
                </div>
                {mayManage(topic.id) && (
                  <Menu label={`Actions for ${title}`} class="button quiet small icon-only" icon="more">
                    <Item
                      onChoose={() => {
                        asked.value = { act: "rename", topic };
                      }}
                    >
                      Rename
                    </Item>
                    <Item
                      danger
                      onChoose={() => {
                        asked.value = { act: "delete", topic };
                      }}
                    >
                      Delete
                    </Item>
                  </Menu>
                )}
              </li>
            );
          })}
        </ul>
        {list.value.length === 0 && (
          <p class="no-topics">
            There are no {kind}s in this room yet. {props.mayCreate && words.first}
          </p>
        )}
      </section>
      {props.mayCreate && (
        <div class="panel-foot">
          <button
            type="button"
            class="button primary"
            onClick={() => {
              asked.value = { act: "create" };
            }}
          >
            New {kind}
          </button>
        </div>
      )}
      {asked.value?.act === "create" &&
        props.create(done, ({ id }) => {
          // It took long, and was not waited for: it is in the list.
          if (asked.peek()?.act !== "create") return;
          done();
          workOn(id);
        })}
      <Managing asked={asked.value} words={words} topics={topics} onDone={done} />
    </aside>
  );
}

function Managing(props: {
  asked: Asked;
  words: TopicWords;
  topics: RoomTopics;
  onDone: () => void;
}): JSX.Element | null {
  const { asked, words, topics, onDone } = props;
  if (asked === null || asked.act === "create") return null;
  const { id, title } = asked.topic;
  if (asked.act === "rename")
    return (
      <TitleDialog
        heading={words.rename}
        label={words.label}
        title={title}
        refused={words.refused}
        onClose={onDone}
        onRename={(to) => topics.rename(id, to).then(onDone)}
      />
    );
  return (
    <DeleteDialog
      heading={words.remove}
      title={title || "Untitled"}
      loss={words.loss}
      refused={words.refused}
      onClose={onDone}
      onDelete={() => topics.delete(id).then(onDone)}
    />
  );
}
