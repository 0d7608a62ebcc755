/** Where the picture is in the element that shows it: a mark belongs to a place of the picture, not of the element. */

import type { Box, Rect } from "../room/layout";

export interface Place {
  x: number;
  y: number;
}

/** As CSS `object-fit`: whole, with bars beside it, or filling all and cut off. */
export type Fit = "contain" | "cover";

export class PictureFrame {
  /** Where the whole picture is, bars and what is cut off counted in; empty while it has no size. */
  readonly rect: Rect;

  constructor(
    private readonly box: Box,
    picture: Box,
    fit: Fit,
    /** One's own camera is shown as in a mirror. */
    readonly mirrored = false,
  ) {
    const scales = [box.width / picture.width, box.height / picture.height];
    const scale = fit === "contain" ? Math.min(...scales) : Math.max(...scales);
    const there = picture.width > 0 && picture.height > 0 && box.width > 0 && box.height > 0;
    const [width, height] = there ? [picture.width * scale, picture.height * scale] : [0, 0];
    this.rect = { x: (box.width - width) / 2, y: (box.height - height) / 2, width, height };
  }

  get isEmpty(): boolean {
    return this.rect.width === 0;
  }

  /** A place of the element, in its pixels, as shares of the picture; may lie outside 0–1. */
  toPicture({ x, y }: Place): Place {
    const { rect } = this;
    const across = (x - rect.x) / rect.width;
    return { x: this.mirrored ? 1 - across : across, y: (y - rect.y) / rect.height };
  }

  /** The other way round. */
  toBox({ x, y }: Place): Place {
    const { rect } = this;
    return { x: rect.x + (this.mirrored ? 1 - x : x) * rect.width, y: rect.y + y * rect.height };
  }

  /** Whether a place of the element is on the picture, as far as it is shown. */
  has({ x, y }: Place): boolean {
    const { rect, box } = this;
    const [right, bottom] = [
      Math.min(box.width, rect.x + rect.width),
      Math.min(box.height, rect.y + rect.height),
    ];
    return !this.isEmpty && x >= Math.max(0, rect.x) && x <= right && y >= Math.max(0, rect.y) && y <= bottom;
  }
}

export function clamped({ x, y }: Place): Place {
  return { x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) };
}

/** Of a picture that is not there. */
export const NO_FRAME = new PictureFrame({ width: 0, height: 0 }, { width: 0, height: 0 }, "contain");
