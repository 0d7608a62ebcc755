/** The addresses in a text that somebody wrote. */

export interface Part {
  text: string;
  /** Null: plain text. Never anything but http and https. */
  href: string | null;
}

// Ends at what no address has and at marks that turn the direction of what follows: they could show another address
// than the one that opens.
const ADDRESS = /(?:https?:\/\/|www\.)[^\s<>"“”«»\u202A-\u202E\u2066-\u2069]+/giu;
const AFTER = new Set(".,;:!?'*_~)]}");
const OPENING: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/** The text in parts, in order: put together they are the text again. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  const add = (upTo: number, href: string | null = null) => {
    if (upTo > end) parts.push({ text: text.slice(end, upTo), href });
    end = upTo;
  };
  for (const found of text.matchAll(ADDRESS)) {
    const before = text[found.index - 1] ?? " ";
    const address = trimmed(found[0]);
    const href = hrefOf(address);
    if (href === null || /[\p{L}\p{N}_@]/u.test(before)) continue;
    add(found.index);
    add(found.index + address.length, href);
  }
  add(text.length);
  return parts;
}

/** Without what belongs to the sentence: a full stop, a bracket that was opened before. */
function trimmed(found: string): string {
  /** How many brackets close that the address does not open. Counted once: an address may be all brackets. */
  const surplus = new Map<string, number>();
  for (const [closing, opening] of Object.entries(OPENING))
    surplus.set(closing, count(found, closing) - count(found, opening));
  let end = found.length;
  for (; end > 0; end -= 1) {
    const last = found.charAt(end - 1);
    if (!AFTER.has(last)) break;
    const closing = surplus.get(last);
    if (closing === undefined) continue;
    if (closing <= 0) break;
    surplus.set(last, closing - 1);
  }
  return found.slice(0, end);
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}

function hrefOf(address: string): string | null {
  const whole = /^www\./iu.test(address) ? `https://${address}` : address;
  if (!URL.canParse(whole)) return null;
  const url = new URL(whole);
  const named = url.hostname.includes(".") || url.hostname === "localhost" || url.hostname.startsWith("[");
  // What stands before an @ looks like the host and is none.
  return /^https?:$/u.test(url.protocol) && named && url.username === "" ? url.href : null;
}
