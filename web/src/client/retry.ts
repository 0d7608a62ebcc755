/** When to try again to reach the server. */

// A network that comes back is to be noticed at once: most outages are a tunnel, a lift, a change of Wi-Fi.
const EAGER_MS = 30_000;
const EAGER_DELAY_MS = 1_000;
const MOST_DELAY_MS = 15_000;

/**
 * Milliseconds until the next try, `lostForMs` after the connection was lost: at most a second for half a minute,
 * then growing with the outage up to 15 s. `random` in 0–1 spreads a thousand clients of a server that restarts.
 */
export function retryDelay(lostForMs: number, random: number): number {
  if (lostForMs < EAGER_MS) return EAGER_DELAY_MS * (0.4 + 0.6 * random);
  const grown = EAGER_DELAY_MS * 2 ** ((lostForMs - EAGER_MS) / EAGER_MS);
  return Math.min(grown, MOST_DELAY_MS) * (0.5 + 0.5 * random);
}
