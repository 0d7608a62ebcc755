/** Beside the pictures: chat, chapters, documents and boards, as they were at the moment. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Avatar } from "../room/avatar";
import { Icon } from "../room/icons";
import { lazily } from "../room/lazy";
import { visibleName } from "../room/names";
import { Glyph } from "./icons";
import { textOf } from "./journal";
import type { ReplayModel, Side } from "./replay_model";
import { clockWords, spokenTime } from "./times";
import type { Topic } from "./topics";

const RecordedDocument = lazily(() => import("./recorded_document").then((part) => part.RecordedDocument));
const RecordedBoard = lazily(() => import("./recorded_board").then((part) => part.RecordedBoard));

export function SidePanel({ model }: { model: ReplayModel }): JSX.Element {
  const side = model.side.value;
  const topic = model.topics.find(({ id }) => id === side);
  return (
    <aside class="replay-side" aria-label="Beside the pictures">
      <Tabs model={model} side={side} />
      <div
        class="side-body"
        role="tabpanel"
        id="side-body"
        aria-labelledby={`tab-${side}`}
        data-kind={topic?.kind ?? side}
      >
        {topic ? (
          topic.kind === "document" ? (
            <RecordedDocument key={topic.id} model={model} topic={topic} />
          ) : (
            <RecordedBoard key={topic.id} model={model} topic={topic} />
          )
        ) : side === "chapters" ? (
          <Chapters model={model} />
        ) : (
          <Messages model={model} />
        )}
      </div>
    </aside>
  );
}

interface Tab {
  readonly id: Side;
  readonly title: string;
  readonly icon: JSX.Element;
}

function Tabs({ model, side }: { model: ReplayModel; side: Side }): JSX.Element {
  const tabs: Tab[] = [
    { id: "chat", title: "Chat", icon: <Icon name="chat" /> },
    { id: "chapters", title: "Chapters", icon: <Glyph name="chapters" /> },
    ...model.topics.map(({ id, title, kind }: Topic) => ({ id, title, icon: <Icon name={kind} /> })),
  ];
  const list = useRef<HTMLDivElement>(null);
  const choose = (at: number) => {
    const tab = tabs[(at + tabs.length) % tabs.length];
    if (!tab) return;
    model.chosenSide.value = tab.id;
    document.getElementById(`tab-${tab.id}`)?.focus();
  };
  useEffect(() => {
    list.current
      ?.querySelector('[aria-selected="true"]')
      ?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [side]);
  return (
    <div class="side-head">
      <div
        class="tabs"
        role="tablist"
        aria-label="What to show"
        ref={list}
        onKeyDown={(event) => {
          const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          if (step === undefined) return;
          event.preventDefault();
          event.stopPropagation();
          choose(tabs.findIndex(({ id }) => id === side) + step);
        }}
      >
        {tabs.map(({ id, title, icon }) => (
          <button
            key={id}
            type="button"
            id={`tab-${id}`}
            class="tab"
            role="tab"
            aria-selected={id === side}
            aria-controls="side-body"
            tabIndex={id === side ? 0 : -1}
            onClick={() => {
              model.chosenSide.value = id;
            }}
          >
            {icon}
            <span class="clipped">{title}</span>
          </button>
        ))}
      </div>
      {model.chosenSide.value !== null && (
        <button
          type="button"
          class="button quiet small"
          title="Show what people had before them"
          onClick={() => {
            model.chosenSide.value = null;
          }}
        >
          Follow
        </button>
      )}
    </div>
  );
}

/** A button that goes to a moment. */
function Moment({ model, atMs }: { model: ReplayModel; atMs: number }): JSX.Element {
  const written = clockWords(atMs);
  return (
    <button
      type="button"
      class="moment"
      aria-label={`${written}: go there`}
      title={`Go to ${spokenTime(atMs)}`}
      onClick={() => model.seek(atMs)}
    >
      {written}
    </button>
  );
}

function Messages({ model }: { model: ReplayModel }): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const count = model.messageCount.value;
  useLayoutEffect(() => {
    const element = list.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [count]);
  if (model.messages.length === 0) return <p class="muted empty">Nothing was written in the chat.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to scroll by keyboard
    <section class="said" ref={list} tabIndex={0} aria-label="Messages so far">
      {count === 0 && <p class="muted empty">Nothing is written yet at this moment.</p>}
      <ol>
        {model.messages.slice(0, count).map((line) => (
          <li key={textOf(line, "message")}>
            <Avatar name={textOf(line, "name")} identity={textOf(line, "from")} />
            <div>
              <p class="by">
                <bdi class="clipped">{visibleName(textOf(line, "name"))}</bdi>
                <Moment model={model} atMs={line.at_ms} />
              </p>
              <p class="words" dir="auto">
                {textOf(line, "text")}
              </p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Chapters({ model }: { model: ReplayModel }): JSX.Element {
  const now = model.chapter.value;
  return (
    <ol class="chapters">
      {model.chapters.map((chapter) => (
        <li key={`${chapter.atMs} ${chapter.title}`}>
          <button
            type="button"
            aria-current={chapter === now ? "step" : undefined}
            onClick={() => model.seek(chapter.atMs)}
          >
            {chapter.kind === "start" ? <Glyph name="play" /> : <Icon name={chapter.kind} />}
            <span class="words">{chapter.title}</span>
            <span class="muted">{clockWords(chapter.atMs)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
