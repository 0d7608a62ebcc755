/** Messages as the chat shows them: by day, by author, by time. */

import type { ChatMessage } from "../client";

/** Messages of one author to the same people, written soon after each other. */
export interface Group {
  kind: "group";
  key: string;
  from: string;
  name: string;
  to: string | null;
  at: number;
  messages: ChatMessage[];
}

export type Entry =
  | Group
  | { kind: "day"; key: string; at: number }
  /** Above what was not seen yet. */
  | { kind: "new"; key: string };

/** Whether two groups look the same. Messages are never changed, but replaced. */
export function sameGroup(one: Group, other: Group): boolean {
  return (
    one.key === other.key &&
    one.messages.length === other.messages.length &&
    one.messages.every((message, at) => message === other.messages[at])
  );
}

const TOGETHER_MS = 5 * 60_000;
// Where one writes page after page the reader is told again who it is, and little is drawn anew.
const MOST_TOGETHER = 20;

/** `dayOf` names the day of a time, as the calendar here has it; `firstNew` is the key of a message. */
export function entriesOf(
  messages: readonly ChatMessage[],
  dayOf: (at: number) => string,
  firstNew: string | null,
): Entry[] {
  const entries: Entry[] = [];
  let day = "";
  let group = null as Group | null;
  let last = 0;
  for (const message of messages) {
    const { key, from, name, to, at } = message;
    const today = dayOf(at);
    if (today !== day) {
      day = today;
      group = null;
      entries.push({ kind: "day", key: `day ${key}`, at });
    }
    if (key === firstNew) {
      group = null;
      entries.push({ kind: "new", key: "new" });
    }
    const together = group?.from === from && group.to === to && Math.abs(at - last) < TOGETHER_MS;
    if (!group || !together || group.messages.length >= MOST_TOGETHER) {
      group = { kind: "group", key: `group ${key}`, from, name, to, at, messages: [] };
      entries.push(group);
    }
    group.messages.push(message);
    last = at;
  }
  return entries;
}
