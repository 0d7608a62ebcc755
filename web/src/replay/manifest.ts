/** What a recording holds: `manifest.json` (docs/recording.md), as far as it is played. */

import { findLast } from "./last";

export interface MediaFile {
  readonly name: string;
  readonly codec: string;
  readonly offset_ms: number;
  readonly duration_ms: number;
  readonly bytes: number;
}

export interface RecordedTrack {
  readonly id: string;
  readonly kind: "audio" | "video";
  readonly source: string;
  readonly participant: string;
  readonly identity: string;
  readonly name: string;
  readonly files: readonly MediaFile[];
}

export interface Manifest {
  readonly recording: string;
  /** UTC, milliseconds since 1970. */
  readonly started_at: number;
  readonly duration_ms: number;
  readonly state: "recording" | "finished" | "interrupted";
  readonly about: { readonly room?: string; readonly title?: string };
  readonly tracks: readonly RecordedTrack[];
}

/** The last picture of a file stands for so long; nobody sees a short gap. */
export const STANDS_MS = 3_000;

/** What plays at a moment; null where there is nothing. */
export function fileAt(files: readonly MediaFile[], atMs: number): MediaFile | null {
  const file = findLast(files, ({ offset_ms }) => offset_ms <= atMs);
  return file && atMs <= file.offset_ms + file.duration_ms + STANDS_MS ? file : null;
}
