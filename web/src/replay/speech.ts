/** Who spoke when: what stands under the time line. */

import { type Line, listOf } from "./journal";

export interface Speech {
  readonly participant: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Shorter pauses do not end a speech: nobody sees them on a time line. */
const PAUSE_MS = 800;

/** By participant, in the order in which they first spoke. */
export function speechesOf(journal: readonly Line[], endMs: number): Map<string, Speech[]> {
  const speeches = new Map<string, Speech[]>();
  const speaking = new Map<string, number>();
  const end = (participant: string, toMs: number) => {
    const fromMs = Math.max(0, speaking.get(participant) ?? toMs);
    speaking.delete(participant);
    const own = speeches.get(participant) ?? [];
    const last = own.at(-1);
    if (last && fromMs - last.toMs < PAUSE_MS) own[own.length - 1] = { ...last, toMs };
    else own.push({ participant, fromMs, toMs });
    speeches.set(participant, own);
  };
  for (const line of journal) {
    const now =
      line.kind === "speakers"
        ? new Set(listOf<string>(line, "speakers"))
        : line.kind === "left"
          ? new Set([...speaking.keys()].filter((one) => one !== line.participant))
          : null;
    if (!now) continue;
    for (const one of [...speaking.keys()]) if (!now.has(one)) end(one, line.at_ms);
    for (const one of now) if (!speaking.has(one)) speaking.set(one, line.at_ms);
  }
  for (const one of [...speaking.keys()]) end(one, endMs);
  return speeches;
}
