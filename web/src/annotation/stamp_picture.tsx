/** A stamp as a button shows it. */

import type { JSX } from "preact";
import { STAMP_BOX, type Stamp } from "./stamps";

export function StampPicture({ stamp }: { stamp: Stamp }): JSX.Element {
  return (
    <svg class="stamp-picture" viewBox={`0 0 ${STAMP_BOX} ${STAMP_BOX}`} aria-hidden="true" focusable="false">
      {stamp.layers.map(({ path, fill = "none", stroke = "none", width = 0 }) => (
        <path key={path} d={path} fill={fill} stroke={stroke} stroke-width={width} />
      ))}
    </svg>
  );
}
