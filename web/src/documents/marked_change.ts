/** A change made visible: what it adds is marked, what it takes away stays and is marked too. */

import Delta from "quill-delta";

/** The name of the mark in a delta; its values. */
export const MARK = "changed";
export type Mark = "added" | "removed";

/** `before` with `change` shown in it. The units that were removed are still there. */
export function markedChange(before: Delta, change: Delta): Delta {
  const marked = new Delta();
  for (const op of change.ops) {
    if (typeof op.delete === "number") marked.retain(op.delete, { [MARK]: "removed" satisfies Mark });
    else if (op.insert !== undefined)
      marked.insert(op.insert, { ...op.attributes, [MARK]: "added" satisfies Mark });
    else if (typeof op.retain === "number") marked.retain(op.retain, op.attributes);
  }
  return before.compose(marked);
}

/** Where the first mark stands in a marked document; null if nothing is marked. */
export function firstMark(marked: Delta): number | null {
  let index = 0;
  for (const op of marked.ops) {
    if (op.attributes?.[MARK] !== undefined) return index;
    index += typeof op.insert === "string" ? op.insert.length : 1;
  }
  return null;
}
