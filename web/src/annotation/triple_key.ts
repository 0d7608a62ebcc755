/** A key pressed three times in a row: the way out that nobody takes by accident. */

const WITHIN_MS = 1_200;

export class TripleKey {
  private readonly times: number[] = [];

  constructor(private readonly key: string) {}

  /** Takes every key press; true at the third in a row. */
  pressed({ key, repeat, timeStamp }: Pick<KeyboardEvent, "key" | "repeat" | "timeStamp">): boolean {
    if (repeat) return false;
    if (key !== this.key) {
      this.times.length = 0;
      return false;
    }
    this.times.push(timeStamp);
    const [first] = this.times.slice(-3);
    if (this.times.length < 3 || first === undefined || timeStamp - first > WITHIN_MS) return false;
    this.times.length = 0;
    return true;
  }
}
