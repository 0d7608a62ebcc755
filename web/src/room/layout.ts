/** Where tiles stand: rectangles in CSS pixels, from nothing but counts and sizes. */

export interface Box {
  width: number;
  height: number;
}

export interface Rect extends Box {
  x: number;
  y: number;
}

export type LayoutName = "grid" | "speaker";

export const GAP = 8;
/** Below this a face is no longer a face. */
const LEAST_WIDTH = 112;
const LEAST_HEIGHT = 84;
/** More pictures than this cost more than they show. */
export const MOST_TILES = 49;
const WIDE = 16 / 9;
const SCREEN = 16 / 10;
// A camera's picture may lose its sides where room is short: never more than to a square, on a phone to 3:4.
const NARROW_LANDSCAPE = 4 / 3;
const NARROW_PORTRAIT = 3 / 4;
const SIDE_STRIP = { share: 0.18, least: 148, most: 272 };
const BOTTOM_STRIP = { share: 0.2, least: 84, most: 148 };

/** How many tiles of a grid fit without becoming too small; at least one. */
export function gridCapacity(box: Box): number {
  const columns = fitting(box.width, LEAST_WIDTH);
  const rows = fitting(box.height, LEAST_HEIGHT);
  return Math.min(columns * rows, MOST_TILES);
}

/** The grid that shows most; a last row that is not full stands in the middle. */
export function gridRects(count: number, box: Box): Rect[] {
  if (count === 0 || box.width <= 0 || box.height <= 0) return [];
  const narrowest = box.width >= box.height ? NARROW_LANDSCAPE : NARROW_PORTRAIT;
  let columns = 1;
  let best: Box = { width: 0, height: 0 };
  let most = 0;
  for (let tried = 1; tried <= count; tried += 1) {
    const tile = tileOf(tried, Math.ceil(count / tried), box, narrowest);
    // Of tiles nearly alike those are better that leave no hole in the last row.
    const full = count / (tried * Math.ceil(count / tried));
    const shown = tile.width * tile.height * full;
    // Nearly equal is equal: fewer columns then, so that a few pixels do not turn the whole grid.
    if (shown <= most * 1.01) continue;
    most = shown;
    best = tile;
    columns = tried;
  }
  const rows = Math.ceil(count / columns);
  const top = (box.height - spread(rows, best.height)) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = (box.width - spread(inRow, best.width)) / 2;
    const column = index % columns;
    return { x: left + column * (best.width + GAP), y: top + row * (best.height + GAP), ...best };
  });
}

/** What stands on a stage: a face fills any shape, a screen is wide and wants to be whole. */
export type Staged = "camera" | "screen";

/**
 * One large tile, and the small ones: in a strip at the side, or below where the box is upright. There a screen takes
 * only the height it fills, and the small ones stand in a grid in the rest.
 */
export function stageRects(small: number, box: Box, staged: Staged): { stage: Rect; strip: Rect[] } {
  const { width, height } = box;
  if (small === 0 || width <= 0 || height <= 0) return { stage: { x: 0, y: 0, width, height }, strip: [] };
  const tile = stripTile(box);
  if (sideways(box)) {
    const x = width - tile.width;
    const top = (height - spread(small, tile.height)) / 2;
    const strip = Array.from({ length: small }, (_, index) => ({
      x,
      y: top + index * (tile.height + GAP),
      ...tile,
    }));
    return { stage: { x: 0, y: 0, width: x - GAP, height }, strip };
  }
  if (staged === "screen") {
    const stage = { x: 0, y: 0, width, height: screenHeight(box) };
    const below = stage.height + GAP;
    const strip = gridRects(small, underScreen(box)).map((rect) => ({ ...rect, y: rect.y + below }));
    return { stage, strip };
  }
  const y = height - tile.height;
  const left = (width - spread(small, tile.width)) / 2;
  const strip = Array.from({ length: small }, (_, index) => ({
    x: left + index * (tile.width + GAP),
    y,
    ...tile,
  }));
  return { stage: { x: 0, y: 0, width, height: y - GAP }, strip };
}

/** How many small tiles fit beside or below a stage; at least one. */
export function stripCapacity(box: Box, staged: Staged): number {
  const tile = stripTile(box);
  const inStrip = sideways(box) ? fitting(box.height, tile.height) : fitting(box.width, tile.width);
  const inGrid = staged === "screen" && !sideways(box) ? gridCapacity(underScreen(box)) : 0;
  return Math.min(Math.max(inStrip, inGrid), MOST_TILES - 1);
}

/** Of a screen in an upright box: what a screen of 16:10 fills, but the others keep a row. */
function screenHeight(box: Box): number {
  return Math.min(box.width / SCREEN, box.height - GAP - stripTile(box).height);
}

function underScreen(box: Box): Box {
  return { width: box.width, height: box.height - screenHeight(box) - GAP };
}

function sideways({ width, height }: Box): boolean {
  return width > height * 1.1;
}

function stripTile(box: Box): Box {
  if (sideways(box)) {
    const width = Math.min(clamped(box.width, SIDE_STRIP), third(box.height) * WIDE);
    return { width, height: width / WIDE };
  }
  const height = Math.min(clamped(box.height, BOTTOM_STRIP), third(box.width) / NARROW_LANDSCAPE);
  return { width: height * NARROW_LANDSCAPE, height };
}

/** Three fit in any strip: oneself, another, and how many more there are. */
function third(length: number): number {
  return Math.max(1, (length - 2 * GAP) / 3);
}

function tileOf(columns: number, rows: number, box: Box, narrowest: number): Box {
  const width = (box.width - (columns - 1) * GAP) / columns;
  const height = (box.height - (rows - 1) * GAP) / rows;
  if (width <= 0 || height <= 0) return { width: 0, height: 0 };
  if (width / height > WIDE) return { width: height * WIDE, height };
  if (width / height < narrowest) return { width, height: width / narrowest };
  return { width, height };
}

function fitting(length: number, least: number): number {
  // What was computed from the same length may miss it by a rounding.
  return Math.max(1, Math.floor((length + GAP) / (least + GAP) + 1e-6));
}

function spread(count: number, length: number): number {
  return count * length + (count - 1) * GAP;
}

function clamped(
  length: number,
  { share, least, most }: { share: number; least: number; most: number },
): number {
  return Math.min(most, Math.max(least, length * share));
}
