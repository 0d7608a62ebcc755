/**
 * Something that is the sum of what happened, at any moment: lines are applied one after the other, and copies kept on
 * the way, so that going back costs little.
 */

import type { Line } from "./journal";

const COPY_EVERY = 100;

export interface Rules<State> {
  /** Before the first line. */
  readonly initial: () => State;
  /** The state after a line: a new one, or the same, altered. */
  readonly apply: (state: State, line: Line) => State;
  /** Kept while the other is altered; states that never are need none. */
  readonly copy?: (state: State) => State;
  /** Whether a line says everything: what was before does not matter. */
  readonly isWhole?: (line: Line) => boolean;
}

export class Seekable<State> {
  /** How many lines are in: another number, another state. */
  count = 0;
  private state: State;
  private readonly copies = new Map<number, State>();

  constructor(
    readonly lines: readonly Line[],
    private readonly rules: Rules<State>,
  ) {
    this.state = rules.initial();
  }

  /** The state at a moment; it may be altered by the next call. */
  at(atMs: number): State {
    const count = countUntil(this.lines, atMs);
    const start = this.startFor(count);
    if (count < this.count || start > this.count) this.begin(start);
    while (this.count < count) {
      const line = this.lines[this.count];
      if (line) this.state = this.rules.apply(this.state, line);
      this.count += 1;
      if (this.count % COPY_EVERY === 0 && !this.copies.has(this.count)) this.keep();
    }
    return this.state;
  }

  private keep(): void {
    this.copies.set(this.count, this.copied(this.state));
  }

  private copied(state: State): State {
    return this.rules.copy ? this.rules.copy(state) : state;
  }

  private begin(count: number): void {
    const kept = this.copies.get(count);
    this.state = kept === undefined ? this.rules.initial() : this.copied(kept);
    this.count = count;
  }

  /** The nearest place before, from which the first `count` lines can be applied. */
  private startFor(count: number): number {
    for (let start = count; start > 0; start -= 1) {
      const line = this.lines[start - 1];
      if (line && this.rules.isWhole?.(line)) return start - 1;
      if (this.copies.has(start)) return start;
    }
    return 0;
  }
}

/** How many lines there are up to a moment. */
export function countUntil(lines: readonly { readonly at_ms: number }[], atMs: number): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.at_ms ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
