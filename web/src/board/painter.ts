/**
 * The board's picture, on two canvases: the elements on one, what moves above them on the other.
 *
 * Of the elements only what changed is painted anew. Their canvas is larger than the window: a view that moves only
 * moves the canvas, until an edge comes near; one that zooms shows the picture enlarged until it rests, or until there
 * is time.
 */

import type { BoardElement } from "../client/board_elements";
import { type Canvas, drawElement, type Surroundings } from "./draw";
import { inflate, intersects, type Rect } from "./geometry";
import { PAPER } from "./look";
import type { Scene } from "./scene";
import { type Size, shown, type View } from "./view";

export interface PainterOptions {
  below: HTMLCanvasElement;
  above: HTMLCanvasElement;
  scene: Scene;
  view: () => View;
  around: Surroundings;
  /** What moves above the elements, in board units; `unit` is the length of a CSS pixel. */
  drawAbove: (canvas: CanvasRenderingContext2D, unit: number) => void;
  grid: () => boolean;
}

// More pieces than this cost more to paint than all around them.
const MOST_PIECES = 12;
/** Painting that takes longer than this makes a gesture stumble. */
const FRAME_BUDGET_MS = 9;
const REST_MS = 90;
const GRID_UNITS = 20;
/** Of the lower canvas around the window, CSS pixels. */
const MARGIN = 160;

export class Painter {
  /** What the last frames took, in milliseconds, for who measures. */
  lastPaintMs = 0;
  painted = 0;

  private readonly low: CanvasRenderingContext2D;
  private readonly high: CanvasRenderingContext2D;
  private readonly copy: HTMLCanvasElement;
  /** Of the lower canvas. */
  private size: Size = { width: 0, height: 0 };
  private ratio = 1;
  /** Of what is on the lower canvas. */
  private paintedView: View | null = null;
  private dirty: Rect[] = [];
  private all = true;
  private frame = 0;
  private restTimer: ReturnType<typeof setTimeout> | null = null;
  private lastFullMs = 0;

  constructor(readonly options: PainterOptions) {
    const low = options.below.getContext("2d", { alpha: false });
    const high = options.above.getContext("2d");
    if (!low || !high) throw new Error("no canvas");
    this.low = low;
    this.high = high;
    this.copy = document.createElement("canvas");
  }

  resize({ width, height }: Size, ratio: number): void {
    const { below, above } = this.options;
    this.size = { width: width + 2 * MARGIN, height: height + 2 * MARGIN };
    this.ratio = ratio;
    for (const canvas of [below, this.copy]) {
      canvas.width = Math.max(1, Math.round(this.size.width * ratio));
      canvas.height = Math.max(1, Math.round(this.size.height * ratio));
    }
    above.width = Math.max(1, Math.round(width * ratio));
    above.height = Math.max(1, Math.round(height * ratio));
    Object.assign(below.style, {
      inset: `${-MARGIN}px`,
      width: `${this.size.width}px`,
      height: `${this.size.height}px`,
    });
    this.repaint();
  }

  /** These parts look different. */
  damage(rects: readonly Rect[]): void {
    this.dirty.push(...rects);
    this.schedule();
  }

  /** Everything may look different. */
  repaint(): void {
    this.all = true;
    this.schedule();
  }

  /** The view moved, or something above the elements did. */
  schedule(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    if (this.restTimer !== null) clearTimeout(this.restTimer);
  }

  private paint(): void {
    if (this.size.width === 0) return;
    const began = performance.now();
    const view = this.options.view();
    this.paintElements(wide(view));
    this.place(wide(view));
    this.paintAbove(view);
    this.lastPaintMs = performance.now() - began;
    this.painted += 1;
  }

  private paintElements(view: View): void {
    const before = this.paintedView;
    if (this.all || !before) this.paintFull(view);
    else if (before.zoom !== view.zoom) this.paintZoomed(before, view);
    else {
      const most = MARGIN / view.zoom;
      if (Math.abs(before.x - view.x) > most || Math.abs(before.y - view.y) > most) this.shift(before, view);
      else if (before.x !== view.x || before.y !== view.y) this.later(() => this.recentre());
      this.paintDirty();
    }
  }

  private paintFull(view: View): void {
    const began = performance.now();
    this.all = false;
    this.dirty = [];
    this.paintedView = view;
    this.paintPart(view, shown(view, this.size));
    this.lastFullMs = performance.now() - began;
  }

  private paintZoomed(before: View, view: View): void {
    if (this.lastFullMs < FRAME_BUDGET_MS) {
      this.paintFull(view);
      return;
    }
    // Blurred for a moment, but at once.
    this.keepCopy();
    const scale = view.zoom / before.zoom;
    const [dx, dy] = [(before.x - view.x) * view.zoom, (before.y - view.y) * view.zoom];
    this.low.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.low.fillStyle = PAPER;
    this.low.fillRect(0, 0, this.size.width, this.size.height);
    this.low.drawImage(this.copy, dx, dy, this.size.width * scale, this.size.height * scale);
    this.paintedView = view;
    this.later(() => this.repaint());
  }

  /** Once the view rests. */
  private later(what: () => void): void {
    if (this.restTimer !== null) clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => {
      this.restTimer = null;
      what();
    }, REST_MS);
  }

  /** The window is in the middle of the lower canvas again. */
  private recentre(): void {
    const before = this.paintedView;
    const view = wide(this.options.view());
    if (!before || before.zoom !== view.zoom) return;
    this.shift(before, view);
    this.schedule();
  }

  /** Moves the lower canvas to where its picture belongs. */
  private place(view: View): void {
    const before = this.paintedView ?? view;
    const px = (units: number) => Math.round(units * view.zoom * this.ratio) / this.ratio;
    this.options.below.style.transform = `translate(${px(before.x - view.x)}px, ${px(before.y - view.y)}px)`;
  }

  /** Takes along what is there, and marks the strips that come in. */
  private shift(before: View, view: View): void {
    const { ratio, size } = this;
    const [dx, dy] = [
      Math.round((before.x - view.x) * view.zoom * ratio),
      Math.round((before.y - view.y) * view.zoom * ratio),
    ];
    // The picture moves by whole pixels; the rest waits.
    const moved: View = {
      ...view,
      x: before.x - dx / (view.zoom * ratio),
      y: before.y - dy / (view.zoom * ratio),
    };
    if (dx === 0 && dy === 0) return;
    this.keepCopy();
    this.low.setTransform(1, 0, 0, 1, 0, 0);
    this.low.drawImage(this.copy, dx, dy);
    this.paintedView = moved;
    const all = shown(moved, size);
    const unit = 1 / (moved.zoom * ratio);
    if (dx > 0) this.dirty.push({ ...all, w: dx * unit });
    if (dx < 0) this.dirty.push({ ...all, x: all.x + all.w + dx * unit, w: -dx * unit });
    if (dy > 0) this.dirty.push({ ...all, h: dy * unit });
    if (dy < 0) this.dirty.push({ ...all, y: all.y + all.h + dy * unit, h: -dy * unit });
  }

  private keepCopy(): void {
    const context = this.copy.getContext("2d");
    context?.drawImage(this.options.below, 0, 0);
  }

  private paintDirty(): void {
    const view = this.paintedView;
    if (!view || this.dirty.length === 0) return;
    const seen = shown(view, this.size);
    const pieces = this.dirty.filter((rect) => intersects(rect, seen));
    this.dirty = [];
    if (pieces.length > MOST_PIECES || covers(pieces, seen)) {
      this.paintPart(view, seen);
      return;
    }
    for (const piece of merged(pieces)) this.paintPart(view, piece);
  }

  private paintPart(view: View, part: Rect): void {
    const { low, ratio } = this;
    const { scene, around, grid } = this.options;
    const scale = view.zoom * ratio;
    // Whole pixels: at a clip's soft edge old and new would mix.
    const [left, top] = [
      Math.floor((part.x - view.x) * scale) - 1,
      Math.floor((part.y - view.y) * scale) - 1,
    ];
    const right = Math.ceil((part.x + part.w - view.x) * scale) + 1;
    const bottom = Math.ceil((part.y + part.h - view.y) * scale) + 1;
    low.save();
    low.setTransform(1, 0, 0, 1, 0, 0);
    low.beginPath();
    low.rect(left, top, right - left, bottom - top);
    low.clip();
    low.fillStyle = PAPER;
    low.fillRect(left, top, right - left, bottom - top);
    low.setTransform(scale, 0, 0, scale, -view.x * scale, -view.y * scale);
    const reach: Rect = {
      x: view.x + left / scale,
      y: view.y + top / scale,
      w: (right - left) / scale,
      h: (bottom - top) / scale,
    };
    if (grid()) drawGrid(low, reach, view.zoom);
    for (const element of scene.within(reach)) drawElement(low, element, around);
    low.restore();
  }

  private paintAbove(view: View): void {
    const { high, ratio } = this;
    const scale = view.zoom * ratio;
    high.setTransform(1, 0, 0, 1, 0, 0);
    high.clearRect(0, 0, this.options.above.width, this.options.above.height);
    high.setTransform(scale, 0, 0, scale, -view.x * scale, -view.y * scale);
    this.options.drawAbove(high, 1 / view.zoom);
  }
}

/** The view of the lower canvas, which is larger than the window. */
function wide({ x, y, zoom }: View): View {
  return { x: x - MARGIN / zoom, y: y - MARGIN / zoom, zoom };
}

/** Dots; fewer where they would be too dense. */
function drawGrid(canvas: Canvas, rect: Rect, zoom: number): void {
  const step = zoom < 0.35 ? GRID_UNITS * 5 : GRID_UNITS;
  if (step * zoom < 5) return;
  canvas.fillStyle = "#d5dae2";
  const size = 1.5 / zoom;
  for (let x = Math.floor(rect.x / step) * step; x <= rect.x + rect.w; x += step) {
    for (let y = Math.floor(rect.y / step) * step; y <= rect.y + rect.h; y += step)
      canvas.fillRect(x - size / 2, y - size / 2, size, size);
  }
}

function covers(pieces: readonly Rect[], all: Rect): boolean {
  return pieces.reduce((sum, { w, h }) => sum + w * h, 0) > all.w * all.h * 0.7;
}

/** Pieces that touch become one. */
function merged(pieces: readonly Rect[]): Rect[] {
  const result: Rect[] = [];
  for (let piece of pieces) {
    for (let at = 0; at < result.length; ) {
      const other = result[at];
      if (!other || !intersects(inflate(piece, 1), other)) {
        at += 1;
        continue;
      }
      const [x, y] = [Math.min(piece.x, other.x), Math.min(piece.y, other.y)];
      const right = Math.max(piece.x + piece.w, other.x + other.w);
      const bottom = Math.max(piece.y + piece.h, other.y + other.h);
      piece = { x, y, w: right - x, h: bottom - y };
      result.splice(at, 1);
      at = 0;
    }
    result.push(piece);
  }
  return result;
}

/** A picture of elements by themselves: for exports. */
export function pictureOf(
  elements: Iterable<BoardElement>,
  rect: Rect,
  scale: number,
  around: Omit<Surroundings, "zoom">,
): OffscreenCanvas {
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(rect.w * scale)),
    Math.max(1, Math.round(rect.h * scale)),
  );
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, -rect.x * scale, -rect.y * scale);
  const near = { look: around.look, image: around.image, editing: null, zoom: Number.POSITIVE_INFINITY };
  for (const element of elements) drawElement(context, element, near);
  return canvas;
}
