/** Addresses that a link in a document may have. */

const ALLOWED = new Set(["http:", "https:", "mailto:"]);

/** An address as it was typed, made whole; null for what cannot be a link here. */
export function linkAddress(typed: string): string | null {
  const text = typed.trim();
  if (text === "") return null;
  if (isAllowed(text)) return text;
  // Without a scheme: a mail address or a site.
  if (/^[^\s/@:]+@[^\s/@:]+\.[^\s/@:]+$/.test(text)) return `mailto:${text}`;
  if (/^[^\s/:@]+\.[^\s/:@]+(:\d+)?([/?#].*)?$/.test(text) && isAllowed(`https://${text}`))
    return `https://${text}`;
  return null;
}

/** Whether it is a whole address with a scheme that is allowed. */
export function isAllowed(address: string): boolean {
  try {
    return ALLOWED.has(new URL(address).protocol);
  } catch {
    return false;
  }
}
