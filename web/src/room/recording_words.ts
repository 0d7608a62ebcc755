/** What is said of a recording. */

import type { RoomRecording } from "./recordings";

const STATES: Record<RoomRecording["state"], string> = {
  recording: "being recorded",
  finishing: "being saved",
  finished: "",
  interrupted: "cut off",
  failed: "nothing was recorded",
};

export function stateWords(state: RoomRecording["state"]): string {
  return STATES[state] ?? "";
}

/** What a recording lacks, each thing once. What nobody sees or hears, such as a clock that was set, is left out. */
const PROBLEMS: Record<string, string> = {
  disk_full: "the disk was full",
  not_writable: "files could not be written",
  no_keyframe: "a picture was missing for a while",
  malformed: "some pictures were broken",
  queue_full: "it has gaps",
  recorder_restarted: "it has a short gap",
};

/** "" for none. */
export function problemWords(problems: RoomRecording["problems"]): string {
  const said = [...new Set(problems.map(({ code }) => PROBLEMS[code] ?? ""))].filter((words) => words !== "");
  const words = said.join(", ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function startWords({ started_at }: Pick<RoomRecording, "started_at">, locale?: string): string {
  return new Date(started_at).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
}

export function lengthWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}
