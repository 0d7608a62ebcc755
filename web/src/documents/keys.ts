/** What the editor calls a key that is pressed. */

import { letterOf } from "../room/letter";

type Key = Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "altKey">;

/** With what is held besides Ctrl: `shift KeyZ`, `alt Digit1`. Digits go by where the key is, whatever Shift makes of them. */
export function keyName({ key, code, shiftKey, altKey }: Key): string {
  const letter = letterOf({ key, code });
  const name = /^[a-z]$/.test(letter) ? `Key${letter.toUpperCase()}` : code;
  return `${shiftKey ? "shift " : ""}${altKey ? "alt " : ""}${name}`;
}
