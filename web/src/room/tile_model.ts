/** What a tile shows, one signal a fact: a change redraws the one tile, and of it the one mark. */

import { signal } from "@preact/signals";
import type { Rect } from "./layout";

export interface Place extends Rect {
  /** "stage" for the large tile; small tiles say less. */
  part: "grid" | "stage" | "strip";
}

export interface Reaction {
  id: number;
  emoji: string;
  /** Where it rises, 0–1 of the tile's width. */
  across: number;
}

// More at once are a cloud that nobody can tell apart.
const MOST_REACTIONS = 8;

/** The key of the own picture. */
export const OWN = "own";

export class TileModel {
  readonly name = signal("");
  readonly identity = signal("");
  /** The id of the track whose picture it is; null while there is none. */
  readonly track = signal<string | null>(null);
  readonly stream = signal<MediaStream | null>(null);
  /** False: the avatar stands where the picture would be. */
  readonly live = signal(false);
  /** Why there is no picture, where that is not plain; else "". */
  readonly words = signal("");
  readonly speaking = signal(false);
  readonly muted = signal(false);
  readonly hand = signal(false);
  readonly away = signal(false);
  /** 1 (poor) to 3 (good); null while nothing is known. */
  readonly bars = signal<1 | 2 | 3 | null>(null);
  readonly pinned = signal(false);
  /** How many look at it, of a shared screen: not said while it is us alone. */
  readonly watching = signal(0);
  /** Reactions that float over the picture now. */
  readonly reactions = signal<readonly Reaction[]>([]);
  /** Null while no place is free: the tile is not drawn. */
  readonly place = signal<Place | null>(null);
  /** When they spoke last; decides who is shown where not all fit. */
  spokeAt = 0;

  constructor(
    readonly key: string,
    readonly participant: string,
    readonly kind: "camera" | "screen",
  ) {}

  get own(): boolean {
    return this.key === OWN;
  }

  /** Lets a reaction rise. */
  float(reaction: Reaction): void {
    this.reactions.value = [...this.reactions.peek(), reaction].slice(-MOST_REACTIONS);
  }

  /** It is gone. */
  landed(id: number): void {
    this.reactions.value = this.reactions.peek().filter((one) => one.id !== id);
  }

  /** Moves the tile; equal places are one and the same to whoever listens. */
  move(place: Place | null): void {
    const before = this.place.peek();
    if (before && place && samePlace(before, place)) return;
    this.place.value = place;
  }
}

function samePlace(one: Place, other: Place): boolean {
  return (
    one.part === other.part &&
    one.x === other.x &&
    one.y === other.y &&
    one.width === other.width &&
    one.height === other.height
  );
}
