/** Who stands on the stage of the speaker layout: whoever speaks, without jumping at every word. */

/** A newcomer has to lead this long; a cough does not. */
const LEAD_MS = 700;
/** And whoever stands there stays at least this long. */
const STAY_MS = 2_000;

export class SpeakerHold {
  /** Null until somebody spoke. */
  current: string | null = null;
  private since = 0;
  private candidate: string | null = null;
  private leadsSince = 0;

  /** `loudest` is who leads now, null in silence; `now` in milliseconds. Returns who stands on the stage. */
  observe(loudest: string | null, now: number): string | null {
    if (loudest !== this.candidate) {
      this.candidate = loudest;
      this.leadsSince = now;
    }
    if (loudest === null || loudest === this.current) return this.current;
    const due = this.current === null || (now - this.leadsSince >= LEAD_MS && now - this.since >= STAY_MS);
    if (due) this.take(loudest, now);
    return this.current;
  }

  /** They left: the place is free for whoever speaks next. */
  forget(participant: string): void {
    if (this.current === participant) this.current = null;
  }

  private take(participant: string, now: number): void {
    this.current = participant;
    this.since = now;
  }
}
