/** Open comments beside their words, where the page is wide enough. */

import { type ReadonlySignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useLayoutEffect, useRef } from "preact/hooks";
import type { DocumentModel } from "./document_model";
import { marginPlaces } from "./margin_places";
import type { TextEditor } from "./text_editor";
import { ThreadCard, ThreadDraft } from "./thread_card";

interface Props {
  model: DocumentModel;
  editor: ReadonlySignal<TextEditor | null>;
}

const GAP_PX = 8;

export function CommentsMargin({ model, editor }: Props): JSX.Element {
  const root = useRef<HTMLElement>(null);
  const place = useCallback(() => {
    const made = editor.peek();
    if (root.current && made) placeCards(root.current, model, made);
  }, [editor, model]);
  const threads = model.threads.value.filter(({ state }) => state === "open");
  const draft = model.draft.value;
  useLayoutEffect(place);
  useSignalEffect(() => {
    // Where cards stand is measured, once for all changes of a frame.
    if (!editor.value?.look.value) return;
    const frame = requestAnimationFrame(place);
    return () => cancelAnimationFrame(frame);
  });
  const count = threads.length + (draft ? 1 : 0);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(place);
    for (const card of root.current?.children ?? []) observer.observe(card);
    return () => observer.disconnect();
  }, [place, count]);
  return (
    <aside class="margin" aria-label="Comments" ref={root}>
      {threads.map((thread) => (
        <ThreadCard
          key={thread.id}
          model={model}
          thread={thread}
          open={thread.id === model.focus.value}
          onChoose={() => {
            model.focus.value = thread.id;
          }}
        />
      ))}
      {draft && <ThreadDraft model={model} />}
    </aside>
  );
}

/** Puts each card beside its words. */
function placeCards(margin: HTMLElement, model: DocumentModel, editor: TextEditor): void {
  const draft = model.draft.peek();
  const places = new Map<string, { index: number; length: number }>();
  for (const thread of model.threads.peek()) places.set(thread.id, thread);
  if (draft) places.set("draft", draft);
  const cards = [...margin.children]
    .filter((element) => element instanceof HTMLElement)
    .map((element) => {
      const place = places.get(element.dataset.thread ?? "");
      const top = place ? editor.topOf(place) : null;
      return { element, top: top ?? 0, height: element.offsetHeight, index: place?.index ?? 0 };
    })
    .sort((one, other) => one.top - other.top || one.index - other.index);
  const focus = draft ? "draft" : model.focus.peek();
  const tops = marginPlaces(
    cards,
    GAP_PX,
    cards.findIndex(({ element }) => element.dataset.thread === focus),
  );
  let end = 0;
  cards.forEach(({ element, height }, at) => {
    const top = tops[at] ?? 0;
    // A new card does not fly in from the top.
    element.style.transition = element.style.top === "" ? "none" : "";
    // Not a transform: the menu in a card is fixed to the page.
    element.style.top = `${Math.round(top)}px`;
    end = Math.max(end, top + height);
  });
  margin.style.height = `${Math.round(end)}px`;
}
