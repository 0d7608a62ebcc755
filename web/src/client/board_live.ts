/**
 * What others do on a board this moment: strokes that grow, pointers, and what part each of them sees. Never stored.
 *
 * A stroke goes out as its last points, so that each message heals what an earlier one lost.
 */

import type { BoardElement } from "./board_elements";
import type { Message } from "./channels";
import { Emitter } from "./emitter";
import type { Live } from "./live";
import type { SharedBoard } from "./shared_board";

/** A stroke of somebody else, as far as it came. */
export interface GrowingStroke {
  readonly element: string;
  readonly participant: string;
  readonly page: string;
  readonly style: { color?: string; width?: number; opacity?: number };
  /** As in an element: tenths of a unit, the first absolute. */
  readonly points: readonly number[];
}

export interface BoardPointer {
  readonly participant: string;
  /** Said by who is in no list of participants; null of all others. */
  readonly name: string | null;
  readonly page: string;
  readonly x: number;
  readonly y: number;
  readonly laser: boolean;
  /** `performance.now()` of its last move. */
  readonly at: number;
}

/** What somebody sees: the middle, and how large the part is, in board units; 0 where they did not say. */
export interface Viewport {
  readonly participant: string;
  readonly page: string;
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
  readonly width: number;
  readonly height: number;
}

export interface BoardLiveEvents {
  strokes: object;
  pointers: object;
  viewport: { viewport: Viewport };
}

export type DrawnStroke = Pick<BoardElement, "id" | "page" | "style"> & {
  readonly points: readonly number[];
};

/** Points a message carries. */
const TAIL = 64;
const VALUES = 3;
/** A stroke that is drawn stands whole on other screens within a tenth of a second, though packets are lost. */
const REPEATS = 3;
const REPEAT_MS = 20;
const STROKE_SHOWN_MS = 5_000;
const POINTER_SHOWN_MS = 10_000;
/** Of all participants together; what comes beyond is not shown. */
const MOST_STROKES = 200;
const MOST_POINTERS = 200;
const MOST_POINTS = 20_000;

interface Preview {
  stroke: GrowingStroke;
  /** Absolute, flat: deltas would need those before them. */
  absolute: number[];
  /** Points that never came, in a hole that begins after the point `holeAt`. */
  skipped: number;
  holeAt: number;
  timer: ReturnType<typeof setTimeout>;
}

export class BoardLive {
  private readonly events = new Emitter<BoardLiveEvents>();
  private readonly previews = new Map<string, Preview>();
  private readonly shown = new Map<string, BoardPointer>();
  private readonly viewports = new Map<string, Viewport>();
  private readonly stop: (() => void)[];
  private readonly sweep: ReturnType<typeof setInterval>;
  private readonly repeats = new Set<ReturnType<typeof setTimeout>>();
  /** The newest part of the stroke that is being drawn here. */
  private growing: Message | null = null;

  constructor(
    private readonly live: Live,
    private readonly board: SharedBoard,
  ) {
    this.stop = [
      live.on("message", ({ message }) => this.hear(message)),
      board.on("changed", ({ ids }) => {
        let ended = false;
        for (const [element] of this.previews) {
          if ((ids === null || ids.has(element)) && board.elements.has(element))
            ended = this.end(element) || ended;
        }
        if (ended) this.events.emit("strokes", {});
      }),
    ];
    this.sweep = setInterval(() => this.forgetOld(), 1_000);
  }

  get strokes(): readonly GrowingStroke[] {
    return [...this.previews.values()].map(({ stroke }) => stroke);
  }

  get pointers(): readonly BoardPointer[] {
    return [...this.shown.values()];
  }

  /** What a participant sees, as they said last. */
  viewportOf(participant: string): Viewport | null {
    return this.viewports.get(participant) ?? null;
  }

  /** Calls `listener` for every event of that name; returns the call that stops it. */
  on<Name extends keyof BoardLiveEvents>(
    name: Name,
    listener: (event: BoardLiveEvents[Name]) => void,
  ): () => void {
    return this.events.on(name, listener);
  }

  /** Shows others a stroke that is being drawn, as far as it is. */
  draw({ id, page, style, points }: DrawnStroke): void {
    const count = points.length / VALUES;
    const from = Math.max(0, count - TAIL);
    let [x, y] = [0, 0];
    for (let at = 0; at <= from; at += 1) {
      x += points[at * VALUES] ?? 0;
      y += points[at * VALUES + 1] ?? 0;
    }
    const tail = [x, y, ...points.slice(from * VALUES + 2)];
    const { color, width, opacity } = style ?? {};
    const look = Object.fromEntries(
      Object.entries({ color, width, opacity }).filter(([, value]) => value !== undefined),
    );
    this.growing = { t: "stroke", board: this.board.id, element: id, from, points: tail, page, ...look };
    this.live.send(`stroke ${id}`, this.growing);
  }

  /** The pen is up. What the element itself is waiting for, if it is lost, the last points do not. */
  lift(id: string): void {
    const message = this.growing;
    this.growing = null;
    if (message?.element !== id) return;
    for (let time = 1; time <= REPEATS; time += 1) {
      const timer = setTimeout(() => {
        this.repeats.delete(timer);
        // Undone by now, it would come back.
        if (this.board.elements.has(id)) this.live.send(`stroke ${id}`, message);
      }, time * REPEAT_MS);
      this.repeats.add(timer);
    }
  }

  /** A stroke that was shown does not come. */
  takeBack(element: string): void {
    this.growing = null;
    this.live.send(`stroke ${element}`, { t: "stroke", board: this.board.id, element, from: 0, points: [] });
  }

  point(x: number, y: number, page: string, laser: boolean): void {
    this.live.send("pointer", {
      t: "pointer",
      board: this.board.id,
      x,
      y,
      page,
      ...(laser ? { laser } : {}),
    });
  }

  see(viewport: Omit<Viewport, "participant">): void {
    this.live.send("viewport", { t: "viewport", board: this.board.id, ...viewport });
  }

  close(): void {
    for (const stop of this.stop) stop();
    clearInterval(this.sweep);
    for (const timer of this.repeats) clearTimeout(timer);
    for (const element of [...this.previews.keys()]) this.end(element);
  }

  private hear(message: Message & { participant: string }): void {
    if (message.board !== this.board.id) return;
    const { participant } = message;
    const page = typeof message.page === "string" ? message.page : "";
    if (message.t === "stroke") this.hearStroke(message, page);
    else if (message.t === "pointer") {
      const { x, y } = message;
      if (typeof x !== "number" || typeof y !== "number") return;
      if (!this.shown.has(participant) && this.shown.size >= MOST_POINTERS) return;
      const laser = message.laser === true;
      const name = typeof message.name === "string" ? message.name : null;
      this.shown.set(participant, { participant, name, page, x, y, laser, at: performance.now() });
      this.events.emit("pointers", {});
    } else if (message.t === "viewport") {
      const { x, y, zoom } = message;
      if (typeof x !== "number" || typeof y !== "number" || typeof zoom !== "number" || zoom <= 0) return;
      if (!this.viewports.has(participant) && this.viewports.size >= MOST_POINTERS) return;
      const [width, height] = [sizeOf(message.width), sizeOf(message.height)];
      const viewport = { participant, page, x, y, zoom, width, height };
      this.viewports.set(participant, viewport);
      this.events.emit("viewport", { viewport });
    }
  }

  private hearStroke(message: Message & { participant: string }, page: string): void {
    const { element, from, points, participant } = message;
    if (typeof element !== "string" || typeof from !== "number" || !Array.isArray(points)) return;
    if (this.board.elements.has(element) || points.length % VALUES !== 0) return;
    const before = this.previews.get(element);
    if (points.length === 0) {
      if (before?.stroke.participant === participant && this.end(element)) this.events.emit("strokes", {});
      return;
    }
    if (before === undefined && this.previews.size >= MOST_STROKES) return;
    const absolute = before?.absolute ?? [];
    let { skipped, holeAt } = before ?? { skipped: 0, holeAt: 0 };
    const known = absolute.length / VALUES + skipped;
    // An older message that comes late has nothing new.
    if (from + points.length / VALUES <= known || absolute.length > MOST_POINTS) return;
    if (from > known) {
      // Joined by a straight line, until the element is there.
      if (skipped === 0) holeAt = known;
      skipped += from - known;
    } else if (from <= holeAt) skipped = 0;
    absolute.length = Math.min(absolute.length, Math.max(0, from - skipped) * VALUES);
    let [x, y] = [0, 0];
    for (let at = 0; at + 2 < points.length; at += VALUES) {
      x += Number(points[at]);
      y += Number(points[at + 1]);
      absolute.push(x, y, Number(points[at + 2]));
    }
    if (before) clearTimeout(before.timer);
    const { color, width, opacity } = message;
    const style = {
      ...(typeof color === "string" ? { color } : {}),
      ...(typeof width === "number" ? { width } : {}),
      ...(typeof opacity === "number" ? { opacity } : {}),
    };
    const stroke = { element, participant, page, style, points: relative(absolute) };
    const timer = setTimeout(() => {
      this.end(element);
      this.events.emit("strokes", {});
    }, STROKE_SHOWN_MS);
    this.previews.set(element, { stroke, absolute, skipped, holeAt, timer });
    this.events.emit("strokes", {});
  }

  private end(element: string): boolean {
    const preview = this.previews.get(element);
    if (preview) clearTimeout(preview.timer);
    return this.previews.delete(element);
  }

  private forgetOld(): void {
    const oldest = performance.now() - POINTER_SHOWN_MS;
    let gone = false;
    for (const { participant, at } of this.pointers) {
      if (at < oldest) gone = this.shown.delete(participant) || gone;
    }
    if (gone) this.events.emit("pointers", {});
  }
}

function sizeOf(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}

function relative(absolute: readonly number[]): number[] {
  let [x, y] = [0, 0];
  return absolute.map((value, at) => {
    if (at % VALUES === 2) return value;
    const step = value - (at % VALUES === 0 ? x : y);
    if (at % VALUES === 0) x = value;
    else y = value;
    return step;
  });
}
