/** Short messages above the toolbar, and what is only said to screen readers. */

import { signal } from "@preact/signals";

export interface NoticeAction {
  label: string;
  run: () => void;
}

export interface Notice {
  id: number;
  text: string;
  actions: readonly NoticeAction[];
}

// More than a few at once nobody reads; the oldest goes.
const MOST = 3;
const SHOWN_MS = 7_000;

export class Notices {
  readonly shown = signal<readonly Notice[]>([]);
  /** Said aloud, not shown. */
  readonly said = signal("");
  private last = 0;

  /** Shows a message once, however often it is told; returns its id. With actions it stays until it is closed. */
  tell(text: string, ...actions: NoticeAction[]): number {
    const same = this.shown.peek().find((notice) => notice.text === text);
    if (same) {
      // They are about what happened last.
      this.shown.value = this.shown.peek().map((one) => (one === same ? { ...one, actions } : one));
      return same.id;
    }
    this.last += 1;
    const id = this.last;
    this.shown.value = [...this.shown.peek(), { id, text, actions }].slice(-MOST);
    if (actions.length === 0) setTimeout(() => this.close(id), SHOWN_MS);
    return id;
  }

  say(text: string): void {
    // A region that says the same again says nothing: the space makes it another text.
    this.said.value = this.said.peek() === text ? `${text} ` : text;
  }

  close(id: number): void {
    this.shown.value = this.shown.peek().filter((notice) => notice.id !== id);
  }
}
