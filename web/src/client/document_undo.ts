/** Undoing one's own changes to a document, and nobody else's. */

import type Delta from "quill-delta";
import { isEmpty } from "./document_edits";

const MOST_STEPS = 100;
// What is typed in one go is undone in one go: Quill's own measure.
const ONE_GO_MS = 1_000;

/**
 * Two stacks of changes. The newest fits the document as it is, each below it what the one above leaves. A step takes
 * back what its author did; what others put in between is not in it, so it stays.
 */
export class Undo {
  private undos: Delta[] = [];
  private redos: Delta[] = [];
  private recordedAt = Number.NEGATIVE_INFINITY;

  get canUndo(): boolean {
    return this.undos.length > 0;
  }

  get canRedo(): boolean {
    return this.redos.length > 0;
  }

  /** A change made here to `before`, at `now` in milliseconds; what was undone can no longer be done again. */
  record(change: Delta, before: Delta, now: number): void {
    this.redos = [];
    const inverse = change.invert(before);
    const last = now - this.recordedAt < ONE_GO_MS ? this.undos.pop() : undefined;
    this.undos.push(last ? inverse.compose(last) : inverse);
    this.recordedAt = now;
    if (this.undos.length > MOST_STEPS) this.undos.shift();
  }

  /** A change from elsewhere. */
  follow(change: Delta): void {
    this.undos = followed(this.undos, change);
    this.redos = followed(this.redos, change);
  }

  /** The change that takes the last step back, null if there is none. */
  undo(content: Delta): Delta | null {
    return this.turn(this.undos, this.redos, content);
  }

  /** The change that does it again. */
  redo(content: Delta): Delta | null {
    return this.turn(this.redos, this.undos, content);
  }

  forget(): void {
    this.undos = [];
    this.redos = [];
  }

  private turn(source: Delta[], target: Delta[], content: Delta): Delta | null {
    const change = source.pop();
    if (!change) return null;
    target.push(change.invert(content));
    this.recordedAt = Number.NEGATIVE_INFINITY;
    return change;
  }
}

function followed(stack: readonly Delta[], change: Delta): Delta[] {
  const moved: Delta[] = [];
  let over = change;
  for (const step of [...stack].reverse()) {
    const after = over.transform(step, true);
    over = step.transform(over, false);
    if (!isEmpty(after)) moved.push(after);
  }
  return moved.reverse();
}
