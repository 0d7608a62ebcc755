/** Where cards stand in the margin: each beside its words, none over another. */

export interface WantedPlace {
  /** Where its words are, in pixels from the top. */
  readonly top: number;
  readonly height: number;
}

/**
 * The tops of cards that are given in the order of their words.
 *
 * The one in `focus` stands exactly beside its words; those before give way upwards, those after downwards. Without
 * one all give way downwards. Nothing stands above 0: where there is no room, all move down.
 */
export function marginPlaces(cards: readonly WantedPlace[], gap: number, focus = -1): number[] {
  const tops: number[] = [];
  const fixed = cards[focus] ? focus : 0;
  let end = Number.NEGATIVE_INFINITY;
  for (let at = fixed; at < cards.length; at += 1) {
    const { top, height } = cards[at] as WantedPlace;
    tops[at] = Math.max(top, end + gap, 0);
    end = (tops[at] ?? 0) + height;
  }
  let start = tops[fixed] ?? 0;
  for (let at = fixed - 1; at >= 0; at -= 1) {
    const { top, height } = cards[at] as WantedPlace;
    start = Math.min(top, start - gap - height);
    tops[at] = start;
  }
  const above = Math.min(0, tops[0] ?? 0);
  if (above === 0) return tops;
  return marginPlaces(
    cards.map(({ height }, at) => ({ top: Math.max(0, tops[at] ?? 0), height })),
    gap,
  );
}
