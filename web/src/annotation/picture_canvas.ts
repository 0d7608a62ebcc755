/** The canvas over one picture: kept in its size, painted when something on it is different. */

import { followLetters } from "../board/letters";
import type { Mark, TrackPointer } from "../client/annotations";
import { type Named, paintAuthor, paintMark, paintPointer, paintTrail } from "./paint_marks";
import { NO_FRAME, PictureFrame, type Place } from "./picture_frame";

export interface PictureContent {
  marks(): Iterable<Mark>;
  pointers(): Iterable<TrackPointer>;
  /** Null for ourselves, and for who is gone. */
  who(participant: string): Named | null;
}

// More dots than the eye tells apart cost time only.
const MOST_RATIO = 2;
const TRAIL_PLACES = 80;

type Trail = (Place & { at: number })[];

export class PictureCanvas {
  frame = NO_FRAME;

  private readonly trails = new Map<string, Trail>();
  private readonly observer: ResizeObserver;
  private readonly onResize = () => this.measure();
  private request: number | null = null;
  private forgetLetters: (() => void) | null = null;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly video: HTMLVideoElement,
    private readonly mirrored: boolean,
    private readonly content: PictureContent,
  ) {
    this.observer = new ResizeObserver(this.onResize);
    this.observer.observe(canvas);
    // The picture itself may change its shape: another window, a phone that is turned.
    video.addEventListener("resize", this.onResize);
    this.measure();
  }

  /** Paints with the next frame. */
  schedule(): void {
    this.request ??= requestAnimationFrame(() => {
      this.request = null;
      this.paint();
    });
  }

  focus(): void {
    this.canvas.focus();
  }

  close(): void {
    this.observer.disconnect();
    this.video.removeEventListener("resize", this.onResize);
    this.forgetLetters?.();
    if (this.request !== null) cancelAnimationFrame(this.request);
  }

  private measure(): void {
    const { canvas, video } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    const fit = getComputedStyle(video).objectFit === "contain" ? "contain" : "cover";
    const picture = { width: video.videoWidth, height: video.videoHeight };
    this.frame = new PictureFrame({ width, height }, picture, fit, this.mirrored);
    const ratio = Math.min(MOST_RATIO, devicePixelRatio);
    const [dotsWide, dotsHigh] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== dotsWide || canvas.height !== dotsHigh) {
      canvas.width = dotsWide;
      canvas.height = dotsHigh;
    }
    // At once: a canvas is empty after its size was set.
    this.paint();
  }

  private paint(): void {
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const { canvas, frame, content } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (frame.isEmpty || canvas.clientWidth === 0) return;
    const ratio = canvas.width / canvas.clientWidth;
    context.scale(ratio, ratio);
    const now = performance.now();
    let changes = false;
    const growing = new Map<string, Mark>();
    for (const mark of content.marks()) {
      changes = paintMark(context, mark, frame, now) || changes;
      if (!mark.done) growing.set(mark.participant, mark);
      if (mark.tool === "text") this.forgetLetters ??= followLetters(() => this.schedule());
    }
    for (const mark of growing.values()) {
      const who = content.who(mark.participant);
      if (who) paintAuthor(context, mark, who, frame);
    }
    for (const pointer of content.pointers()) {
      if (pointer.laser) changes = paintTrail(context, this.trailOf(pointer), frame, now) || changes;
      changes = paintPointer(context, pointer, content.who(pointer.participant), frame, now) || changes;
    }
    if (changes) this.schedule();
  }

  private trailOf({ participant, x, y, at }: TrackPointer): Trail {
    const trail = this.trails.get(participant) ?? [];
    if (trail.at(-1)?.at !== at) trail.push({ x, y, at });
    if (trail.length > TRAIL_PLACES) trail.shift();
    this.trails.set(participant, trail);
    return trail;
  }
}
