/** The comments of a recorded document: beside their words where there is room, else below the text. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type Quill from "quill/core";
import type { PlacedComment } from "../client/document_notes";
import { agoWords } from "../documents/document_words";
import { marginPlaces } from "../documents/margin_places";
import { rangeOf, reveal, topOf } from "../documents/quill_places";
import type { Thread } from "../documents/threads";
import { Avatar } from "../room/avatar";
import { Icon } from "../room/icons";
import { visibleName } from "../room/names";
import "../documents/comments.css";
import "./recorded_comments.css";

export interface RecordedCommentsProps {
  threads: readonly Thread[];
  quill: Quill | null;
  /** Another number whenever the text was drawn anew. */
  drawn: number;
  /** The moment that is shown: UTC milliseconds since 1970. */
  now: number;
}

const GAP_PX = 8;

export function RecordedComments({ threads, quill, drawn, now }: RecordedCommentsProps): JSX.Element {
  const margin = useRef<HTMLElement>(null);
  const focus = useSignal("");
  const chosen = threads.find(({ id }) => id === focus.value);
  useLayoutEffect(() => {
    const element = margin.current;
    if (!element || !quill) return;
    const place = () => placeCards(element, threads, quill, focus.peek());
    place();
    const observer = new ResizeObserver(place);
    observer.observe(quill.root);
    for (const card of element.children) observer.observe(card);
    return () => observer.disconnect();
  }, [threads, quill, drawn, chosen]);
  useEffect(() => {
    if (!quill || !("highlights" in CSS)) return;
    const open = threads.filter(({ state }) => state === "open");
    mark(
      "comment",
      quill,
      open.filter((thread) => thread !== chosen),
    );
    mark("comment-focus", quill, chosen ? [chosen] : []);
    return () => {
      for (const name of NAMES) CSS.highlights.delete(name);
    };
  }, [threads, quill, drawn, chosen]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to scroll by keyboard
    <section class="recorded-comments" aria-label="Comments" ref={margin} tabIndex={0}>
      {threads.map((thread) => (
        <Card
          key={thread.id}
          thread={thread}
          now={now}
          chosen={thread === chosen}
          onChoose={() => {
            focus.value = thread.id;
            if (quill) reveal(quill, thread);
          }}
        />
      ))}
    </section>
  );
}

/** As the style sheet names them. */
const NAMES = ["comment", "comment-focus"] as const;

function mark(name: (typeof NAMES)[number], quill: Quill, threads: readonly Thread[]): void {
  const ranges = threads.filter(({ length }) => length > 0).map((thread) => rangeOf(quill, thread));
  CSS.highlights.set(name, new Highlight(...ranges.filter((range) => range !== null)));
}

/** Where there is no margin the style sheet does not heed it. */
function placeCards(margin: HTMLElement, threads: readonly Thread[], quill: Quill, focus: string): void {
  const cards = [...margin.children].filter((element) => element instanceof HTMLElement);
  const wanted = cards.map((element, at) => {
    const thread = threads[at];
    return { top: (thread && topOf(quill, thread)) ?? 0, height: element.offsetHeight };
  });
  const tops = marginPlaces(
    wanted,
    GAP_PX,
    threads.findIndex(({ id }) => id === focus),
  );
  let end = 0;
  cards.forEach((element, at) => {
    const top = tops[at] ?? 0;
    element.style.top = `${Math.round(top)}px`;
    end = Math.max(end, top + (wanted[at]?.height ?? 0));
  });
  margin.style.setProperty("--end", `${Math.round(end)}px`);
}

interface CardProps {
  thread: Thread;
  now: number;
  chosen: boolean;
  onChoose: () => void;
}

function Card({ thread, now, chosen, onChoose }: CardProps): JSX.Element {
  const { state, first, replies, quote } = thread;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button inside does the same
    <article
      class={chosen ? "thread chosen" : "thread"}
      data-state={state}
      aria-label={`Comment by ${visibleName(first.author.name)}: ${visibleName(first.text)}`}
      onClick={onChoose}
    >
      <blockquote class="quoted">
        {state === "detached" && <small>The text is gone:</small>}
        {state === "detached" ? <s>{quote}</s> : <span>{quote}</span>}
      </blockquote>
      {state === "resolved" && (
        <p class="resolved-tag">
          <Icon name="check" />
          Resolved
        </p>
      )}
      {[first, ...replies].map((comment) => (
        <Said key={comment.id} comment={comment} now={now} />
      ))}
      {state !== "detached" && (
        <button type="button" class="unseen-until-focus" aria-pressed={chosen} onClick={onChoose}>
          Show its words
        </button>
      )}
    </article>
  );
}

function Said({ comment, now }: { comment: PlacedComment; now: number }): JSX.Element {
  const name = visibleName(comment.author.name);
  return (
    <div class="said-here">
      <div class="by-line">
        <Avatar name={name} identity={comment.author.identity} />
        <p>
          <bdi class="clipped">{name}</bdi>
          <time dateTime={new Date(comment.at).toISOString()}>{agoWords(comment.at, now)}</time>
        </p>
      </div>
      <p class="words" dir="auto">
        {comment.text}
      </p>
    </div>
  );
}
