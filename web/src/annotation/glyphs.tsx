/** The signs of what lies over pictures, drawn like those of the room. */

import type { JSX } from "preact";
import { STAMP_BOX, type Stamp } from "./stamps";

const PATHS = {
  pen: "m4.5 19.5 1-4.2L16 4.8a1.4 1.4 0 0 1 2 0l1.2 1.2a1.4 1.4 0 0 1 0 2L8.7 18.5ZM14.2 6.6l3.2 3.2",
  highlighter:
    "m8.5 14.5-2 4H11l1.8-1.8M8.5 14.5l4.3 2.2 6-8.4a1.2 1.2 0 0 0-.3-1.7l-2.4-1.6a1.2 1.2 0 0 0-1.7.3ZM4 21h16",
  arrow: "M5 19 19 5M10 5h9v9",
  rect: "M4.5 6.5h15v11h-15z",
  text: "M5.5 7.5V5h13v2.5M12 5v14M9.5 19h5",
  stamp: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM8 12.2l2.8 2.8L16 9.5",
  laser:
    "M12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3M6 6l2 2M16 16l2 2M18 6l-2 2M8 16l-2 2",
  undo: "M8.5 5 4.5 9l4 4M4.5 9H14a5 5 0 0 1 0 10h-4",
  trash: "M5 7h14M10 4.5h4M7 7l.8 12h8.4L17 7M10.3 10.5v5M13.7 10.5v5",
  fade: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7v5.2l3.2 2",
  swap: "M8 9.5 12 5.5l4 4M12 5.5v13M8 14.5l4 4 4-4",
  control: "M5.5 4 18 10.8l-5.6 1.6-2.9 5.3ZM13.5 14l4.5 5.5",
  people:
    "M9 11.5a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6ZM3 19c.4-3 2.8-4.7 6-4.7s5.6 1.7 6 4.7M15.5 5.2a3.2 3.2 0 0 1 0 6M17.5 14.7c2 .6 3.2 2.1 3.5 4.3",
} as const;

export type GlyphName = keyof typeof PATHS;

/** Decoration: what it means is said by the label of the button around it. */
export function Glyph({ name }: { name: GlyphName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function StampPicture({ stamp }: { stamp: Stamp }): JSX.Element {
  return (
    <svg class="stamp-picture" viewBox={`0 0 ${STAMP_BOX} ${STAMP_BOX}`} aria-hidden="true" focusable="false">
      {stamp.layers.map(({ path, fill = "none", stroke = "none", width = 0 }) => (
        <path key={path} d={path} fill={fill} stroke={stroke} stroke-width={width} />
      ))}
    </svg>
  );
}
