/** The room's recordings, as the HTTP API has them. */

import type { Meeting } from "../client";
import { roomPath } from "../client/http";
import { FilmRequests } from "../films/film_requests";

export interface RoomRecording {
  id: string;
  state: "recording" | "finishing" | "finished" | "interrupted" | "failed";
  started_by: { identity: string; name: string };
  started_at: number;
  duration_ms: number;
  bytes: number;
  problems: readonly { code: string }[];
}

type Asking = Pick<Meeting, "http" | "room">;

/** While one is being saved, how often to look. */
export const LOOK_MS = 2_000;

/** Whether it can be watched. */
export function isThere({ state }: RoomRecording): boolean {
  return state === "finished" || state === "interrupted";
}

export function isUnderWay({ state }: RoomRecording): boolean {
  return state === "recording" || state === "finishing";
}

export async function listRecordings(meeting: Asking): Promise<RoomRecording[]> {
  const path = `${roomPath(meeting.room?.name ?? "")}/recordings`;
  const { recordings } = (await (await meeting.http(path)).json()) as { recordings: RoomRecording[] };
  return recordings;
}

/** One that has ended, as soon as its files are whole; rejects when the meeting is left before. */
export async function saved(meeting: Asking, recording: string): Promise<RoomRecording> {
  for (;;) {
    const found = (await (await meeting.http(path(recording))).json()) as RoomRecording;
    if (!isUnderWay(found)) return found;
    await new Promise((go) => setTimeout(go, LOOK_MS));
  }
}

/** Opens its replay in a page of its own, which may make films too. */
export async function watch(meeting: Asking, recording: string): Promise<void> {
  // Opened within the click: a window that opens later is taken for an advertisement.
  const page = window.open("", "_blank");
  try {
    const { token, films_token } = await tokens(meeting, recording);
    if (page)
      page.location.href = `/replay/${recording}#${new URLSearchParams({ token, films: films_token })}`;
  } catch (error) {
    page?.close();
    throw error;
  }
}

/** A link to its replay, for whoever has it. */
export async function linkTo(meeting: Asking, recording: string): Promise<string> {
  const response = await meeting.http(`${path(recording)}/links`, { method: "POST" });
  return ((await response.json()) as { url: string }).url;
}

export async function deleteRecording(meeting: Asking, recording: string): Promise<void> {
  await meeting.http(path(recording), { method: "DELETE" });
}

/** To make films of it. */
export async function filmsOf(meeting: Asking, recording: string): Promise<FilmRequests> {
  const { token } = await tokens(meeting, recording);
  return new FilmRequests(
    (below, init) => meeting.http(`${path(recording)}/${below}`, init),
    (below) => `${path(recording)}/${below}?${new URLSearchParams({ token, download: "1" })}`,
  );
}

async function tokens(meeting: Asking, recording: string): Promise<{ token: string; films_token: string }> {
  return (await (await meeting.http(path(recording))).json()) as { token: string; films_token: string };
}

function path(recording: string): string {
  return `/api/v1/recordings/${encodeURIComponent(recording)}`;
}
