/**
 * A place in a meeting that outlives a reload of the page.
 *
 * It is written when the page goes and taken out when the next one comes, so that a duplicated tab, which copies
 * the storage of its original, does not fight over the place.
 */

export class KeptPlace {
  private readonly key: string;

  constructor(
    private readonly storage: () => Pick<Storage, "getItem" | "setItem" | "removeItem">,
    url: string,
    room: string,
  ) {
    this.key = `sfumato.place ${url} ${room}`;
  }

  /** The secret left behind, once; null if there is none or the browser keeps nothing. */
  take(): string | null {
    try {
      const resume = this.storage().getItem(this.key);
      this.storage().removeItem(this.key);
      return resume;
    } catch {
      return null;
    }
  }

  keep(resume: string): void {
    try {
      this.storage().setItem(this.key, resume);
    } catch {
      // Full or forbidden: the page comes back as a new participant.
    }
  }
}
