/** The versions of a document that are loaded, the newest first asked for. */

import { batch, computed, signal } from "@preact/signals";
import Delta from "quill-delta";
import type { Change, SharedDocument } from "../client/document";
import { type Revision, revisionsOf, wholeChange } from "./revisions";

/** Changes at once. */
const PAGE = 400;

export class Past {
  readonly state = signal<"loading" | "there" | "failed">("loading");
  readonly changes = signal<readonly Change[]>([]);
  readonly revisions = computed<readonly Revision[]>(() => {
    this.contents = [];
    return revisionsOf(this.changes.value);
  });
  /** Whether there are older ones. */
  readonly hasEarlier = signal(false);

  /** Before the first change that is loaded. */
  private oldest = new Delta();
  /** Before each revision, as far as they were asked for. */
  private contents: Delta[] = [];

  constructor(private readonly shared: Pick<SharedDocument, "version" | "history" | "contentAt">) {}

  /** Loads the newest changes, then each time older ones. Throws `RequestError`. */
  async load(): Promise<void> {
    const known = this.changes.peek();
    const to = (known[0]?.version ?? this.shared.version + 1) - 1;
    const from = Math.max(1, to - PAGE + 1);
    if (to < from) {
      this.state.value = "there";
      return;
    }
    this.state.value = "loading";
    try {
      const changes = await this.shared.history(from, to);
      const first = changes[0]?.version ?? from;
      const oldest = first > 1 ? await this.shared.contentAt(first - 1) : new Delta();
      batch(() => {
        this.oldest = oldest;
        this.changes.value = [...changes, ...known];
        this.hasEarlier.value = first > 1 && changes.length > 0;
        this.state.value = "there";
      });
    } catch (error) {
      this.state.value = "failed";
      throw error;
    }
  }

  /** The document before a revision (its place in `revisions`). */
  before(at: number): Delta {
    const revisions = this.revisions.peek();
    this.contents[0] ??= this.oldest;
    let known = at;
    while (this.contents[known] === undefined) known -= 1;
    for (; known < at; known += 1) {
      const revision = revisions[known];
      const content = this.contents[known];
      if (revision && content) this.contents[known + 1] = content.compose(wholeChange(revision));
    }
    return this.contents[at] ?? this.oldest;
  }
}
