/** The signs of documents, boards and what is drawn on pictures; those of the room are in `icons.tsx`. */

import type { JSX } from "preact";
import { Stroke } from "./icons";

const PATHS = {
  arrow: "M5 19 19 5M10 5h9v9",
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
  connector: "M4 4.5h5v5H4zM15 14.5h5v5h-5zM9 7h3.5v10H15",
  control: "M5.5 4 18 10.8l-5.6 1.6-2.9 5.3ZM13.5 14l4.5 5.5",
  copy: "M9 9h10.5v10.5H9zM5.5 15H4.5V4.5H15v1",
  dash: "M4 12h4M10 12h4M16 12h4",
  dots: "M6.2 12a.7.7 0 1 1-1.4 0 .7.7 0 0 1 1.4 0ZM12.7 12a.7.7 0 1 1-1.4 0 .7.7 0 0 1 1.4 0ZM19.2 12a.7.7 0 1 1-1.4 0 .7.7 0 0 1 1.4 0Z",
  down: "m7 10 5 5 5-5",
  edit: "M5 19l1-4L16.5 4.5l3 3L9 18Z",
  ellipse: "M12 18.5c4.4 0 8-2.9 8-6.5s-3.6-6.5-8-6.5-8 2.9-8 6.5 3.6 6.5 8 6.5Z",
  eraser:
    "m9 19-4.3-4.3a1.4 1.4 0 0 1 0-2L12.8 4.6a1.4 1.4 0 0 1 2 0l4.6 4.6a1.4 1.4 0 0 1 0 2L11.6 19ZM8.5 8.9l6.6 6.6M8.5 19h11",
  export: "M12 4v10.5M7.5 10.5 12 15l4.5-4.5M5 19.5h14",
  eye: "M3 12c2-4 5.2-6 9-6s7 2 9 6c-2 4-5.2 6-9 6s-7-2-9-6ZM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  fade: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7v5.2l3.2 2",
  fit: "M4.5 9V4.5H9M15 4.5h4.5V9M19.5 15v4.5H15M9 19.5H4.5V15M9 9h6v6H9z",
  frame: "M7.5 3.5v17M16.5 3.5v17M3.5 7.5h17M3.5 16.5h17",
  hand: "M8 13V6.2a1.3 1.3 0 0 1 2.6 0V11M10.6 10.5V4.8a1.3 1.3 0 0 1 2.6 0v5.7M13.2 10.8V6a1.3 1.3 0 0 1 2.6 0v6M15.8 9.2a1.3 1.3 0 0 1 2.6 0V14c0 4-2.4 6.5-6 6.5-3 0-4.5-1.3-5.9-3.9L4.7 13a1.3 1.3 0 0 1 2.3-1.3L8 13.2",
  highlighter:
    "m8.5 14.5-2 4H11l1.8-1.8M8.5 14.5l4.3 2.2 6-8.4a1.2 1.2 0 0 0-.3-1.7l-2.4-1.6a1.2 1.2 0 0 0-1.7.3ZM4 21h16",
  history: "M4.5 12A7.5 7.5 0 1 0 7 6.4M4.5 4.5v4h4M12 8v4.3l3 1.8",
  italic: "M10.5 5h6M7.5 19h6M14 5l-4 14",
  laser:
    "M12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3M6 6l2 2M16 16l2 2M18 6l-2 2M8 16l-2 2",
  line: "M5 19 19 5",
  link: "M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.1-1.1",
  lock: "M6.5 11h11v8.5h-11zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  minus: "M5 12h14",
  numbers:
    "M10.5 6.5h9M10.5 12h9M10.5 17.5h9M4.2 5l1.3-.8v4.3M4 13.2c.2-1 2.6-1.2 2.6.2 0 .9-2.5 1.6-2.5 2.6h2.7",
  opacity: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 4v16M12 8h6.5M12 12h8M12 16h6.5",
  pen: "m4.5 19.5 1-4.2L16 4.8a1.4 1.4 0 0 1 2 0l1.2 1.2a1.4 1.4 0 0 1 0 2L8.7 18.5ZM14.2 6.6l3.2 3.2",
  people:
    "M9 11.5a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6ZM3 19c.4-3 2.8-4.7 6-4.7s5.6 1.7 6 4.7M15.5 5.2a3.2 3.2 0 0 1 0 6M17.5 14.7c2 .6 3.2 2.1 3.5 4.3",
  picture:
    "M5 5h14a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1ZM4.5 16l4.5-4.5 4 4 2.5-2.5 4 4M15.5 9.5h.01",
  plus: "M12 5v14M5 12h14",
  quote: "M5 6v12M9 8.5h10M9 12h10M9 15.5h6",
  rect: "M4.5 6.5h15v11h-15z",
  redo: "m15.5 5 4 4-4 4M19.5 9H10a5 5 0 0 0 0 10h4",
  reply: "M9.5 6 5 10.5 9.5 15M5.5 10.5H15a4 4 0 0 1 4 4V18",
  review: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM8 12.3l2.8 2.8L16 9.5",
  select: "M5.5 4 18 10.8l-5.6 1.6-2.9 5.3Z",
  share:
    "M16.5 8.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM7 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM16.5 20.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9.2 10.8l5.1-3.6M9.2 13.2l5.1 3.6",
  stamp: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM8 12.2l2.8 2.8L16 9.5",
  sticky: "M5 5h14v9l-5 5H5ZM14 19v-5h5",
  strike:
    "M5 12h14M16 8c-.4-1.8-1.8-2.8-4-2.8-2.4 0-4 1.2-4 3M8 16c.4 1.8 1.9 2.8 4.1 2.8 2.5 0 4.1-1.3 4.1-3.2",
  swap: "M8 9.5 12 5.5l4 4M12 5.5v13M8 14.5l4 4 4-4",
  tasks: "m4 6.5 1.5 1.5L8 5M11 6.5h8.5M4 12.5h4v4H4zM11 14.5h8.5",
  text: "M5.5 7.5V5h13v2.5M12 5v14M9.5 19h5",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5",
  underline: "M7.5 5v6a4.5 4.5 0 0 0 9 0V5M6 19.5h12",
  undo: "M8.5 5 4.5 9l4 4M4.5 9H14a5 5 0 0 1 0 10h-4",
  unlink:
    "M10 14a4 4 0 0 0 4.5.8M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.1-1.1M12 6.3l1.1-1.1a4 4 0 0 1 5.7 5.7L17 12.7M4 4l16 16",
} as const;

export type GlyphName = keyof typeof PATHS;

/** Decoration: what it means is said by the label of the button around it. */
export function Glyph({ name }: { name: GlyphName }): JSX.Element {
  return <Stroke path={PATHS[name]} />;
}

/** A button that is a sign alone. */
export function GlyphButton({
  glyph,
  label,
  ...button
}: { glyph: GlyphName; label: string } & JSX.IntrinsicElements["button"]): JSX.Element {
  return (
    <button type="button" aria-label={label} {...button}>
      <Glyph name={glyph} />
    </button>
  );
}
