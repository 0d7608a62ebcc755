/** A small line plot of the last minute. */

import type { JSX } from "preact";
import { linePath, SECONDS, type Series } from "./connection_history";

interface Props {
  /** What a screen reader says of it. */
  label: string;
  lines: readonly { series: Series; class: string }[];
  most: number;
  /** Written at the top of the axis. */
  top: string;
}

const HEIGHT = 20;

export function Plot({ label, lines, most, top }: Props): JSX.Element {
  return (
    <div class="plot">
      <svg viewBox={`0 0 ${SECONDS - 1} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {lines.map((line) => (
          <path key={line.class} class={line.class} d={linePath(line.series, most, HEIGHT)} />
        ))}
      </svg>
      <span class="plot-top">{top}</span>
    </div>
  );
}
