/** Where some text stands on the page. */

import type Quill from "quill/core";

export interface Place {
  readonly index: number;
  readonly length: number;
}

/** In pixels from the top of the editor; null if it is not there. */
export function topOf(quill: Quill, { index, length }: Place): number | null {
  if (index + length > quill.getLength()) return null;
  return quill.getBounds(index, length)?.top ?? null;
}

/** The text as the browser's range; null if it is not there. */
export function rangeOf(quill: Quill, { index, length }: Place): Range | null {
  if (index + length > quill.getLength()) return null;
  const [start, startOffset, end, endOffset] = quill.selection.rangeToNative({
    index,
    length,
  } as Parameters<Quill["selection"]["rangeToNative"]>[0]);
  if (!start || !end) return null;
  const range = document.createRange();
  range.setStart(start, startOffset ?? 0);
  range.setEnd(end, endOffset ?? 0);
  return range;
}

/** Brings a place into view. */
export function reveal(quill: Quill, { index, length }: Place): void {
  const range = rangeOf(quill, { index, length: Math.max(1, length) });
  const { startContainer } = range ?? {};
  const element = startContainer instanceof Element ? startContainer : startContainer?.parentElement;
  element?.scrollIntoView({ block: "center" });
}
