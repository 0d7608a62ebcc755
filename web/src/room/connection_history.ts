/** The last minute of a connection as the server sees it, a sample a second. */

import type { ServerStats } from "../client";

export const SECONDS = 60;

/** One value a second, the newest last; null where nothing is known. */
export type Series = readonly (number | null)[];

export class ConnectionHistory {
  received: Series = [];
  estimate: Series = [];
  loss: Series = [];
  /** Lines of the picture, by mid. */
  readonly pictures = new Map<string, Series>();
  latest: ServerStats | null = null;

  /** Takes a sample; null where the server did not answer. */
  add(stats: ServerStats | null): void {
    this.latest = stats ?? this.latest;
    const slots = stats?.slots ?? [];
    const live = slots.filter((slot) => slot.bitrate_bps > 0);
    const total = live.reduce((sum, slot) => sum + slot.bitrate_bps, 0);
    this.received = push(this.received, stats && total);
    this.estimate = push(this.estimate, stats?.estimate_bps ?? null);
    this.loss = push(this.loss, stats && Math.max(0, ...live.map((slot) => slot.loss)));
    for (const mid of new Set([...this.pictures.keys(), ...slots.map((slot) => slot.mid)])) {
      const slot = slots.find((one) => one.mid === mid);
      if (stats && !slot) this.pictures.delete(mid);
      else this.pictures.set(mid, push(this.pictures.get(mid) ?? [], slot ? slot.height : null));
    }
  }
}

function push(series: Series, value: number | null): Series {
  return [...series, value].slice(-SECONDS);
}

/** The least of 1, 2, 5 times a power of ten that is above all values: an axis that rarely moves. */
export function axis(values: readonly (number | null)[], least: number): number {
  const highest = Math.max(least, ...values.map((value) => value ?? 0));
  const power = 10 ** Math.floor(Math.log10(highest));
  return ([1, 2, 5].find((step) => step * power >= highest) ?? 10) * power;
}

/** The line of a series as an SVG path, one unit a second from right to left; a gap where nothing is known. */
export function linePath(series: Series, most: number, height: number): string {
  let path = "";
  let drawing = false;
  series.forEach((value, index) => {
    if (value === null) {
      drawing = false;
      return;
    }
    const x = SECONDS - series.length + index;
    const y = height - (Math.min(Math.max(value, 0), most) / most) * height;
    path += `${drawing ? "L" : "M"}${x} ${Math.round(y * 100) / 100}`;
    drawing = true;
  });
  return path;
}
