/** Watches how well everybody arrives, from getStats, until the server's own scores come. */

import { judge, type Quality, type Reception } from "./quality";
import { ReceptionReader } from "./reception";
import type { Slot } from "./slots";

const LOOK_MS = 2_000;
// One bad moment is no bad connection, and no good one either.
const LOOKS_IN_A_ROW = 3;
const POOR = 2;

export interface Watched {
  readonly connection: RTCPeerConnection;
  readonly slots: Iterable<Slot>;
}

export class QualityWatch {
  /** By participant; our own connection under "". */
  readonly scores = new Map<string, Quality>();
  /** Our own connection is poor: for some looks in a row, until it is not for as many. */
  poor: Quality | null = null;

  private reader = new ReceptionReader();
  private inARow = 0;
  private byServer = false;
  private readonly timer: ReturnType<typeof setInterval>;

  /** `watched` gives the connection in use, or null; `changed` is called when a score or `poor` changed. */
  constructor(
    private readonly watched: () => Watched | null,
    private readonly changed: () => void,
  ) {
    this.timer = setInterval(() => void this.look(), LOOK_MS);
  }

  /** The server judged: from then on its scores count for others. */
  learn(participants: readonly { participant: string; score: number; reason: string }[]): void {
    this.byServer = true;
    for (const { participant, score, reason } of participants)
      this.scores.set(participant, { score, reason });
    this.changed();
  }

  /** Somebody left. */
  forget(participant: string): void {
    this.scores.delete(participant);
  }

  /** Another connection: its counters begin anew. */
  reset(): void {
    this.reader = new ReceptionReader();
    this.inARow = 0;
    this.poor = null;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const watched = this.watched();
    if (watched?.connection.connectionState !== "connected") return;
    const stats = await watched.connection.getStats().catch(() => null);
    if (!stats) return;
    const { sent, received } = this.reader.read(stats.values());
    const byParticipant = new Map<string, Reception>();
    for (const { mid, participant } of watched.slots) {
      const reception = received.get(mid);
      if (participant === null || !reception) continue;
      byParticipant.set(participant, worse(byParticipant.get(participant), reception));
    }
    let different = this.byServer ? false : this.takeScores(byParticipant);
    // Ours is as good as both directions are: what everybody sends us comes over the same path.
    const all = [...byParticipant.values(), ...(sent ? [sent] : [])];
    if (all.length > 0) different = this.takeOwn(judge(best(all, sent))) || different;
    if (different) this.changed();
  }

  private takeScores(receptions: Map<string, Reception>): boolean {
    let different = false;
    for (const [participant, reception] of receptions) {
      const quality = judge(reception);
      const before = this.scores.get(participant);
      different ||= before?.score !== quality.score || before.reason !== quality.reason;
      this.scores.set(participant, quality);
    }
    return different;
  }

  private takeOwn(quality: Quality): boolean {
    const before = this.scores.get("");
    this.scores.set("", quality);
    const isPoor = quality.score <= POOR;
    this.inARow = isPoor === (this.poor !== null) ? 0 : this.inARow + 1;
    if (this.inARow >= LOOKS_IN_A_ROW) {
      this.inARow = 0;
      this.poor = isPoor ? quality : null;
      return true;
    }
    return before?.score !== quality.score;
  }
}

function worse(one: Reception | undefined, other: Reception): Reception {
  if (!one) return other;
  return {
    loss: Math.max(one.loss, other.loss),
    rttMs: Math.max(one.rttMs, other.rttMs),
    jitterMs: Math.max(one.jitterMs, other.jitterMs),
    frozen: Math.max(one.frozen, other.frozen),
  };
}

/** The best that arrives tells our own path from the troubles of one sender; what we send may be worse still. */
function best(all: readonly Reception[], sent: Reception | null): Reception {
  const of = (read: (one: Reception) => number): number => Math.min(...all.map(read));
  return {
    loss: Math.max(
      of((one) => one.loss),
      sent?.loss ?? 0,
    ),
    rttMs: of((one) => one.rttMs),
    jitterMs: of((one) => one.jitterMs),
    frozen: of((one) => one.frozen),
  };
}
