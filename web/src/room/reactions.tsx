/** Reactions: a few to choose from, and those that float over the tile of whoever sent them. */

import type { JSX } from "preact";
import type { Actions } from "./actions";
import type { TileModel } from "./tile_model";

/** The emoji, and what a screen reader calls it. */
export const REACTIONS: readonly (readonly [emoji: string, name: string])[] = [
  ["👍", "Thumbs up"],
  ["👏", "Applause"],
  ["❤️", "Heart"],
  ["😂", "Laughing"],
  ["😮", "Surprised"],
  ["🎉", "Celebrating"],
];

/** In a menu: choosing one sends it. */
export function Palette({ actions }: { actions: Actions }): JSX.Element {
  return (
    <div class="palette">
      {REACTIONS.map(([emoji, name]) => (
        <button
          key={emoji}
          type="button"
          role="menuitem"
          tabIndex={-1}
          aria-label={name}
          title={name}
          onClick={() => actions.react(emoji)}
        >
          {emoji}
        </button>
      ))}
    </div>
  );
}

export function Floats({ tile }: { tile: TileModel }): JSX.Element | null {
  const floats = tile.reactions.value;
  if (floats.length === 0) return null;
  return (
    <div class="floats" aria-hidden="true">
      {floats.map(({ id, emoji, across }) => (
        <span key={id} style={{ left: `${across * 100}%` }} onAnimationEnd={() => tile.landed(id)}>
          {emoji}
        </span>
      ))}
    </div>
  );
}
