/** What others draw, in words for who does not see it. */

import type { Mark } from "../client/annotations";
import type { OverModel } from "./over_model";

/** That somebody draws is said now and then, not at every stroke. */
const AGAIN_MS = 15_000;
const MOST = 5_000;

export class MarkNews {
  private readonly seen = new WeakSet<Mark>();
  /** Marks that were told, by name: after an outage all come again. */
  private readonly told = new Set<string>();
  private drewAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly over: OverModel) {}

  /** Says what others drew on a track since it was asked for; false: nothing. */
  of(track: string): boolean {
    let any = false;
    for (const mark of this.over.annotations.marks(track)) {
      if (this.seen.has(mark)) continue;
      this.seen.add(mark);
      if (this.over.isOwn(mark.participant) || !mark.done || !this.isNew(track, mark)) continue;
      any = true;
      this.say(track, mark);
    }
    return any;
  }

  private say(track: string, { tool, text, participant }: Mark): void {
    const { over } = this;
    const { notices } = over.room;
    const ours = over.isOurs(track);
    const name = over.nameOf(participant);
    if (tool === "text") {
      notices.say(`${name} wrote on ${ours ? "your" : `${over.ownerName(track)}’s`} picture: ${text}`);
    } else if (ours && performance.now() - this.drewAt > AGAIN_MS) {
      this.drewAt = performance.now();
      notices.say(`${name} drew on your picture`);
    }
  }

  private isNew(track: string, { participant, id }: Mark): boolean {
    const name = `${track} ${participant} ${id}`;
    if (this.told.has(name)) return false;
    if (this.told.size >= MOST) this.told.clear();
    this.told.add(name);
    return true;
  }
}
