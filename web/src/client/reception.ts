/** Reads getStats (W3C webrtc-stats) into what `judge` wants: differences between two looks. */

import type { Reception } from "./quality";

/** The fields read here, of every kind of report. */
export interface Report {
  id: string;
  type: string;
  timestamp: number;
  mid?: string;
  kind?: string;
  packetsReceived?: number;
  packetsLost?: number;
  /** Seconds. */
  jitter?: number;
  totalFreezesDuration?: number;
  fractionLost?: number;
  roundTripTime?: number;
  nominated?: boolean;
  state?: string;
  currentRoundTripTime?: number;
}

export interface Receptions {
  /** What others get of us, as far as the server tells; null while nothing is sent. */
  sent: Reception | null;
  /** By mid: what arrives in the slots. Without entry for a slot in which nothing did. */
  received: Map<string, Reception>;
}

export class ReceptionReader {
  private before = new Map<string, Report>();

  /** Differences to the last call; the first call has none. */
  read(reports: Iterable<Report>): Receptions {
    const now = new Map([...reports].map((report) => [report.id, report]));
    const rttMs = pathRttMs(now.values());
    const received = new Map<string, Reception>();
    let sent: Reception | null = null;
    for (const report of now.values()) {
      if (report.type === "remote-inbound-rtp") {
        const loss = Math.max(report.fractionLost ?? 0, sent?.loss ?? 0);
        const jitterMs = Math.max((report.jitter ?? 0) * 1_000, sent?.jitterMs ?? 0);
        sent = { loss, rttMs, jitterMs, frozen: 0 };
      }
      const before = this.before.get(report.id);
      if (report.type !== "inbound-rtp" || report.mid === undefined || !before) continue;
      const one = difference(before, report, rttMs);
      if (one) received.set(report.mid, one);
    }
    this.before = now;
    return { sent, received };
  }
}

function pathRttMs(reports: Iterable<Report>): number {
  for (const { type, nominated, state, currentRoundTripTime } of reports) {
    if (type === "candidate-pair" && nominated && state === "succeeded")
      return (currentRoundTripTime ?? 0) * 1_000;
  }
  return 0;
}

function difference(before: Report, after: Report, rttMs: number): Reception | null {
  const arrived = (after.packetsReceived ?? 0) - (before.packetsReceived ?? 0);
  const lost = Math.max((after.packetsLost ?? 0) - (before.packetsLost ?? 0), 0);
  if (arrived <= 0) return null;
  const seconds = (after.timestamp - before.timestamp) / 1_000;
  const stood = (after.totalFreezesDuration ?? 0) - (before.totalFreezesDuration ?? 0);
  return {
    loss: lost / (arrived + lost),
    rttMs,
    jitterMs: (after.jitter ?? 0) * 1_000,
    frozen: seconds > 0 ? Math.min(Math.max(stood / seconds, 0), 1) : 0,
  };
}
