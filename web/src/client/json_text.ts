/** What goes to the server as JSON. */

// Only a half without its other half is written so. A backslash that somebody wrote may look alike: then one looks in vain.
const LONE = /\\ud[89a-f]/;

/**
 * The JSON text of a value. Half of a surrogate pair, cut from a longer text or from the clipboard, is not JSON to the
 * server (RFC 8259, section 8.2), which closes what says it: U+FFFD goes in its place, which is as long.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  return LONE.test(text) ? JSON.stringify(value, wellFormed) : text;
}

function wellFormed(_: string, value: unknown): unknown {
  return typeof value === "string" ? value.replace(/\p{Surrogate}/gu, "\ufffd") : value;
}
