/** Control in words. */

export function deniedWords(owner: string, reason: string): string {
  switch (reason) {
    case "timeout":
      return `${owner} did not answer.`;
    case "denied":
      return `${owner} did not give control.`;
    default:
      return `${owner} cannot give control any more.`;
  }
}

/** Who ended control: by name, or one of the two it was between. */
export type Ender = "sharer" | "holder" | { name: string };

/** To who had control. */
export function revokedWords(owner: string, reason: string, by: Ender): string {
  switch (reason) {
    case "expired":
      return "Your time to control the screen is over.";
    case "handed_over":
      return `${owner} gave control to somebody else.`;
    case "revoked":
      if (by === "holder") return "You gave control back.";
      return by === "sharer" ? `${owner} took control back.` : `${by.name} ended your control of the screen.`;
    default:
      return "You do not control the screen any more.";
  }
}

/** To who shares the screen; `name` had control. */
export function endedWords(name: string, reason: string, by: Ender): string {
  if (reason === "expired") return `The time of ${name} to control your screen is over.`;
  if (reason !== "revoked" || by === "sharer") return `${name} does not control your screen any more.`;
  return by === "holder"
    ? `${name} gave control of your screen back.`
    : `${by.name} ended ${name}’s control of your screen.`;
}

export function refusedWords(code: string): string {
  switch (code) {
    case "forbidden":
      return "You are not allowed to do that here.";
    case "conflict":
      return "Somebody else controls this screen.";
    case "rate_limited":
      return "That was too much at once.";
    case "unavailable":
      return "That has to wait until the connection is back.";
    default:
      return "That did not work.";
  }
}

/** How long it still lasts: minutes, rounded, and in the last one seconds. */
export function leftWords(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000));
  return seconds > 60 ? `${Math.round(seconds / 60)} min` : `${seconds} s`;
}
