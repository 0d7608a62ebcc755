/** Loudness of the own microphone before entering, and whether the room around it is noisy. */

const SILENCE_DB = -60;
/** Steady sound above this is heard by the others as noise. */
const NOISE_DB = -42;
const WINDOW_MS = 5_000;
/** With so few measurements nothing is said yet. */
const LEAST_SAMPLES = 20;
/** Speech has pauses: the quiet tenth of the window is what the room sounds like. */
const QUIET_SHARE = 0.1;

/** Loudness in dB of full scale; -Infinity for digital silence. */
export function decibels(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? Number.NEGATIVE_INFINITY : 10 * Math.log10(sum / samples.length);
}

/** 0–1 for a meter: linear in decibels, as ears are. */
export function meterValue(db: number): number {
  return Math.min(1, Math.max(0, 1 - db / SILENCE_DB));
}

/** Listens whether there is always some sound. */
export class NoiseWatch {
  private readonly measured: { at: number; db: number }[] = [];

  /** Takes a measurement at `now` (milliseconds); returns whether the room is noisy. */
  observe(db: number, now: number): boolean {
    this.measured.push({ at: now, db });
    while ((this.measured[0]?.at ?? now) < now - WINDOW_MS) this.measured.shift();
    if (this.measured.length < LEAST_SAMPLES) return false;
    const sorted = this.measured.map((one) => one.db).sort((a, b) => a - b);
    return (sorted[Math.floor(sorted.length * QUIET_SHARE)] ?? SILENCE_DB) > NOISE_DB;
  }
}
