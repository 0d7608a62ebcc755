/** The line above the pages that are no meeting: the way home, and the colours. */

import type { JSX } from "preact";
import { Icon } from "./icons";
import type { Remembered } from "./remembered";
import { setTheme, THEMES, type Theme, theme } from "./theme";

export const THEME_WORDS: Record<Theme, string> = { system: "Auto", dark: "Dark", light: "Light" };

export function PageHead({ remembered }: { remembered: Remembered }): JSX.Element {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
  return (
    <header class="page-head">
      <a class="brand" href="/">
        <span class="mark" />
        Sfumato
      </a>
      <button
        type="button"
        class="button quiet small"
        aria-label={`Colours: ${THEME_WORDS[theme.value]}. Change to: ${THEME_WORDS[next]}`}
        onClick={() => setTheme(next, remembered)}
      >
        <Icon name="sun" />
        {THEME_WORDS[theme.value]}
      </button>
    </header>
  );
}
