/** Films of a recording as the HTTP API has them (docs/recording.md, "Films"), and in words. */

export interface Film {
  readonly id: string;
  readonly layout: string;
  readonly format: string;
  readonly state: "waiting" | "running" | "finished" | "failed";
  /** 0–1. */
  readonly progress: number;
  readonly bytes: number | null;
  /** What went wrong. */
  readonly problem: string;
}

export const LAYOUTS = [
  { id: "grid", words: "Grid", hint: "Everybody alike" },
  { id: "speaker", words: "Speaker", hint: "Who speaks, large" },
  { id: "screen+speaker", words: "Screen and speaker", hint: "What is shown, large" },
] as const;

export const FORMATS = [
  { id: "mp4", words: "MP4", hint: "plays everywhere" },
  { id: "webm", words: "WebM", hint: "free formats" },
] as const;

export type LayoutId = (typeof LAYOUTS)[number]["id"];
export type FormatId = (typeof FORMATS)[number]["id"];

/** "Grid, MP4". */
export function filmName({ layout, format }: Pick<Film, "layout" | "format">): string {
  const known = LAYOUTS.find(({ id }) => id === layout);
  return `${known?.words ?? layout}, ${format === "webm" ? "WebM" : format.toUpperCase()}`;
}

/** What becomes of it. */
export function filmWords({ state, progress, bytes, problem }: Film): string {
  switch (state) {
    case "waiting":
      return "Waits for another film";
    case "running":
      return `Being made, ${Math.floor(progress * 100)} %`;
    case "finished":
      return sizeWords(bytes ?? 0);
    case "failed":
      return `It could not be made: ${problem}`;
  }
}

/** Whether something becomes of it by itself. */
export function isUnderWay({ state }: Film): boolean {
  return state === "waiting" || state === "running";
}

export function sizeWords(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let [size, at] = [bytes, 0];
  for (; size >= 1000 && at < units.length - 1; at += 1) size /= 1000;
  return `${size < 10 && at > 0 ? size.toFixed(1) : Math.round(size)} ${units[at]}`;
}
