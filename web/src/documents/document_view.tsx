/** A document as people work on it: its head, the text, and what stands beside. */

import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { GlyphButton } from "../room/glyphs";
import { CommentHighlights } from "./comment_highlights";
import { CommentsMargin } from "./comments_margin";
import { CommentsPanel } from "./comments_panel";
import { DocumentHead } from "./document_head";
import { type DocumentHost, DocumentModel, movedPlace } from "./document_model";
import { FormatBar } from "./format_bar";
import { HistoryView } from "./history_view";
import { LinkDialog } from "./link_dialog";
import { ReviewPanel } from "./review_panel";
import { type Place, TextEditor } from "./text_editor";
import { ThreadCard, ThreadDraft } from "./thread_card";

/** The margin for comments beside the text needs this much. */
const WIDE_PX = 820;
/** More carets than this hide the text. */
const MOST_CURSORS = 24;

export function DocumentView({ host }: { host: DocumentHost }): JSX.Element {
  const model = useMemo(() => new DocumentModel(host), [host]);
  const editor = useSignal<TextEditor | null>(null);
  const linking = useSignal<{ place: Place; address: string } | null>(null);
  const wide = useSignal(true);
  const root = useRef<HTMLElement>(null);
  const paper = useRef<HTMLDivElement>(null);

  const beginLink = useCallback(
    (made: TextEditor | null) => {
      const place = model.selection.peek();
      if (made === null || place === null || !model.mayEdit.peek()) return;
      const known = made.linkAt(place.index);
      linking.value = known && place.length === 0 ? known : { place, address: known?.address ?? "" };
    },
    [linking, model],
  );

  // Others write on while one types the address.
  useEffect(
    () =>
      host.shared.on("change", ({ delta }) => {
        const now = linking.peek();
        if (now) linking.value = { ...now, place: movedPlace(now.place, delta) };
      }),
    [host, linking],
  );

  useLayoutEffect(() => {
    const element = root.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      wide.value = element.clientWidth >= WIDE_PX;
      editor.peek()?.moved();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [editor, wide]);

  useEffect(() => {
    const element = paper.current;
    if (!element) return;
    const made = new TextEditor(
      element,
      host.shared,
      {
        selected: (place) => {
          model.writing.value = place !== null;
          if (place !== null) model.look(place);
        },
        typed: (change, place) => model.edited(change, place),
        comment: () => model.beginComment(),
        link: () => beginLink(made),
        leave: () => root.current?.querySelector<HTMLElement>(".document-head button")?.focus(),
      },
      { label: host.title.peek() || "Document", readOnly: true },
    );
    editor.value = made;
    return () => {
      editor.value = null;
      made.close();
      model.close();
    };
  }, [beginLink, editor, host, model]);

  useSignalEffect(() => {
    editor.value?.enable(model.mayEdit.value && model.standing.value !== "opening");
  });
  useSignalEffect(() => editor.value?.showCursors(model.cursors.value.slice(0, MOST_CURSORS)));
  useSignalEffect(() => {
    const made = editor.value;
    if (made === null || model.standing.value !== "open") return;
    // Others see that we are here before we click anywhere; who only reads is not shown to many.
    if (model.mayComment.value && made.selection === null) made.arrive();
  });
  useEffect(() => {
    // On a phone it would bring up the keyboard.
    if (matchMedia("(pointer: fine)").matches) editor.value?.focus();
    else root.current?.focus();
  }, [editor.value]);
  useSignalEffect(() => {
    editor.value?.quill.root.setAttribute("aria-label", host.title.value || "Document");
  });

  // It outlives a reload, but not the tab.
  useSignalEffect(() => {
    if (model.standing.value !== "offline" || model.saved.value) return;
    const ask = (event: Event) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  });

  const drafting = useRef(false);
  useSignalEffect(() => {
    const drafts = model.draft.value !== null;
    // Said or given up: back to where one was reading.
    if (drafting.current && !drafts) editor.peek()?.focus();
    drafting.current = drafts;
  });

  const side = model.side.value;
  const past = side === "history";
  const focused = model.threads.value.find(({ id }) => id === model.focus.value);
  const narrowCard = !wide.value && side === null && (focused !== undefined || model.draft.value !== null);
  return (
    <section
      class={wide.value ? "document" : "document narrow"}
      aria-label={`Document ${host.title.value}`}
      tabIndex={-1}
      ref={root}
    >
      <DocumentHead model={model} wide={wide.value} />
      <Banner model={model} />
      {past && <HistoryView model={model} />}
      <div class="document-text" hidden={past}>
        {model.mayEdit.value && (
          <FormatBar model={model} editor={editor.value} onLink={() => beginLink(editor.value)} />
        )}
        <div class="document-body">
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: by keyboard the text is reached by Tab */}
          {/* biome-ignore lint/a11y/noStaticElementInteractions: a click beside the text goes into it */}
          <div
            class="desk"
            onClick={(event) => {
              if (event.target === event.currentTarget) editor.value?.focus();
            }}
          >
            <h1 class="print-title">{host.title.value}</h1>
            <div class="paper">
              <div ref={paper} />
              <SelectionButton model={model} editor={editor.value} />
            </div>
            {wide.value && side === null && <CommentsMargin model={model} editor={editor} />}
          </div>
          {side === "comments" && <CommentsPanel model={model} editor={editor.value} />}
          {side === "reviews" && <ReviewPanel model={model} />}
          {narrowCard && (
            <aside class="bottom-card" aria-label="Comment">
              <GlyphButton
                glyph="close"
                class="button quiet small icon-only close-card"
                label="Close comment"
                onClick={() => {
                  model.draft.value = null;
                  model.focus.value = null;
                }}
              />
              {model.draft.value !== null ? (
                <ThreadDraft model={model} />
              ) : (
                focused && <ThreadCard model={model} thread={focused} open />
              )}
            </aside>
          )}
        </div>
      </div>
      <CommentHighlights model={model} editor={editor} />
      {linking.value !== null && (
        <LinkDialog
          address={linking.value.address}
          onClose={() => {
            linking.value = null;
          }}
          onChoose={(address) => {
            const place = linking.peek()?.place;
            linking.value = null;
            if (place) editor.peek()?.link(place, address);
          }}
        />
      )}
      <p class="unseen" role="status" aria-live="polite">
        {model.said.value}
      </p>
    </section>
  );
}

function Banner({ model }: { model: DocumentModel }): JSX.Element | null {
  if (model.closed.value !== "") {
    return (
      <p class="document-note bad" role="alert">
        {model.closed.value}
      </p>
    );
  }
  if (model.problem.value !== "") {
    return (
      <div class="document-note bad" role="alert">
        <p>{model.problem.value}</p>
        <GlyphButton
          glyph="close"
          class="button quiet small icon-only"
          label="Close this message"
          onClick={() => {
            model.problem.value = "";
          }}
        />
      </div>
    );
  }
  if (model.standing.value === "offline") {
    return (
      <p class="document-note" role="status">
        {model.mayEdit.value
          ? "You are offline. Your changes are kept and will be sent when you are back."
          : "You are offline. What others write comes when you are back."}
      </p>
    );
  }
  if (model.standing.value === "open" && !model.mayEdit.value) {
    return (
      <p class="document-note" role="status">
        {model.mayComment.value
          ? "You may read and comment here, not write."
          : "You may read along here, not write."}
      </p>
    );
  }
  return null;
}

/** Beside the selection: the way to a comment. */
function SelectionButton(props: { model: DocumentModel; editor: TextEditor | null }): JSX.Element | null {
  const { model, editor } = props;
  const place = model.selection.value;
  if (!editor || place === null || place.length === 0 || !model.mayComment.value) return null;
  if (!model.writing.value || model.draft.value !== null) return null;
  const top = editor.topOf(place);
  if (top === null) return null;
  return (
    <GlyphButton
      glyph="comment"
      class="comment-here"
      style={{ top: `${top}px` }}
      label="Comment on the selection"
      title="Comment (Ctrl+Alt+M)"
      // Not the focus: the selection would go.
      onPointerDown={(event) => event.preventDefault()}
      onClick={() => model.beginComment()}
    />
  );
}
