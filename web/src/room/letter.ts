/** Which letter a key means to shortcuts. */

/**
 * In lower case what stands on the key, as Z and Y change places from one country to another; by the key's place where
 * letters of another alphabet stand. Of keys without a letter their `key`.
 */
export function letterOf({ key, code }: Pick<KeyboardEvent, "key" | "code">): string {
  const place = /^Key([A-Z])$/.exec(code)?.[1];
  const isForeign = place !== undefined && /^\p{L}$/u.test(key) && !/^[a-z]$/i.test(key);
  return (isForeign ? place : key).toLowerCase();
}
