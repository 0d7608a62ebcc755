/** Whether the recording's files can still be had: a link runs out, a recording is deleted, a server is away. */

import { signal } from "@preact/signals";
import { NotLoaded } from "./recording_files";

const ASK_AGAIN_MS = 5_000;

export class Reachability {
  /** Why nothing more can be had, a problem's code; null while it can. */
  readonly problem = signal<string | null>(null);
  /** When it became possible again, by the clock that `doubt` is told. */
  againAt = Number.NEGATIVE_INFINITY;
  private askedAt = Number.NEGATIVE_INFINITY;
  private asking = false;

  /** `ask` throws `NotLoaded` when there is no answer, or none that helps. */
  constructor(
    private readonly ask: () => Promise<void>,
    private readonly now: () => number,
  ) {}

  /** Something did not come, or does not play: media elements do not say which. */
  async doubt(): Promise<void> {
    const now = this.now();
    if (this.asking || now - this.askedAt < ASK_AGAIN_MS) return;
    this.askedAt = now;
    this.asking = true;
    const problem = await this.ask().then(
      () => null,
      (error: unknown) => (error instanceof NotLoaded ? error.code : "unavailable"),
    );
    this.asking = false;
    if (problem === null && this.problem.peek() !== null) this.againAt = this.now();
    this.problem.value = problem;
  }
}
