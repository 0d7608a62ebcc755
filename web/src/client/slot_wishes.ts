/** From the tiles of a page to the sizes a view asks for. */

import type { SlotWish } from "./types";

/** A tile that shows a slot. */
export interface Shown {
  mid: string;
  /** CSS pixels. */
  width: number;
  height: number;
  /** On the screen, not scrolled away. */
  visible: boolean;
  priority: number;
}

// Sizes are asked in steps: a tile that grows by some pixels needs no other picture. The usual layers (180, 360, 720
// lines) are whole steps: rounding up must not ask for the next one.
const STEP = 20;
// The server takes no more.
const MOST_PIXELS = 16_384;

/** One wish a tile. Tiles nobody can see get width 0: their seat stays, nothing is sent. */
export function slotWishes(
  tiles: readonly Shown[],
  screen: { hidden: boolean; pixelRatio: number },
): SlotWish[] {
  return tiles
    .map(({ mid, width, height, visible, priority }) => {
      const seen = visible && !screen.hidden && width >= 1 && height >= 1;
      return {
        mid,
        width: seen ? inSteps(width * screen.pixelRatio) : 0,
        height: seen ? inSteps(height * screen.pixelRatio) : 0,
        ...(priority === 0 ? {} : { priority }),
      };
    })
    .sort((one, other) => (one.mid < other.mid ? -1 : 1));
}

/** True where asking again would change nothing. */
export function sameWishes(one: readonly SlotWish[], other: readonly SlotWish[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function inSteps(pixels: number): number {
  return Math.min(Math.ceil(pixels / STEP) * STEP, MOST_PIXELS);
}
