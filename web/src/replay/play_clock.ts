/** Where the replay is: one clock that everything follows. It reads no time by itself. */

export class PlayClock {
  playing = false;
  private atMs = 0;
  private since: number | null = null;
  private held = false;
  private jumped = 0;
  private speed = 1;

  constructor(readonly endMs: number) {}

  get rate(): number {
    return this.speed;
  }

  /** How often it was sought, or begun anew. */
  get jumps(): number {
    return this.jumped;
  }

  /** Whether it moves: it plays and nothing holds it. */
  get isRunning(): boolean {
    return this.playing && !this.held;
  }

  /** Milliseconds of the recording; at its end it stands. */
  at(now: number): number {
    const passed = this.since === null ? 0 : (now - this.since) * this.speed;
    return Math.min(this.endMs, this.atMs + passed);
  }

  play(now: number): void {
    if (this.at(now) >= this.endMs) this.seek(0, now);
    this.playing = true;
    this.settle(now);
  }

  pause(now: number): void {
    this.settle(now);
    this.playing = false;
    this.since = null;
  }

  /** What is to be shown is not there yet: time waits. */
  hold(held: boolean, now: number): void {
    if (held === this.held) return;
    this.settle(now);
    this.held = held;
    this.settle(now);
  }

  seek(atMs: number, now: number): void {
    this.jumped += 1;
    this.atMs = Math.min(this.endMs, Math.max(0, atMs));
    this.since = this.isRunning ? now : null;
  }

  /** Takes back some time: nothing that plays has got so far. */
  slip(ms: number, now: number): void {
    this.settle(now);
    this.atMs = Math.max(0, this.atMs - ms);
  }

  setRate(rate: number, now: number): void {
    this.settle(now);
    this.speed = rate;
  }

  private settle(now: number): void {
    this.atMs = this.at(now);
    this.since = this.isRunning ? now : null;
  }
}
