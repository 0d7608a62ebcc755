/** What stands beside the pictures, over a reload of the page: written when it goes, taken when the next one comes. */

import type { Room } from "../client";
import type { Work } from "./work_area";

const KEY = "sfumato.work";

export class KeptWork {
  constructor(private readonly storage: () => Pick<Storage, "getItem" | "setItem" | "removeItem">) {}

  /** What stood there when this tab was in the room last, once; null if nothing did, or it is gone. */
  take(room: Room): Work | null {
    try {
      const kept = JSON.parse(this.storage().getItem(KEY) ?? "null") as (Work & { room: string }) | null;
      this.storage().removeItem(KEY);
      if (kept === null || kept.room !== room.name) return null;
      const { kind, id } = kept;
      const there = kind === "document" ? room.documents : kind === "board" ? room.boards : [];
      return there?.some((one) => one.id === id) ? { kind, id } : null;
    } catch {
      return null;
    }
  }

  keep(room: string, work: Work | null): void {
    try {
      if (work) this.storage().setItem(KEY, JSON.stringify({ room, ...work }));
      else this.storage().removeItem(KEY);
    } catch {
      // Full or forbidden: it is opened from the list.
    }
  }
}
