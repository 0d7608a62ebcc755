/** The icons of documents, as those of the room are drawn. */

import type { JSX } from "preact";

const PATHS = {
  back: "M14.5 5.5 8 12l6.5 6.5",
  bold: "M7.5 5h5a3.5 3.5 0 0 1 0 7h-5ZM7.5 12h6a3.5 3.5 0 0 1 0 7h-6Z",
  bullets: "M9.5 6.5h10M9.5 12h10M9.5 17.5h10M5 6.5h.01M5 12h.01M5 17.5h.01",
  check: "m5 12.5 4.5 4.5L19 7.5",
  clear: "M7 5h11M12.5 5l-2.2 10M4.5 19.5h7M15 15l5 5M20 15l-5 5",
  close: "m6 6 12 12M18 6 6 18",
  code: "m8.5 7.5-5 4.5 5 4.5M15.5 7.5l5 4.5-5 4.5",
  codeBlock: "M4.5 4.5h15v15h-15zM10 9l-3 3 3 3M14 9l3 3-3 3",
  comment:
    "M5.5 5h13A1.5 1.5 0 0 1 20 6.5v8a1.5 1.5 0 0 1-1.5 1.5H11l-4.5 3.5V16h-1A1.5 1.5 0 0 1 4 14.5v-8A1.5 1.5 0 0 1 5.5 5Z",
  down: "m7 10 5 5 5-5",
  edit: "M5 19l1-4L16.5 4.5l3 3L9 18Z",
  export: "M12 4v10.5M7.5 10.5 12 15l4.5-4.5M5 19.5h14",
  history: "M4.5 12A7.5 7.5 0 1 0 7 6.4M4.5 4.5v4h4M12 8v4.3l3 1.8",
  italic: "M10.5 5h6M7.5 19h6M14 5l-4 14",
  link: "M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.1-1.1",
  numbers:
    "M10.5 6.5h9M10.5 12h9M10.5 17.5h9M4.2 5l1.3-.8v4.3M4 13.2c.2-1 2.6-1.2 2.6.2 0 .9-2.5 1.6-2.5 2.6h2.7",
  quote: "M5 6v12M9 8.5h10M9 12h10M9 15.5h6",
  redo: "M15 5l4.5 4.5L15 14M19 9.5H9a4.8 4.8 0 0 0 0 9.5h3",
  reply: "M9.5 6 5 10.5 9.5 15M5.5 10.5H15a4 4 0 0 1 4 4V18",
  review: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM8 12.3l2.8 2.8L16 9.5",
  share:
    "M16.5 8.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM7 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM16.5 20.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9.2 10.8l5.1-3.6M9.2 13.2l5.1 3.6",
  strike:
    "M5 12h14M16 8c-.4-1.8-1.8-2.8-4-2.8-2.4 0-4 1.2-4 3M8 16c.4 1.8 1.9 2.8 4.1 2.8 2.5 0 4.1-1.3 4.1-3.2",
  tasks: "m4 6.5 1.5 1.5L8 5M11 6.5h8.5M4 12.5h4v4H4zM11 14.5h8.5",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5",
  underline: "M7.5 5v6a4.5 4.5 0 0 0 9 0V5M6 19.5h12",
  undo: "M9 5 4.5 9.5 9 14M5 9.5h10a4.8 4.8 0 0 1 0 9.5h-3",
  unlink:
    "M10 14a4 4 0 0 0 4.5.8M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.1-1.1M12 6.3l1.1-1.1a4 4 0 0 1 5.7 5.7L17 12.7M4 4l16 16",
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
