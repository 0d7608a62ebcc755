/** Chance from a seed, so that it tells the whole story but for what the network does (Mulberry32). */
export class Chance {
  constructor(private state: number) {}

  /** From 0 up to 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    const { state } = this;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(share: number): boolean {
    return this.next() < share;
  }

  oneOf<One>(list: readonly One[]): One {
    return list[Math.floor(this.next() * list.length)] as One;
  }
}
