/** How a layout looks, in a few rectangles. */

import type { JSX } from "preact";
import type { LayoutId } from "./film";

type Box = readonly [x: number, y: number, width: number, height: number];

const BOXES: Record<LayoutId, readonly Box[]> = {
  grid: [
    [4, 4, 26, 15],
    [34, 4, 26, 15],
    [4, 21, 26, 15],
    [34, 21, 26, 15],
  ],
  speaker: [
    [4, 4, 43, 32],
    [50, 4, 10, 9],
    [50, 15.5, 10, 9],
    [50, 27, 10, 9],
  ],
  "screen+speaker": [
    [4, 4, 43, 32],
    [50, 15.5, 10, 9],
  ],
};

export function LayoutSketch({ layout }: { layout: LayoutId }): JSX.Element {
  const [first] = BOXES[layout];
  return (
    <svg class="layout-sketch" viewBox="0 0 64 40" aria-hidden="true" focusable="false">
      {BOXES[layout].map(([x, y, width, height]) => (
        <rect key={`${x} ${y}`} x={x} y={y} width={width} height={height} rx={2} />
      ))}
      {layout === "screen+speaker" && first && <path d="M11 13h22M11 19h29M11 25h16" />}
      {layout === "speaker" && (
        <path d="M25.5 20a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM16 31c1-5 5-7 9.5-7s8.5 2 9.5 7" />
      )}
    </svg>
  );
}
