/**
 * One offer at a time. Whoever needs a negotiation asks for it; those who ask before it begins share it, so ten
 * changes in a row cost one offer, or two if one was under way.
 */
export class Negotiator {
  private last: Promise<void> = Promise.resolve();
  private queued: Promise<void> | null = null;

  /** `exchange` makes one offer and applies its answer. */
  constructor(private readonly exchange: () => Promise<void>) {}

  /** Resolves when an offer that began after this call is answered; rejects as that exchange did. */
  negotiate(): Promise<void> {
    const begin = (): Promise<void> => {
      this.queued = null;
      this.last = this.exchange();
      return this.last;
    };
    // A failure belongs to those who asked for that exchange; whoever waited behind it still gets a try.
    this.queued ??= this.last.then(begin, begin);
    return this.queued;
  }
}
