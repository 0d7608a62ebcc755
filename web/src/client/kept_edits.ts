/**
 * What was typed into a document and is not stored yet, over a reload of the page.
 *
 * As with the place in a meeting (`KeptPlace`): written when the page goes, taken out when the next one comes.
 */

import type { Op } from "quill-delta";

/** Changes that are not confirmed, on top of `version`. */
export interface Kept {
  /** What the page called itself: by this, and `seq`, the server knows what is in. */
  readonly client: string;
  readonly epoch: string | null;
  readonly version: number;
  /** The number of what is in flight. */
  readonly seq: number;
  readonly inFlight: Op[] | null;
  readonly buffer: Op[];
}

// A browser has some 5 MB for all; who types more than this without a connection pasted it from somewhere.
const MOST_UNITS = 262_144;

export class KeptEdits {
  constructor(private readonly storage: () => Pick<Storage, "getItem" | "setItem" | "removeItem">) {}

  /** What was left behind, once; null if there is none. */
  take(doc: string): Kept | null {
    try {
      const text = this.storage().getItem(key(doc));
      this.storage().removeItem(key(doc));
      return text === null ? null : read(JSON.parse(text));
    } catch {
      return null;
    }
  }

  has(doc: string): boolean {
    try {
      return this.storage().getItem(key(doc)) !== null;
    } catch {
      return false;
    }
  }

  /** Null: nothing waits. */
  keep(doc: string, kept: Kept | null): void {
    try {
      const text = kept && JSON.stringify(kept);
      if (text !== null && text.length <= MOST_UNITS) this.storage().setItem(key(doc), text);
      else this.storage().removeItem(key(doc));
    } catch {
      // Full or forbidden: what was typed without a connection is lost with the page.
    }
  }
}

/** That of this page; null outside browsers. */
export function keptOnPage(): KeptEdits | null {
  return typeof window === "undefined" ? null : new KeptEdits(() => sessionStorage);
}

function key(doc: string): string {
  return `sfumato.typed ${doc}`;
}

/** What an older page may have written is looked at before it is used. */
function read(told: unknown): Kept | null {
  const { client, epoch, version, seq, inFlight, buffer } = told as Record<string, unknown>;
  const whole = typeof client === "string" && Number.isInteger(version) && Number.isInteger(seq);
  if (!whole || !(inFlight === null || Array.isArray(inFlight)) || !Array.isArray(buffer)) return null;
  const known = typeof epoch === "string" ? epoch : null;
  return { client, epoch: known, version: Number(version), seq: Number(seq), inFlight, buffer };
}
