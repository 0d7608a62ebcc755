/**
 * Keeps one media element in step with the replay's clock.
 *
 * Small differences are made up for by playing a little faster or slower, which nobody hears; large ones by a seek.
 */

import { fileAt, type MediaFile } from "./manifest";

/** Closer than this is in step: lips and words are felt as one up to about 80 ms. */
const CLOSE_S = 0.025;
/** Beyond `seekS` rates would take too long. A picture may be hurried more than a voice, and is harder to seek. */
const SOUND = { seekS: 0.25, nudge: 0.08 };
const PICTURE = { seekS: 1, nudge: 0.25 };
/** Nor again so soon, where a machine does not keep up: seeking is the hardest of all work. */
const SEEK_AGAIN_MS = 4_000;
/** Further away than this it is not lag. */
const FAR_S = 4;
/** A file that has nothing to show for so long is not waited for any more. */
const GIVE_UP_MS = 10_000;
/** A file that broke off, because the network did, is fetched again so often. */
const RETRY_MS = 5_000;

/** What is needed of an element. */
export type MediaElement = Pick<
  HTMLMediaElement,
  "src" | "currentTime" | "duration" | "playbackRate" | "paused" | "readyState" | "seeking" | "error"
> & {
  play(): Promise<void>;
  pause(): void;
  load(): void;
  removeAttribute(name: string): void;
};

export interface Step {
  readonly atMs: number;
  /** Whether the clock moves: it plays, and waits for nobody. */
  readonly running: boolean;
  readonly playing: boolean;
  /** Grows with each jump of the clock. */
  readonly jumps: number;
  readonly rate: number;
  /** `performance.now()`. */
  readonly now: number;
  /** When files could be had again after they could not. */
  readonly againAt: number;
}

export class TrackPlayer {
  /** Seconds that the element is ahead of the clock while it plays; null while it does not. */
  lead: number | null = null;
  private ahead = 0;
  private file: MediaFile | null = null;
  private waitingSince: number | null = null;
  private soughtAt = Number.NEGATIVE_INFINITY;
  private jumps = -1;
  /** Whether something of the file came. */
  private came = false;
  private loadedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly element: MediaElement,
    private readonly files: readonly MediaFile[],
    private readonly urlOf: (file: MediaFile) => string,
    readonly kind: "audio" | "video" = "audio",
  ) {}

  private get limits(): typeof SOUND {
    return this.kind === "audio" ? SOUND : PICTURE;
  }

  /** Brings the element to where the clock is; false while it has not got there. */
  follow(step: Step): boolean {
    this.lead = null;
    const file = fileAt(this.files, step.atMs);
    if (file !== this.file || this.brokeOff(step)) this.change(file, step.now);
    const there = !file || this.element.error !== null || this.bring(file, step);
    if (there) this.waitingSince = null;
    else this.waitingSince ??= step.now;
    return there || step.now - (this.waitingSince ?? step.now) > GIVE_UP_MS;
  }

  /** Whether there is something to play that does not come. */
  get fails(): boolean {
    return this.file !== null && this.element.error !== null;
  }

  close(): void {
    this.change(null, Number.NEGATIVE_INFINITY);
  }

  /** One that never came is no media file, unless nothing could be had then. */
  private brokeOff({ now, againAt }: Step): boolean {
    if (this.element.error === null) return false;
    return againAt > this.loadedAt || (this.came && now - this.loadedAt > RETRY_MS);
  }

  private change(file: MediaFile | null, now: number): void {
    if (file !== this.file) this.came = false;
    this.file = file;
    this.loadedAt = now;
    this.jumps = -1;
    this.element.pause();
    if (file) this.element.src = this.urlOf(file);
    else this.element.removeAttribute("src");
    this.element.load();
  }

  private bring(file: MediaFile, step: Step): boolean {
    const { atMs, running, rate } = step;
    const { element } = this;
    if (element.readyState < HAVE_METADATA) return false;
    this.came = true;
    const end = Number.isFinite(element.duration) ? element.duration : file.duration_ms / 1000;
    const wanted = (atMs - file.offset_ms) / 1000;
    const target = Math.min(wanted, end);
    this.ahead = element.currentTime - target;
    if (element.seeking) return false;
    // Its last picture stands while the clock goes on.
    const ended = wanted >= end;
    if (this.mustSeek(step, ended)) {
      this.jumps = step.jumps;
      this.soughtAt = step.now;
      element.currentTime = target;
      return false;
    }
    if (!running || ended) {
      if (!element.paused) element.pause();
      return element.readyState >= HAVE_CURRENT_DATA;
    }
    const nudge = Math.abs(this.ahead) < CLOSE_S ? 0 : clamped(this.ahead, this.limits.nudge);
    this.lead = this.ahead;
    element.playbackRate = rate * (1 - nudge);
    if (element.paused) element.play().catch(() => {}); // it is tried again with the next step
    return element.readyState >= HAVE_FUTURE_DATA;
  }

  private mustSeek({ playing, jumps, now }: Step, ended: boolean): boolean {
    const off = Math.abs(this.ahead);
    if (!playing || ended || jumps !== this.jumps) return off > CLOSE_S;
    return off > this.limits.seekS && (off > FAR_S || now - this.soughtAt > SEEK_AGAIN_MS);
  }
}

// Of HTMLMediaElement, which tests do not have.
const HAVE_METADATA = 1;
const HAVE_CURRENT_DATA = 2;
const HAVE_FUTURE_DATA = 3;

function clamped(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value));
}
