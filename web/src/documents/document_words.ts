/** What a document says about itself. */

export type Standing = "opening" | "open" | "offline" | "closed";

/** Where the text is: with everybody, on its way, or here alone. */
export function standingWords(state: Standing, saved: boolean): string {
  switch (state) {
    case "opening":
      return "Opening…";
    case "open":
      return saved ? "Saved" : "Saving…";
    case "offline":
      return saved ? "Offline" : "Offline, not sent yet";
    case "closed":
      return "Closed";
  }
}

const CLOSED: Record<string, string> = {
  deleted: "This document was deleted.",
  not_found: "There is no such document. It may have been deleted.",
  forbidden: "You may not open this document.",
  revoked: "The link to this document was taken back.",
};

/** Why a document is closed. */
export function closedWords(reason: string): string {
  return CLOSED[reason] ?? "This document was closed.";
}

const REFUSED: Record<string, string> = {
  forbidden: "You may not do that in this document.",
  too_large: "That is too large for this document. It was not kept.",
  rate_limited: "That was too much at once. Wait a moment and try again.",
  conflict: "The text changed meanwhile. Try again.",
  not_found: "That is no longer there.",
  stale: "Versions that old are no longer kept.",
  unavailable: "The server cannot store anything right now. Try again in a moment.",
  unreachable: "The server does not answer. Try again when you are online.",
  closed: "This document is closed.",
};

/** Why something was refused, by its code. */
export function refusedWords(code: string): string {
  return REFUSED[code] ?? "The server did not take that.";
}

/** How long ago, or when: short words for a list. */
export function agoWords(at: number, now: number, locale?: string): string {
  const minutes = Math.round((now - at) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const [then, today] = [new Date(at), new Date(now)];
  const time = then.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  if (then.toDateString() === today.toDateString()) return time;
  const year = then.getFullYear() === today.getFullYear() ? {} : { year: "numeric" as const };
  return `${then.toLocaleDateString(locale, { day: "numeric", month: "short", ...year })}, ${time}`;
}

/** The day of a deadline as people write it. */
export function deadlineWords(at: number, locale?: string): string {
  return new Date(at).toLocaleString(locale, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
}
