/** Comments as people read them: threads, in the order of the text. */

import type { PlacedComment } from "../client/document";

export interface Thread {
  readonly id: string;
  /** What it began with; of the first that is left, if that was deleted. */
  readonly first: PlacedComment;
  readonly replies: readonly PlacedComment[];
  readonly state: "open" | "resolved" | "detached";
  readonly index: number;
  readonly length: number;
  readonly quote: string;
}

export type ThreadFilter = "open" | "resolved" | "all";

/** All threads: those that stand on text by their place, then those that lost it. */
export function threadsOf(comments: readonly PlacedComment[]): Thread[] {
  const byThread = new Map<string, PlacedComment[]>();
  for (const comment of comments) {
    const known = byThread.get(comment.thread);
    if (known) known.push(comment);
    else byThread.set(comment.thread, [comment]);
  }
  return [...byThread].map(([id, members]) => threadOf(id, members)).sort(byPlace);
}

/** Those that a list shows; a detached one is open until somebody resolves it. */
export function filtered(threads: readonly Thread[], filter: ThreadFilter): readonly Thread[] {
  if (filter === "all") return threads;
  return threads.filter(({ state }) => (state === "resolved") === (filter === "resolved"));
}

/** The thread whose words stand at an index: of several the one with the fewest. Resolved ones are not shown there. */
export function threadAt(threads: readonly Thread[], index: number): Thread | null {
  let found: Thread | null = null;
  for (const thread of threads) {
    if (thread.state !== "open" || index < thread.index || index > thread.index + thread.length) continue;
    if (found === null || thread.length < found.length) found = thread;
  }
  return found;
}

function threadOf(id: string, members: PlacedComment[]): Thread {
  const [first, ...replies] = members.sort(
    (one, other) => Number(other.id === id) - Number(one.id === id) || one.at - other.at,
  ) as [PlacedComment, ...PlacedComment[]];
  const { index, length, quote } = first;
  return { id, first, replies, state: first.state, index, length, quote };
}

function byPlace(one: Thread, other: Thread): number {
  return (
    Number(one.state === "detached") - Number(other.state === "detached") ||
    one.index - other.index ||
    one.first.at - other.first.at
  );
}
