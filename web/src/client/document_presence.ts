/** Who is where in a document: our own cursor as others are told of it, and theirs as they told. */

import type Delta from "quill-delta";
import type { Message } from "./channels";
import { CURSOR_AGAIN_MS, type DocumentCursor, DocumentCursors, placeBefore } from "./document_cursors";
import { Anchor } from "./document_notes";
import type { Live } from "./live";

/** No version has this number: a cursor in it is one of somebody who is there and has none. */
const NOWHERE = 0;

export interface PresenceHost {
  readonly doc: string;
  readonly live: Live;
  /** The newest version that is here; null while nothing may be told. */
  version(): number | null;
  /** Changes on top of what is confirmed. */
  pending(): Delta[];
  /** Who a participant is; null for a stranger. */
  who(participant: string): { identity: string; name: string } | null;
  self(): string;
  /** Somebody is somewhere else. */
  changed(): void;
}

export class DocumentPresence {
  private readonly others = new DocumentCursors();
  private cursor: Anchor | null = null;
  private readonly beat: ReturnType<typeof setInterval>;
  private readonly stopLive: () => void;

  constructor(private readonly host: PresenceHost) {
    this.beat = setInterval(() => this.tellAgain(), CURSOR_AGAIN_MS);
    this.stopLive = host.live.on("message", ({ message }) => this.hear(message));
  }

  /** Where others are in a text of this length, by participant. */
  placed(length: number): ReadonlyMap<string, DocumentCursor> {
    return this.others.placed(this.host.pending(), length);
  }

  /** We are somewhere else; null: nowhere in it. */
  set(place: { index: number; length: number } | null): void {
    this.cursor = place && new Anchor(place.index, place.index + place.length);
    this.tell();
  }

  /** Something was typed here, in a text that is shown already. */
  typed(change: Delta): void {
    const { cursor } = this;
    if (!cursor) return;
    cursor.start = change.transformPosition(cursor.start);
    cursor.end = change.transformPosition(cursor.end);
    this.tell();
  }

  /** The text has changed. `own`: undone or done again here. */
  moved(change: Delta, own: boolean): void {
    const { cursor } = this;
    if (!cursor) return;
    cursor.start = change.transformPosition(cursor.start, !own);
    cursor.end = change.transformPosition(cursor.end, !own);
  }

  /** `change` made `version`, by somebody (an identity). */
  committed(version: number, change: Delta, by: string): void {
    this.others.committed(version, change, by);
  }

  /** The text is another one. */
  reset(version: number): void {
    this.others.reset(version);
    this.cursor = null;
  }

  /** Somebody left. */
  left(participant: string): void {
    if (this.others.forget({ participant })) this.host.changed();
  }

  /** Tells others where we are. */
  tell(): void {
    const { cursor, host } = this;
    const version = host.version();
    if (version === null) return;
    const pending = host.pending();
    const confirmed = (place: number): number =>
      pending.reduceRight((at, change) => placeBefore(change, at), place);
    const index = confirmed(cursor?.start ?? 0);
    const length = Math.max(0, confirmed(cursor?.end ?? 0) - index);
    const where = { version: cursor ? version : NOWHERE, index, length };
    host.live.send(`cursor ${host.doc}`, { t: "cursor", doc: host.doc, ...where });
  }

  close(): void {
    clearInterval(this.beat);
    this.stopLive();
  }

  private hear(message: Message & { participant: string }): void {
    const { t, doc, participant, version, index, length } = message;
    const { host, others } = this;
    if (t !== "cursor" || doc !== host.doc || participant === host.self()) return;
    if (typeof version !== "number" || typeof index !== "number" || typeof length !== "number") return;
    const known = host.who(participant);
    const told = typeof message.name === "string" ? message.name : "";
    const identity = known?.identity ?? participant;
    const who = { participant, identity, name: known?.name || told || "Someone" };
    // Who comes shall see us at once.
    if (this.cursor && !others.has(participant)) this.tell();
    if (version === NOWHERE) others.forget({ participant });
    else others.tell(who, { version, index, length }, performance.now());
    host.changed();
  }

  private tellAgain(): void {
    if (this.cursor) this.tell();
    if (this.others.forget({ now: performance.now() })) this.host.changed();
  }
}
