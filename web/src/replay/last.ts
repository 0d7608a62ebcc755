/** The last of a list that passes a test: `Array.findLast`, which older browsers lack. */
export function findLast<Item>(list: readonly Item[], test: (item: Item) => boolean): Item | undefined {
  for (let at = list.length - 1; at >= 0; at -= 1) {
    const item = list[at];
    if (item !== undefined && test(item)) return item;
  }
  return undefined;
}
