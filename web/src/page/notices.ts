/** Short messages above the meeting: said aloud by screen readers, gone when closed. */

import { element } from "./elements";

// More than a few at once nobody reads; the oldest goes.
const MOST = 4;

export class Notices {
  readonly root = element("div", { class: "notices", role: "status", "aria-live": "polite" });
  private readonly shown = new Map<string, HTMLElement>();

  /** Shows a message once, however often it is said; `action` adds a button that also closes it. */
  say(text: string, action?: { label: string; run: () => void }): void {
    if (this.shown.has(text)) return;
    const close = element(
      "button",
      { type: "button", class: "quiet", "aria-label": "Close this message" },
      "✕",
    );
    close.addEventListener("click", () => this.remove(text));
    const notice = element("div", { class: "notice" }, element("p", {}, text));
    if (action) {
      const button = element("button", { type: "button" }, action.label);
      button.addEventListener("click", () => {
        this.remove(text);
        action.run();
      });
      notice.append(button);
    }
    notice.append(close);
    this.shown.set(text, notice);
    this.root.append(notice);
    const [oldest] = this.shown.keys();
    if (this.shown.size > MOST && oldest !== undefined) this.remove(oldest);
  }

  remove(text: string): void {
    this.shown.get(text)?.remove();
    this.shown.delete(text);
  }
}
