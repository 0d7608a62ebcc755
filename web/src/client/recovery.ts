/**
 * What to do about a peer connection that does not work: start ICE anew, or the whole connection.
 *
 * A plain object: it is told states and asked when something is due; the meeting has the timer.
 */

export type Remedy = "restart_ice" | "new_connection";

// Chromium says `disconnected` only after 5 s without an answer: that was patience enough.
const DISCONNECTED_MS = 500;
// How long a remedy may take before the next one. Checks go on all the while and find a path that comes back; another
// restart in that moment only delays them (measured: 10 s outages of UDP, 1.4 s against 2 s at worst).
const REMEDY_MS = 8_000;
// A restart keeps everything that flows; when two did not help, something else than the path is broken.
const RESTARTS = 2;

export class Recovery {
  /** When something is due, in the time of `now`; null while all is well. */
  dueAt: number | null = null;
  private tries = 0;

  /** True while remedies are tried. */
  get inTrouble(): boolean {
    return this.tries > 0;
  }

  /** A new connection is being made. */
  begin(now: number): void {
    this.dueAt = now + REMEDY_MS;
  }

  /** The connection said how it is; `iceConnected` tells a failure of DTLS from one of the path. */
  note(state: RTCPeerConnectionState, iceConnected: boolean, now: number): void {
    if (state === "connected") {
      this.dueAt = null;
      this.tries = 0;
    } else if (state === "disconnected") {
      this.dueAt ??= now + DISCONNECTED_MS;
    } else if (state === "failed") {
      if (iceConnected) this.tries = RESTARTS;
      this.dueAt = now;
    }
  }

  /** The network or the line is back: what is due later is due now. */
  hurry(now: number): void {
    if (this.dueAt !== null) this.dueAt = now;
  }

  /** The remedy that is due, once; null before its time. */
  remedy(now: number): Remedy | null {
    if (this.dueAt === null || now < this.dueAt) return null;
    this.dueAt = now + REMEDY_MS;
    const enough = this.tries >= RESTARTS;
    this.tries = enough ? 0 : this.tries + 1;
    return enough ? "new_connection" : "restart_ice";
  }
}
