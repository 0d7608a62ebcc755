/** The board's own signs, drawn like those of the room. */

import type { JSX } from "preact";

const PATHS = {
  select: "M5.5 4 18 10.8l-5.6 1.6-2.9 5.3Z",
  hand: "M8 13V6.2a1.3 1.3 0 0 1 2.6 0V11M10.6 10.5V4.8a1.3 1.3 0 0 1 2.6 0v5.7M13.2 10.8V6a1.3 1.3 0 0 1 2.6 0v6M15.8 9.2a1.3 1.3 0 0 1 2.6 0V14c0 4-2.4 6.5-6 6.5-3 0-4.5-1.3-5.9-3.9L4.7 13a1.3 1.3 0 0 1 2.3-1.3L8 13.2",
  pen: "m4.5 19.5 1-4.2L16 4.8a1.4 1.4 0 0 1 2 0l1.2 1.2a1.4 1.4 0 0 1 0 2L8.7 18.5ZM14.2 6.6l3.2 3.2",
  highlighter:
    "m8.5 14.5-2 4H11l1.8-1.8M8.5 14.5l4.3 2.2 6-8.4a1.2 1.2 0 0 0-.3-1.7l-2.4-1.6a1.2 1.2 0 0 0-1.7.3ZM4 21h16",
  eraser:
    "m9 19-4.3-4.3a1.4 1.4 0 0 1 0-2L12.8 4.6a1.4 1.4 0 0 1 2 0l4.6 4.6a1.4 1.4 0 0 1 0 2L11.6 19ZM8.5 8.9l6.6 6.6M8.5 19h11",
  line: "M5 19 19 5",
  arrow: "M5 19 19 5M10 5h9v9",
  rect: "M4.5 6.5h15v11h-15z",
  ellipse: "M12 18.5c4.4 0 8-2.9 8-6.5s-3.6-6.5-8-6.5-8 2.9-8 6.5 3.6 6.5 8 6.5Z",
  text: "M5.5 7.5V5h13v2.5M12 5v14M9.5 19h5",
  sticky: "M5 5h14v9l-5 5H5ZM14 19v-5h5",
  connector: "M4 4.5h5v5H4zM15 14.5h5v5h-5zM9 7h3.5v10H15",
  frame: "M7.5 3.5v17M16.5 3.5v17M3.5 7.5h17M3.5 16.5h17",
  laser:
    "M12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3M6 6l2 2M16 16l2 2M18 6l-2 2M8 16l-2 2",
  picture:
    "M5 5h14a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1ZM4.5 16l4.5-4.5 4 4 2.5-2.5 4 4M15.5 9.5h.01",
  undo: "M8.5 5 4.5 9l4 4M4.5 9H14a5 5 0 0 1 0 10h-4",
  redo: "m15.5 5 4 4-4 4M19.5 9H10a5 5 0 0 0 0 10h4",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4.5 9V4.5H9M15 4.5h4.5V9M19.5 15v4.5H15M9 19.5H4.5V15M9 9h6v6H9z",
  dots: "M6.2 12a.7.7 0 1 1-1.4 0 .7.7 0 0 1 1.4 0ZM12.7 12a.7.7 0 1 1-1.4 0 .7.7 0 0 1 1.4 0ZM19.2 12a.7.7 0 1 1-1.4 0 .7.7 0 0 1 1.4 0Z",
  trash: "M5 7h14M10 4.5h4M7 7l.8 12h8.4L17 7M10.3 10.5v5M13.7 10.5v5",
  copy: "M9 9h10.5v10.5H9zM5.5 15H4.5V4.5H15v1",
  lock: "M6.5 11h11v8.5h-11zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  down: "m7 10 5 5 5-5",
  export: "M12 4.5v10M8 10.8l4 3.9 4-3.9M5 19.5h14",
  eye: "M3 12c2-4 5.2-6 9-6s7 2 9 6c-2 4-5.2 6-9 6s-7-2-9-6ZM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  share:
    "M16.5 8.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM7 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM16.5 20.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9.2 10.8l5.1-3.6M9.2 13.2l5.1 3.6",
  opacity: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 4v16M12 8h6.5M12 12h8M12 16h6.5",
  dash: "M4 12h4M10 12h4M16 12h4",
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
