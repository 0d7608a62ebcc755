/** How good a connection is, judged from counters: what a person hears and sees, as one number. */

/** Over some seconds. */
export interface Reception {
  /** Packets that did not arrive, 0–1. */
  loss: number;
  rttMs: number;
  jitterMs: number;
  /** The share of the time that a picture stood still, 0–1. */
  frozen: number;
}

export type QualityReason = "" | "loss" | "delay" | "frozen";

export interface Quality {
  /** 1 (bad) to 5 (excellent), whole. */
  score: number;
  /** What costs most; "" where nothing does, the server's own word where the score is the server's. */
  reason: string;
}

/**
 * A mean opinion score from the E-model of ITU-T G.107, simplified: delay costs little up to 160 ms and much beyond,
 * a percent of loss costs 2.5 points of R as with Opus and its error correction. A frozen picture costs up to 3.
 */
export function judge({ loss, rttMs, jitterMs, frozen }: Reception): Quality {
  const delayMs = rttMs / 2 + 2 * jitterMs + 10;
  const forDelay = delayMs < 160 ? delayMs / 40 : (delayMs - 120) / 10;
  const forLoss = loss * 100 * 2.5;
  const r = Math.min(Math.max(93.2 - forDelay - forLoss, 0), 93.2);
  // G.107 Annex B: the score of a rating R.
  const opinion = 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r);
  // 4.4 is the best that Annex B gives; here that is 5.
  const score = Math.round(Math.min(Math.max((opinion - 1) * (4 / 3.4) + 1 - 3 * frozen, 1), 5));
  const costs: [QualityReason, number][] = [
    ["loss", forLoss],
    ["delay", forDelay],
    ["frozen", frozen * 100],
  ];
  const [worst] = costs.sort((a, b) => b[1] - a[1])[0] ?? [""];
  return { score, reason: score >= 4 ? "" : (worst as QualityReason) };
}

const WORDS: Record<string, string> = {
  loss: "Packets are lost on the way.",
  delay: "The network is slow to answer.",
  frozen: "The picture stands still.",
  bandwidth: "The network carries less than is wanted.",
  cpu: "The computer is too slow for what it sends.",
};

/** A reason as a sentence; "" where there is none. */
export function qualityWords(reason: string): string {
  return WORDS[reason] ?? (reason ? `The network is poor (${reason}).` : "");
}
