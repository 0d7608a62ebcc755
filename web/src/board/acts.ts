/** What buttons and keys do to what is selected. */

import { aligned, distributed, grouped, locked, type Order, reordered, type Side } from "./commands";
import type { Editor } from "./editor";
import type { Command } from "./keys";
import type { Act } from "./selection_menu";
import { nextZoom } from "./view";

export function act(editor: Editor, name: Exclude<Act, "copy">): void {
  const elements = editor.movable;
  const [verb, how] = name.split(" ");
  switch (verb) {
    case "duplicate":
      editor.duplicate();
      break;
    case "delete":
      editor.delete();
      break;
    case "edit": {
      const [one] = elements;
      if (one && elements.length === 1 && one.box && one.type !== "image") editor.edit(one.id);
      break;
    }
    case "group":
      if (elements.length > 1) editor.change(grouped(elements, editor.newId()));
      editor.select(elements.map(({ id }) => id));
      break;
    case "ungroup":
      editor.change(grouped(elements, null));
      break;
    case "lock": {
      const all = editor.selected.peek();
      const isLocked = all.some((one) => one.locked);
      editor.change(locked(all, !isLocked));
      editor.said.value = isLocked ? "Unlocked" : "Locked";
      break;
    }
    case "order":
      editor.change(reordered(elements, editor.scene.elements, how as Order));
      break;
    case "align":
      editor.change(aligned(elements, how as Side, editor.look));
      break;
    case "spread":
      editor.change(distributed(elements, how as "across" | "down", editor.look));
      break;
  }
}

/** What a key does; the board's page has to do `picture` and `help` itself. */
export function command(editor: Editor, name: Exclude<Command, "picture" | "help">): void {
  const { zoom } = editor.view.peek();
  switch (name) {
    case "undo":
      editor.undo();
      break;
    case "redo":
      editor.redo();
      break;
    case "selectAll":
      editor.selectAll();
      break;
    case "front":
    case "forward":
    case "backward":
    case "back":
      act(editor, `order ${name}`);
      break;
    case "zoomIn":
      editor.zoomTo(nextZoom(zoom, 1));
      break;
    case "zoomOut":
      editor.zoomTo(nextZoom(zoom, -1));
      break;
    case "zoomFull":
      editor.zoomTo(1);
      break;
    case "fit":
      editor.fit();
      break;
    case "fitSelection":
      editor.fitSelection();
      break;
    case "grid":
      editor.grid.value = !editor.grid.peek();
      break;
    case "next":
    case "previous":
      selectNeighbour(editor, name === "next" ? 1 : -1);
      break;
    default:
      act(editor, name);
  }
}

/** In the order in which they are painted, around and around. */
function selectNeighbour(editor: Editor, by: 1 | -1): void {
  const all = editor.scene.elements;
  if (all.length === 0) return;
  const last = [...editor.selection.peek()].at(-1);
  const at = all.findIndex(({ id }) => id === last);
  const next = all[at < 0 ? (by === 1 ? 0 : all.length - 1) : (at + by + all.length) % all.length];
  if (!next) return;
  editor.select([next.id]);
  editor.bringIntoView(next);
}
