/** Why a recording cannot be seen, in words: by the server's code, what is so, and what may have been or helps. */

export const WHY_NOT_LOADED: Record<string, readonly [string, string]> = {
  not_found: ["There is no such recording", "It may have been deleted."],
  forbidden: ["You may not see this recording", "Ask whoever recorded it for a link."],
  unauthorised: ["This link does not open the recording", "It may have run out. Ask for a new one."],
};

export const UNREACHABLE = [
  "The recording could not be loaded",
  "The server does not answer as it should.",
] as const;

/** The same for who watches it already, and sees no more than what came so far. */
const WHY_NO_MORE: Record<string, string> = {
  not_found: "The recording was deleted. No more of it can be shown.",
  forbidden: "You may not see this recording any more.",
  unauthorised: "This link has run out. Ask for a new one to see the rest.",
};

export function noMoreWords(code: string): string {
  return WHY_NO_MORE[code] ?? "The server cannot be reached. It goes on when it answers again.";
}
