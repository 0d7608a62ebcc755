/** Keys of the player, wherever the focus is, save where keys mean something else. */

import type { ReplayModel } from "./replay_model";
import { toggleFullscreen } from "./transport";

const KEYS: Record<string, (model: ReplayModel) => void> = {
  " ": (model) => model.toggle(),
  k: (model) => model.toggle(),
  ArrowLeft: (model) => model.skip(-5_000),
  ArrowRight: (model) => model.skip(5_000),
  j: (model) => model.skip(-10_000),
  l: (model) => model.skip(10_000),
  ",": (model) => model.skip(-100),
  ".": (model) => model.skip(100),
  Home: (model) => model.seek(0),
  End: (model) => model.seek(model.endMs),
  "<": (model) => model.changeRate(-1),
  ">": (model) => model.changeRate(1),
  p: (model) => model.toChapter(-1),
  n: (model) => model.toChapter(1),
  m: (model) => {
    model.muted.value = !model.muted.peek();
  },
  f: () => toggleFullscreen(),
};

export function onKey(model: ReplayModel, event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target as HTMLElement;
  if (target.closest("dialog, select, [role=tablist], [contenteditable=true]")) return;
  // A button is pressed with the space bar; a slider has its own arrows, but the time line's are ours.
  if (event.key === " " && target.closest("button, a")) return;
  const range = target.closest<HTMLInputElement>("input");
  if (range && !range.closest(".time-line") && event.key !== " ") return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act(model);
}
