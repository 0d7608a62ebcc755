/** `window.sfumato`: what tests in a real browser, and people at the console, look at. */

import type { Meeting, Slot, Timings } from "../client";
import type { Session } from "../client/signaling";

export interface Exposed {
  readonly meeting: Meeting;
  /** The session in use; null while the line is down. */
  readonly session: Session | null;
  /** The peer connection in use; null before it is made and after the end. */
  readonly connection: RTCPeerConnection | null;
  /** By mid. */
  readonly slots: ReadonlyMap<string, Slot>;
  /** "" before `joined`. */
  readonly participantId: string;
  readonly timings: Timings;
  /** Offers answered so far. */
  readonly negotiations: number;
}

declare global {
  interface Window {
    sfumato?: Exposed;
  }
}

export function exposeForTests(meeting: Meeting): void {
  window.sfumato = {
    meeting,
    timings: meeting.timings,
    get session() {
      return meeting.session;
    },
    get connection() {
      return meeting.connection;
    },
    get slots() {
      return meeting.slots;
    },
    get participantId() {
      return meeting.roster.self;
    },
    get negotiations() {
      return meeting.negotiations;
    },
  };
}
