/** The history of a document in steps that people recognise. */

import type Delta from "quill-delta";
import type { Change } from "../client/document";

/** What one person changed without a longer pause. */
export interface Revision {
  /** Versions, both inclusive. */
  readonly from: number;
  readonly to: number;
  readonly author: { readonly identity: string; readonly name: string };
  /** UTC milliseconds of the last change. */
  readonly at: number;
  readonly changes: readonly Change[];
}

/** The version that a document was made with: a step of its own. */
export const CREATED = 1;
const PAUSE_MS = 60_000;
/** Of one step: a long writing is seen as it grew. */
const LONGEST_MS = 10 * 60_000;

/** The changes grouped: another author or a pause begins a new step. They come in the order of their versions. */
export function revisionsOf(changes: readonly Change[]): Revision[] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const goesOn =
      last !== undefined &&
      last.author.identity === change.author.identity &&
      change.at - last.at <= PAUSE_MS &&
      change.at - (group?.[0]?.at ?? 0) <= LONGEST_MS &&
      change.version === last.version + 1 &&
      last.version !== CREATED;
    if (goesOn) group?.push(change);
    else groups.push([change]);
  }
  return groups.map((group) => {
    const [first, last] = [group[0], group.at(-1)] as [Change, Change];
    return { from: first.version, to: last.version, author: last.author, at: last.at, changes: group };
  });
}

/** All that a revision changed, as one. */
export function wholeChange(revision: Revision): Delta {
  const [first, ...others] = revision.changes as [Change, ...Change[]];
  return others.reduce((whole, { delta }) => whole.compose(delta), first.delta);
}
