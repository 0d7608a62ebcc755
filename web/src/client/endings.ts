/** What the close codes of a session mean for a client (protocol, section 2), and how to say it. */

import { CLOSE_SILENT } from "./signaling";

/** The client gave up after trying long enough; no code of the protocol. */
export const CLOSE_UNREACHABLE = 4_901;

/** No use in trying again: what ended the session would end the next one too. */
const FINAL: ReadonlySet<number> = new Set([
  1000,
  4400,
  4401,
  4403,
  4404,
  4409,
  4410,
  4413,
  4423,
  CLOSE_UNREACHABLE,
]);

/** True when a session that closed so is over; else the client comes back by itself. */
export function isFinal(code: number): boolean {
  return FINAL.has(code);
}

/** True for the server's own word (a full room, a restart): whoever wants in is told, and may try again themselves. */
export function isRefusal(code: number): boolean {
  return code >= 4400 && code < CLOSE_SILENT;
}

const WORDS: Record<number, string> = {
  1000: "You left the meeting.",
  4400: "The server did not understand this client.",
  4401: "The invitation is not valid, or it has expired.",
  4403: "You were removed, or you are not allowed to enter.",
  4404: "There is no such room.",
  4408: "Entering took too long.",
  4409: "You are in this meeting elsewhere: another page took over.",
  4410: "The meeting has ended.",
  4413: "A message was too large for the server.",
  4423: "The room is locked.",
  4429: "There are too many people or connections.",
  4503: "The server is restarting.",
  [CLOSE_SILENT]: "The server does not answer.",
  [CLOSE_UNREACHABLE]: "The server could not be reached.",
};

/** Why a session closed, as a sentence. */
export function closeWords(code: number): string {
  return WORDS[code] ?? "The connection was lost.";
}

/** How long the server asks to stay away (`retry_ms` in the reason of 4429), null if it does not say. */
export function retryAfterMs(reason: string): number | null {
  const said = /retry_ms\W*(\d{1,7})/.exec(reason)?.[1];
  return said === undefined ? null : Number(said);
}
