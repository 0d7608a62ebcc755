/** Who has which place: nobody moves without need. */

/**
 * The places of the next picture of the room.
 *
 * `places` are the keys shown so far, `present` all that could be shown, `capacity` how many fit, `urgency` how much
 * one wants to be seen (the time it spoke last; Infinity for what must stay). Newcomers take free places before new
 * ones are made; a gap nobody fills is taken by the last tile, so that one moves and not all behind it. Somebody
 * hidden who becomes more urgent than somebody shown takes exactly that place.
 */
export function arrange(
  places: readonly string[],
  present: readonly string[],
  capacity: number,
  urgency: (key: string) => number,
): string[] {
  const here = new Set(present);
  const shown: (string | null)[] = places.map((key) => (here.has(key) ? key : null));
  const known = new Set(places);
  for (const key of present) {
    if (known.has(key)) continue;
    const gap = shown.indexOf(null);
    if (gap >= 0) shown[gap] = key;
    else if (shown.length < capacity) shown.push(key);
  }
  const full = closed(shown);
  const kept =
    full.length > capacity ? closed(withoutLeastUrgent(full, full.length - capacity, urgency)) : full;
  return withUrgent(kept, present, urgency);
}

/** Fills gaps from the end. */
function closed(shown: readonly (string | null)[]): string[] {
  const places = [...shown];
  for (let index = 0; index < places.length; index += 1) {
    while (places.length > index && places[places.length - 1] === null) places.pop();
    if (places[index] === null) places[index] = places.pop() ?? null;
  }
  return places.filter((key) => key !== null);
}

function withoutLeastUrgent(
  shown: readonly string[],
  surplus: number,
  urgency: (key: string) => number,
): (string | null)[] {
  // Among equals the last go: they came last.
  const going = new Set(
    shown
      .map((key, index) => ({ key, index }))
      .sort((a, b) => compare(urgency(a.key), urgency(b.key)) || b.index - a.index)
      .slice(0, surplus)
      .map(({ key }) => key),
  );
  return shown.map((key) => (going.has(key) ? null : key));
}

function withUrgent(
  shown: readonly string[],
  present: readonly string[],
  urgency: (key: string) => number,
): string[] {
  const places = [...shown];
  const visible = new Set(places);
  const hidden = present.filter((key) => !visible.has(key)).sort((a, b) => compare(urgency(b), urgency(a)));
  for (const key of hidden) {
    let least = -1;
    for (let index = places.length - 1; index >= 0; index -= 1) {
      const urgent = urgency(places[index] ?? "");
      if (least < 0 || urgent < urgency(places[least] ?? "")) least = index;
    }
    if (least < 0 || urgency(key) <= urgency(places[least] ?? "")) break;
    places[least] = key;
  }
  return places;
}

/** Not a difference: of two infinities that would be no number. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
