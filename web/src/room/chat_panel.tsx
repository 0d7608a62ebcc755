/** The chat, at the side; over everything on a phone. */

import { useSignal } from "@preact/signals";
import { Component, type JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { ChatMessage } from "../client";
import { Avatar } from "./avatar";
import { ChatComposer } from "./chat_composer";
import { type Entry, type Group, sameGroup } from "./chat_entries";
import type { ChatModel } from "./chat_model";
import { dayWords, isEmoji, problemWords, timeWords } from "./chat_words";
import { Icon } from "./icons";
import { partsOf } from "./links";
import { visibleName } from "./names";

interface Props {
  chat: ChatModel;
  mayWrite: boolean;
}

/** From the end of the list; so near to it one reads along. */
const AT_END_PX = 40;
const NEW_BELOW_TOP_PX = 12;
/** From its beginning; so near to it older messages are loaded. */
const NEAR_START_PX = 240;

export function ChatPanel({ chat, mayWrite }: Props): JSX.Element {
  const close = () => {
    chat.open.value = false;
  };
  return (
    <aside
      class="panel chat"
      aria-label="Chat"
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <div class="panel-head">
        <h2>Chat</h2>
        <button type="button" class="button quiet icon-only" aria-label="Close chat" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <Messages chat={chat} />
      <p class="typing" aria-hidden={chat.typing.value === ""}>
        {chat.typing.value !== "" && (
          <>
            <span class="dots" aria-hidden="true">
              <span />
              <span />
              <span />
            </span>
            <bdi class="clipped">{chat.typing.value}</bdi>
          </>
        )}
      </p>
      {mayWrite && chat.closed.value === "" ? (
        <ChatComposer chat={chat} />
      ) : (
        <p class="no-writing">{chat.closed.value || "You may read along here, not write."}</p>
      )}
      <p class="unseen" role="status" aria-live="polite">
        {chat.heard.value}
      </p>
    </aside>
  );
}

function Messages({ chat }: { chat: ChatModel }): JSX.Element {
  const list = useRef<HTMLElement>(null);
  const atEnd = useRef(true);
  const before = useRef({ first: "", last: "", height: 0, shape: "" });
  const away = useSignal(false);
  const missed = useSignal(0);
  const entries = chat.entries.value;
  const keys = entries.flatMap((entry) =>
    entry.kind === "group" ? entry.messages.map(({ key }) => key) : [],
  );
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const { first, last, height } = before.current;
    const own = ownAtEnd(entries, chat.self) && keys.at(-1) !== last;
    if (atEnd.current || own) toEnd(element);
    else {
      // Older messages came above: what one reads stays where it is.
      if (keys[0] !== first && keys.includes(first)) element.scrollTop += element.scrollHeight - height;
      const known = keys.indexOf(last);
      if (known >= 0) missed.value += keys.length - 1 - known;
    }
    const [now = "", newest = ""] = [keys[0], keys.at(-1)];
    before.current = { first: now, last: newest, height: element.scrollHeight, shape: shapeOf(element) };
  }, [entries]);
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    showNew(element);
    // The panel grows and shrinks with the text being written and with a phone's keyboard.
    const observer = new ResizeObserver(() => {
      if (atEnd.current) toEnd(element);
      before.current.shape = shapeOf(element);
    });
    for (const one of [element, ...element.children]) observer.observe(one);
    return () => observer.disconnect();
  }, []);
  const onScroll = () => {
    const element = list.current;
    if (!element) return;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX;
    // While the panel changes its shape it scrolls by itself: nobody went away from the end.
    if (!isAtEnd && atEnd.current && before.current.shape !== shapeOf(element)) return;
    atEnd.current = isAtEnd;
    away.value = !atEnd.current;
    if (atEnd.current) missed.value = 0;
    if (element.scrollTop < NEAR_START_PX && chat.earlier.peek() === "there") void chat.loadEarlier();
  };
  return (
    <div class="messages-place">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to scroll by keyboard */}
      <section class="messages" ref={list} tabIndex={0} aria-label="Messages" onScroll={onScroll}>
        <Beginning chat={chat} empty={keys.length === 0} />
        <ol>
          {entries.map((entry) => (
            <EntryRow key={entry.key} entry={entry} chat={chat} />
          ))}
        </ol>
      </section>
      {away.value && (
        <button
          type="button"
          class={missed.value > 0 ? "button primary small to-newest" : "button small to-newest"}
          aria-label={missed.value > 0 ? `Newest message, ${missed.value} new` : "Newest message"}
          onClick={() => list.current && toEnd(list.current)}
        >
          <Icon name="down" />
          {missed.value > 0 && `${missed.value} new`}
        </button>
      )}
    </div>
  );
}

function Beginning({ chat, empty }: { chat: ChatModel; empty: boolean }): JSX.Element | null {
  switch (chat.earlier.value) {
    case "loading":
      return <p class="beginning">Loading earlier messages…</p>;
    case "failed":
      return (
        <p class="beginning">
          Earlier messages could not be loaded.
          <button type="button" class="button small" onClick={() => void chat.loadEarlier()}>
            Try again
          </button>
        </p>
      );
    case "there":
      return (
        <p class="beginning">
          <button type="button" class="button quiet small" onClick={() => void chat.loadEarlier()}>
            Earlier messages
          </button>
        </p>
      );
    case "none":
      return empty && chat.connected.value ? (
        <div class="nothing-said">
          <Icon name="chat" />
          <p>Nothing was said here yet.</p>
          <p class="muted">What you write stays with the room: whoever comes later can read it.</p>
        </div>
      ) : null;
  }
}

function EntryRow({ entry, chat }: { entry: Entry; chat: ChatModel }): JSX.Element {
  if (entry.kind === "day") return <li class="day">{dayWords(entry.at, Date.now())}</li>;
  if (entry.kind === "new") return <li class="new">New</li>;
  return <GroupRow group={entry} chat={chat} />;
}

interface GroupProps {
  group: Group;
  chat: ChatModel;
}

/** Drawn anew only when it differs: a long chat costs no more for each message than a short one. */
class GroupRow extends Component<GroupProps> {
  override shouldComponentUpdate(next: GroupProps): boolean {
    return !sameGroup(this.props.group, next.group);
  }

  override render(): JSX.Element {
    return <Said {...this.props} />;
  }
}

function Said({ group, chat }: GroupProps): JSX.Element {
  const { from, to, at } = group;
  const own = from === chat.self;
  const name = visibleName(group.name);
  const other = own ? to : from;
  return (
    <li class={`turn ${own ? "own" : "other"} ${to === null ? "" : "private"}`}>
      {!own && <Avatar name={name} identity={from} />}
      <div class="said">
        <p class="by">
          {own ? (
            <span class={to === null ? "unseen" : ""}>You</span>
          ) : (
            <button
              type="button"
              class="author clipped"
              title={`Write to ${name} alone`}
              onClick={() => chat.address(from)}
            >
              <bdi>{name}</bdi>
            </button>
          )}
          {to !== null && other !== null && (
            <span class="to clipped">
              <Icon name="lock" />
              {own ? (
                <>
                  to <bdi>{chat.nameOf(to)}</bdi> alone
                </>
              ) : (
                "to you alone"
              )}
            </span>
          )}
          <time dateTime={new Date(at).toISOString()}>{timeWords(at)}</time>
        </p>
        {group.messages.map((message) => (
          <MessageRow key={message.key} message={message} chat={chat} />
        ))}
      </div>
    </li>
  );
}

function MessageRow({ message, chat }: { message: ChatMessage; chat: ChatModel }): JSX.Element {
  const { text, state } = message;
  const large = isEmoji(text) ? "large" : "";
  return (
    <>
      <p class={`message ${state} ${large}`} dir="auto">
        {partsOf(text).map(({ text: part, href }, index) =>
          href === null ? (
            part
          ) : (
            <a key={index} href={href} target="_blank" rel="noopener noreferrer nofollow">
              {part}
            </a>
          ),
        )}
      </p>
      {state === "failed" && (
        <p class="not-sent" role="alert">
          <Icon name="warning" />
          <span>Not sent: {problemWords(message.problem)}.</span>
          <button type="button" class="link" onClick={() => chat.resend(message)}>
            Send again
          </button>
          <button type="button" class="link" onClick={() => chat.discard(message)}>
            Delete
          </button>
        </p>
      )}
    </>
  );
}

function shapeOf(element: HTMLElement): string {
  return `${element.clientWidth} ${element.clientHeight} ${element.scrollHeight}`;
}

/** Whoever opens the chat begins to read at what is new, if that is more than fits. */
function showNew(element: HTMLElement): void {
  const line = element.querySelector(".new");
  if (!line) return;
  const above = element.getBoundingClientRect().top - line.getBoundingClientRect().top;
  if (above > 0) element.scrollTop -= above + NEW_BELOW_TOP_PX;
}

function toEnd(element: HTMLElement): void {
  element.scrollTop = element.scrollHeight;
}

/** Whether the last message is ours: whoever writes wants to see it. */
function ownAtEnd(entries: readonly Entry[], self: string): boolean {
  const last = entries.at(-1);
  return last?.kind === "group" && last.from === self;
}
