/** The keyboard: one table, for the keys and for the sheet that explains them. */

export type Act =
  | "microphone"
  | "camera"
  | "screen"
  | "hand"
  | "people"
  | "chat"
  | "documents"
  | "boards"
  | "layout"
  | "fullscreen"
  | "invite"
  | "help";

export interface Shortcut {
  key: string;
  act: Act;
  words: string;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { key: "m", act: "microphone", words: "Microphone on or off" },
  { key: "v", act: "camera", words: "Camera on or off" },
  { key: "s", act: "screen", words: "Share a screen, or stop" },
  { key: "h", act: "hand", words: "Raise or lower your hand" },
  { key: "p", act: "people", words: "People" },
  { key: "c", act: "chat", words: "Chat" },
  { key: "d", act: "documents", words: "Documents" },
  { key: "b", act: "boards", words: "Boards" },
  { key: "g", act: "layout", words: "Grid or speaker" },
  { key: "f", act: "fullscreen", words: "Full screen" },
  { key: "i", act: "invite", words: "Copy the invitation" },
  { key: "?", act: "help", words: "These shortcuts" },
];

type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "repeat" | "target">;

/** What a key press means; null for none, and while somebody types. */
export function actOf(event: Key): Act | null {
  // With a modifier the key is the browser's or the screen reader's.
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return null;
  const key = event.key.toLowerCase();
  return SHORTCUTS.find((shortcut) => shortcut.key === key)?.act ?? null;
}

/** The key of an act as it is printed on a key. */
export function keyOf(act: Act): string {
  return (SHORTCUTS.find((shortcut) => shortcut.act === act)?.key ?? "").toUpperCase();
}

/** Whether keys go into a field or a text there. */
export function isTyping(target: EventTarget | null): boolean {
  if (target === null || !("tagName" in target)) return false;
  const { tagName } = target as Element;
  const editable = "isContentEditable" in target && target.isContentEditable === true;
  return editable || tagName === "INPUT" || tagName === "TEXTAREA" || tagName === "SELECT";
}
