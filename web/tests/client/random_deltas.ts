/** Random changes of a document, as an editor could make them. */

import fc from "fast-check";
import Delta from "quill-delta";

const words = fc.constantFrom("a", "word ", "two\nlines\n", "😀", "e\u0301", "\n");
const embed = fc.constant({ image: "https://example.org/a.png" });
const formats = fc.constantFrom(
  { bold: true },
  { bold: null },
  { header: 1 },
  { length: 3 },
  { italic: true },
);

/** One step of an edit: where, as a share of the document, and what. */
const step = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  span: fc.nat(6),
  act: fc.oneof(
    fc.record({ insert: fc.oneof({ weight: 6, arbitrary: words }, embed), format: fc.option(formats) }),
    fc.constant("delete" as const),
    formats.map((format) => ({ format })),
  ),
});

export type Plan = { at: number; span: number; act: unknown }[];
/** What a `changeOf` is made of. */
export const plan: fc.Arbitrary<Plan> = fc.array(step, { minLength: 1, maxLength: 3 });

/** The change that a plan makes of this document; leaves its last line break unless it `ends` it. */
export function changeOf(steps: Plan, content: Delta): Delta {
  let change = new Delta();
  for (const { at, span, act } of steps) {
    const now = content.compose(change);
    const text = unitsOf(now);
    const last = text.length - 1;
    const start = edge(text, Math.round(at * last));
    const end = edge(text, Math.min(last, start + span));
    const one = new Delta().retain(start);
    if (act === "delete") one.delete(end - start);
    else {
      const { insert, format } = act as { insert?: string | Record<string, unknown>; format?: object };
      if (insert === undefined) one.retain(end - start, format as Record<string, unknown>);
      else one.insert(insert, plainFormat(format));
    }
    change = change.compose(one);
  }
  return change;
}

/** The text, an embed as one unit. */
export function unitsOf(content: Delta): string {
  return content.ops.map(({ insert }) => (typeof insert === "string" ? insert : "*")).join("");
}

/** The nearest edge before `at` that cuts no pair in two. */
export function edge(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code < 0xe000 ? at - 1 : at;
}

function plainFormat(format: object | null | undefined): Record<string, unknown> | undefined {
  const kept = Object.entries(format ?? {}).filter(([, value]) => value !== null);
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}
