/**
 * The slots of one peer connection: receive m-lines that stay while what they show changes.
 *
 * A slot is made with its mid at an offer, gets its seat from the answer, and its source from `slots` events,
 * without any further negotiation.
 */

import type { AnsweredSlot, Kind, Paused, SlotLayer, SlotState } from "./types";

export interface Slot {
  readonly mid: string;
  readonly kind: Kind;
  /** The received track, for as long as the slot lives; who is in it changes. */
  readonly media: MediaStreamTrack;
  /** The same alone in a stream, ready for a media element. */
  readonly stream: MediaStream;
  /** Counts from 1; the k-th audio and the k-th video slot share seat k. 0 until the answer. */
  seat: number;
  track: string | null;
  participant: string | null;
  layer: SlotLayer | null;
  paused: Paused | null;
  /** True while the picture still is that of the source before: the new one awaits its key frame. */
  stale: boolean;
  /** The media element that plays it, set by the page. */
  element: HTMLMediaElement | null;
}

export class SlotTable {
  /** By mid. */
  readonly slots = new Map<string, Slot>();
  // A state may overtake the bookkeeping of the answer it belongs to.
  private readonly early = new Map<string, SlotState>();

  /** Takes a new receive m-line in; a mid that is known keeps its slot. */
  add(mid: string, kind: Kind, media: MediaStreamTrack, stream: MediaStream): Slot {
    const known = this.slots.get(mid);
    if (known) return known;
    const slot: Slot = {
      mid,
      kind,
      media,
      stream,
      seat: 0,
      track: null,
      participant: null,
      layer: null,
      paused: "no_source",
      stale: false,
      element: null,
    };
    this.slots.set(mid, slot);
    const state = this.early.get(mid);
    this.early.delete(mid);
    if (state) update(slot, state);
    return slot;
  }

  /** Takes the seats of an answer; slots it leaves out (over the server's limit) are removed and returned. */
  seat(answered: readonly AnsweredSlot[]): Slot[] {
    const seats = new Map(answered.map((slot) => [slot.mid, slot.seat]));
    const refused: Slot[] = [];
    for (const slot of this.slots.values()) {
      const seat = seats.get(slot.mid);
      if (seat === undefined) refused.push(slot);
      else slot.seat = seat;
    }
    for (const slot of refused) this.slots.delete(slot.mid);
    return refused;
  }

  /** Applies a `slots` event and returns the slots it changed. */
  apply(states: readonly SlotState[]): Slot[] {
    const changed: Slot[] = [];
    for (const state of states) {
      const slot = this.slots.get(state.mid);
      if (slot) changed.push(update(slot, state));
      else this.early.set(state.mid, state);
    }
    return changed;
  }

  /** Slots of one kind, in the order of their seats. */
  ofKind(kind: Kind): Slot[] {
    return [...this.slots.values()].filter((slot) => slot.kind === kind).sort((a, b) => a.seat - b.seat);
  }
}

function update(slot: Slot, state: SlotState): Slot {
  const showed = slot.track !== null && (slot.paused === null || slot.stale);
  slot.stale = state.paused === "switching" && (slot.stale || (showed && slot.track !== state.track));
  slot.track = state.track;
  slot.participant = state.participant;
  slot.layer = state.layer;
  slot.paused = state.paused;
  return slot;
}

/**
 * How many slots of a kind to add so that `tracks` fit: whole blocks, since every offer costs the same whether it
 * brings one m-line or eight, and never beyond `limit`.
 */
export function slotsToAdd(tracks: number, slots: number, limit: number, block = 8): number {
  if (tracks <= slots) return 0;
  const blocks = Math.ceil((tracks - slots) / block);
  return Math.max(0, Math.min(blocks * block, limit - slots));
}
