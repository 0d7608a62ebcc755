/** Dark, light, or as the system has it. */

import { signal } from "@preact/signals";
import type { Remembered } from "./remembered";

export const THEMES = ["system", "dark", "light"] as const;
export type Theme = (typeof THEMES)[number];

export const theme = signal<Theme>("system");

/** Takes the remembered theme into use. */
export function startTheme(remembered: Remembered): void {
  const kept = THEMES.find((one) => one === remembered.theme);
  apply(kept ?? "system");
}

export function setTheme(chosen: Theme, remembered: Remembered): void {
  remembered.theme = chosen;
  apply(chosen);
}

function apply(chosen: Theme): void {
  theme.value = chosen;
  // Without the attribute the style sheet follows `prefers-color-scheme`; dark where the system has no opinion.
  if (chosen === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", chosen);
}
