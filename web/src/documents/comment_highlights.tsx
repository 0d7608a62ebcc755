/** The words that comments stand on, marked in the text without touching it (CSS Custom Highlight API). */

import { type ReadonlySignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { DocumentModel } from "./document_model";
import type { Place, TextEditor } from "./text_editor";

interface Props {
  model: DocumentModel;
  editor: ReadonlySignal<TextEditor | null>;
}

/** As the style sheet names them. */
const NAMES = ["comment", "comment-focus"] as const;

/** Draws nothing itself. Where the browser has no highlights, the margin alone says what comments stand on. */
export function CommentHighlights({ model, editor }: Props): null {
  useSignalEffect(() => {
    const made = editor.value;
    if (!("highlights" in CSS) || made === null) return;
    const focus = model.focus.value;
    const draft = model.draft.value;
    const open = model.threads.value.filter(({ state }) => state === "open");
    mark(
      "comment",
      made,
      open.filter(({ id }) => id !== focus),
    );
    mark("comment-focus", made, [...open.filter(({ id }) => id === focus), ...(draft ? [draft] : [])]);
  });
  useEffect(
    () => () => {
      if ("highlights" in CSS) for (const name of NAMES) CSS.highlights.delete(name);
    },
    [],
  );
  return null;
}

function mark(name: (typeof NAMES)[number], editor: TextEditor, places: readonly Place[]): void {
  const ranges = places.filter(({ length }) => length > 0).map((place) => editor.rangeOf(place));
  CSS.highlights.set(name, new Highlight(...ranges.filter((range) => range !== null)));
}
