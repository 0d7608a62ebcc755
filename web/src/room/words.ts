/** What happened, in words a person understands. */

import type { Capture, DeviceProblem, Paused, Source } from "../client";
import { CLOSE_UNREACHABLE } from "../client/endings";
import { CLOSE_SILENT } from "../client/signaling";

export interface Ending {
  title: string;
  text: string;
  /** Label of the button that enters again; null where that cannot help. */
  again: string | null;
}

const UNREACHABLE: Ending = {
  title: "The connection was lost",
  text: "The server does not answer. Check your network, then try again.",
  again: "Try again",
};

const ENDINGS: Record<number, Ending> = {
  1000: { title: "You left the meeting", text: "You can come back whenever you like.", again: "Come back" },
  4400: {
    title: "The server did not understand this page",
    text: "Reload the page; it may be older than the server.",
    again: "Try again",
  },
  4401: {
    title: "Your invitation is not valid",
    text: "It may have expired. Ask for a new link.",
    again: null,
  },
  4403: {
    title: "You are not in this meeting",
    text: "You were removed, or you are not allowed to enter this room.",
    again: null,
  },
  4404: { title: "There is no such room", text: "Check the name of the room in the address.", again: null },
  4408: {
    title: "Entering took too long",
    text: "The connection may be slow. Try again.",
    again: "Try again",
  },
  4409: {
    title: "You are in this meeting elsewhere",
    text: "Another page took over your place.",
    again: "Try again",
  },
  4410: { title: "The meeting has ended", text: "It was closed for everybody.", again: null },
  4413: { title: "A message was too large", text: "Reload the page and try again.", again: "Try again" },
  4423: { title: "The room is locked", text: "Ask somebody inside to let you in.", again: "Try again" },
  4429: {
    title: "Too many at once",
    text: "The room or your account is full. Try again later.",
    again: "Try again",
  },
  4503: { title: "The server is restarting", text: "Try again in a moment.", again: "Try again" },
  [CLOSE_SILENT]: UNREACHABLE,
  [CLOSE_UNREACHABLE]: UNREACHABLE,
};

const LOST: Ending = {
  title: "The connection was lost",
  text: "The network or the server went away.",
  again: "Try again",
};

/** Why a session ended, by the close code of its socket. */
export function endingOf(code: number): Ending {
  return ENDINGS[code] ?? LOST;
}

const PROBLEMS: Record<DeviceProblem, string> = {
  denied: "may not be used: the browser or you did not allow it",
  missing: "was not found",
  busy: "is in use by another program",
  insecure: "may only be used on a page with https",
  failed: "could not be started",
};

/** Why a device is not there, and what that means. */
export function deviceProblem(device: Capture, problem: DeviceProblem): string {
  const consequence =
    device === "microphone"
      ? "Others do not hear you."
      : `Others do not see ${device === "camera" ? "you" : "it"}.`;
  return `Your ${device} ${PROBLEMS[problem]}. ${consequence}`;
}

/** The same for camera and microphone together, where both are kept from the page. */
export function bothDevicesProblem(problem: "denied" | "insecure"): string {
  return `Your camera and microphone ${PROBLEMS[problem]}. Others neither see nor hear you.`;
}

/** Why the server does not take a source. */
export function refusal(source: Source, code: string): string {
  const what = source === "screen_audio" ? "the sound of your screen" : `your ${source}`;
  return code === "forbidden"
    ? `You may only watch and listen here; ${what} is not shared.`
    : `The server could not take ${what} (${code}).`;
}

/** Why a tile shows no moving picture; "" where that needs no words. */
export function pausedWords(paused: Paused | null, kind: "camera" | "screen"): string {
  switch (paused) {
    case "bandwidth":
      return "Paused: the connection is too slow";
    case "codec":
      return "This browser cannot show this video";
    case "switching":
    case "no_source":
      // A face has its avatar meanwhile.
      return kind === "screen" ? "Picture is coming…" : "";
    case "muted":
    case "hidden":
    case null:
      return "";
  }
}

/** How many people there are. */
export function peopleWords(count: number): string {
  return count === 1 ? "1 person" : `${count} people`;
}

/** How many look at a shared screen. */
export function watchingWords(count: number): string {
  return `${count} watching`;
}

export const ROLE_WORDS: Record<string, string> = {
  viewer: "Viewer",
  participant: "Participant",
  presenter: "Presenter",
  host: "Host",
};
