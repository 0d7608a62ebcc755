/**
 * Where others are in a document: what they say of it, moved by what was committed since.
 *
 * A cursor is told as it stands in a version, without what its owner has not sent yet: so everybody can place it.
 */

import type Delta from "quill-delta";
import { Anchor } from "./document_notes";

export interface DocumentCursor {
  readonly participant: string;
  /** The same over meetings: what a colour may be chosen by. */
  readonly identity: string;
  readonly name: string;
  readonly index: number;
  /** 0 for a caret, else that of a selection. */
  readonly length: number;
}

interface Told {
  participant: string;
  identity: string;
  name: string;
  version: number;
  place: Anchor;
  at: number;
}

// How far a cursor may be behind that is told on another way than the changes.
const REMEMBERED = 100;
/** They are told again every few seconds; who is silent is not there any more. */
export const CURSOR_AGAIN_MS = 5_000;
const CURSOR_SHOWN_MS = 12_000;
const MOST_CURSORS = 200;

export class DocumentCursors {
  private readonly cursors = new Map<string, Told>();
  private recent: { version: number; change: Delta; by: string }[] = [];
  private version = 0;

  has(participant: string): boolean {
    return this.cursors.has(participant);
  }

  /** Somebody says where they are, at `now` in milliseconds. */
  tell(
    who: { participant: string; identity: string; name: string },
    where: { version: number; index: number; length: number },
    now: number,
  ): void {
    if (!this.cursors.has(who.participant) && this.cursors.size >= MOST_CURSORS) return;
    const { version, index, length } = where;
    const cursor = { ...who, version, place: new Anchor(index, index + length), at: now };
    this.cursors.set(who.participant, cursor);
    for (const one of this.recent) follow(cursor, one.version, one.change, one.by);
  }

  /** `change` made `version`; its author's own cursor goes with what they insert, others stay before it. */
  committed(version: number, change: Delta, by: string): void {
    this.version = version;
    this.recent.push({ version, change, by });
    if (this.recent.length > REMEMBERED) this.recent.shift();
    for (const cursor of this.cursors.values()) follow(cursor, version, change, by);
  }

  /** The document is another one: places mean nothing any more. */
  reset(version: number): void {
    this.version = version;
    this.recent = [];
    this.cursors.clear();
  }

  /** Forgets who left, or said nothing for long; false if there was nobody. */
  forget(gone: { participant: string } | { now: number }): boolean {
    const before = this.cursors.size;
    for (const { participant, at } of [...this.cursors.values()]) {
      const goes = "now" in gone ? gone.now - at > CURSOR_SHOWN_MS : participant === gone.participant;
      if (goes) this.cursors.delete(participant);
    }
    return this.cursors.size < before;
  }

  /** Where they are in the document with what is pending here, by participant. */
  placed(pending: readonly Delta[], length: number): Map<string, DocumentCursor> {
    const placed = new Map<string, DocumentCursor>();
    for (const { participant, identity, name, version, place } of this.cursors.values()) {
      // Told of a version that is not here yet.
      if (version > this.version) continue;
      const [start, end] = pending.reduce(
        ([from, to], change) => [change.transformPosition(from, true), change.transformPosition(to, true)],
        [place.start, place.end] as [number, number],
      );
      const index = Math.min(start, length);
      const range = { index, length: Math.min(Math.max(end, index), length) - index };
      placed.set(participant, { participant, identity, name, ...range });
    }
    return placed;
  }
}

function follow(cursor: Told, version: number, change: Delta, by: string): void {
  if (version !== cursor.version + 1) return;
  cursor.version = version;
  const stays = by !== cursor.identity;
  cursor.place.start = change.transformPosition(cursor.place.start, stays);
  cursor.place.end = change.transformPosition(cursor.place.end, stays);
}

/** Where a place in the document after `change` was before it. */
export function placeBefore(change: Delta, place: number): number {
  let [before, after] = [0, 0];
  for (const op of change.ops) {
    const length = op.delete ?? (typeof op.retain === "number" ? op.retain : 1);
    if (op.delete !== undefined) {
      before += length;
    } else if (op.retain !== undefined) {
      if (after + length > place) break;
      [before, after] = [before + length, after + length];
    } else {
      const inserted = typeof op.insert === "string" ? op.insert.length : 1;
      if (after + inserted >= place) return before;
      after += inserted;
    }
  }
  return before + Math.max(0, place - after);
}
