/** Who looks at what: what we tell the others of us, and how theirs is said. */

import { effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Meeting } from "../client";
import { visibleName } from "./names";
import type { Work } from "./work_area";

/** The id of what lies before us: the document or board that is open, else the screen on the stage. */
export function lookOf(work: Work | null, onStage: string | null): string | null {
  if (work !== null) return work.id;
  return onStage?.startsWith("screen ") ? onStage.slice("screen ".length) : null;
}

/** Tells the others from now on; a page in the background looks at nothing. Returns the call that stops it. */
export function followLook(
  meeting: Meeting,
  onStage: ReadonlySignal<string | null>,
  work: ReadonlySignal<Work | null>,
): () => void {
  const hidden = signal(document.hidden);
  const onVisibility = () => {
    hidden.value = document.hidden;
  };
  document.addEventListener("visibilitychange", onVisibility);
  const stop = effect(() => meeting.look(hidden.value ? null : lookOf(work.value, onStage.value)));
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    stop();
  };
}

/** How many look at it. */
export function watchers(meeting: Meeting, id: string | undefined): number {
  if (id === undefined) return 0;
  let count = 0;
  for (const at of meeting.looking.values()) if (at === id) count += 1;
  return count;
}

/** What somebody looks at, as the list of people says it; "" for nothing, or what we do not know. */
export function lookingWords(meeting: Meeting, participant: string): string {
  const at = meeting.looking.get(participant);
  const { room, roster } = meeting;
  if (at === undefined || room === null) return "";
  const track = roster.tracks.get(at);
  if (track?.participant === roster.self) return "watching your screen";
  if (track) return `watching ${visibleName(roster.name(track.participant))}’s screen`;
  const named = [...(room.documents ?? []), ...(room.boards ?? [])].find(({ id }) => id === at);
  return named ? `in “${visibleName(named.title)}”` : "";
}
