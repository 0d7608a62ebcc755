/** `window.sfumato`: what tests in a real browser, and people at the console, look at. */

import type { Meeting, Timings } from "../client/meeting";
import type { Session } from "../client/signaling";
import type { Slot } from "../client/slots";

export interface Exposed {
  readonly session: Session;
  /** The peer connection in use; null before it is made and after the end. */
  readonly connection: RTCPeerConnection | null;
  /** By mid. */
  readonly slots: ReadonlyMap<string, Slot>;
  /** "" before `joined`. */
  readonly participantId: string;
  readonly timings: Timings;
  /** Offers answered so far. */
  readonly negotiations: number;
  readonly meeting: Meeting;
}

declare global {
  interface Window {
    sfumato?: Exposed;
  }
}

export function exposeForTests(meeting: Meeting): void {
  window.sfumato = {
    meeting,
    session: meeting.session,
    timings: meeting.timings,
    get connection() {
      return meeting.media?.connection ?? null;
    },
    get slots() {
      return meeting.media?.table.slots ?? new Map();
    },
    get participantId() {
      return meeting.roster.self;
    },
    get negotiations() {
      return meeting.negotiations;
    },
  };
}
