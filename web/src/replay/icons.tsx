/** The player's own icons, on the same grid as the meeting's. */

import type { JSX } from "preact";

const PATHS = {
  play: "M7.5 4.8v14.4L19 12Z",
  pause: "M7.5 5.5h2.5v13H7.5ZM14 5.5h2.5v13H14Z",
  back: "M11.5 6 5.5 12l6 6M18.5 6l-6 6 6 6",
  forward: "M12.5 6l6 6-6 6M5.5 6l6 6-6 6",
  muted: "M4 9.5v5h3.5l4.5 4v-13l-4.5 4ZM16 9.5l5 5M21 9.5l-5 5",
  download: "M12 4v10.5M7.5 10.5 12 15l4.5-4.5M5 19.5h14",
  chapters: "M9 6.5h11M9 12h11M9 17.5h11M4.5 6.5h.01M4.5 12h.01M4.5 17.5h.01",
} as const;

export function Glyph({ name }: { name: keyof typeof PATHS }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill={name === "play" || name === "pause" ? "currentcolor" : "none"} />
    </svg>
  );
}
