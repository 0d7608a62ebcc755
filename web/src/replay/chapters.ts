/** Moments worth going to: a screen is shown, a document or a board is opened. */

import { type Line, textOf } from "./journal";
import { findLast } from "./last";
import type { Topic } from "./topics";

export interface Chapter {
  readonly atMs: number;
  readonly kind: "start" | "screen" | "document" | "board";
  readonly title: string;
}

/** The same thing again within this time is the same chapter. */
const AGAIN_MS = 60_000;

export function chaptersOf(journal: readonly Line[], topics: readonly Topic[]): Chapter[] {
  const names = new Map<string, string>();
  const chapters: Chapter[] = [{ atMs: 0, kind: "start", title: "Beginning" }];
  const lastOf = new Map<string, number>();
  const add = (key: string, chapter: Chapter) => {
    const before = lastOf.get(key);
    lastOf.set(key, chapter.atMs);
    if (before === undefined || chapter.atMs - before > AGAIN_MS) chapters.push(chapter);
  };
  for (const line of journal) {
    const atMs = Math.max(0, line.at_ms);
    if (line.kind === "joined" || line.kind === "renamed")
      names.set(textOf(line, "participant"), textOf(line, "name"));
    if (line.kind === "published" && line.source === "screen") {
      const name = names.get(textOf(line, "participant")) ?? "Somebody";
      add(`screen ${name}`, { atMs, kind: "screen", title: `${name} shares a screen` });
    }
    if (line.kind !== "opened") continue;
    const topic = topics.find(({ id }) => id === line.topic);
    if (topic) add(topic.id, { atMs, kind: topic.kind, title: topic.title });
  }
  return chapters;
}

/** The one that a moment is in. */
export function chapterAt(chapters: readonly Chapter[], atMs: number): Chapter | undefined {
  return findLast(chapters, (chapter) => chapter.atMs <= atMs);
}
