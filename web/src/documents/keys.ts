/** What the editor calls a key that is pressed. */

type Key = Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "altKey">;

/**
 * With what is held besides Ctrl: `shift KeyZ`, `alt Digit1`. Letters go by what stands on the key, as Z and Y change
 * places from one country to another; digits, and letters of other alphabets, by where the key is.
 */
export function keyName({ key, code, shiftKey, altKey }: Key): string {
  const name = /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : code;
  return `${shiftKey ? "shift " : ""}${altKey ? "alt " : ""}${name}`;
}
