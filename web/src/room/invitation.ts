/** The link that brings others here. */

import { type Meeting, requestLink } from "../client";

/** A link to give to others, and what to say about it. */
export interface Invitation {
  link: string;
  /** "" where everybody who has it may enter, for as long as there is the room. */
  note: string;
}

/** Without the query and the token: those are this person's own. */
export function invitationLink(address: Pick<Location, "origin">, room: string): string {
  return `${address.origin}/r/${encodeURIComponent(room)}`;
}

/** Whether a token is an invite link's, which is for anybody; a person's own stays with them. */
export function isForAnybody(token: string): boolean {
  try {
    // RFC 7515 §2: base64url, which `atob` does not know.
    const claims = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    return (JSON.parse(atob(claims)) as { link?: unknown }).link === true;
  } catch {
    return false;
  }
}

/**
 * Invites to a room that was entered with `token`, null for none.
 *
 * Who came without a token, or by an invite link, passes on what brought them. Who has a token of their own makes a
 * link if they may, and else gives the address, which is enough where the server takes guests.
 */
export class Invitations {
  private made: Invitation | null = null;
  private endsAt = 0;

  constructor(
    private readonly address: Pick<Location, "origin">,
    private readonly room: string,
    private readonly token: string | null,
    private readonly meeting: Pick<Meeting, "me" | "token">,
    private readonly link: typeof requestLink = requestLink,
  ) {}

  /** Never throws; `now` in milliseconds since 1970. */
  async make(now: number): Promise<Invitation> {
    const address = invitationLink(this.address, this.room);
    if (this.token === null) return { link: address, note: "" };
    if (isForAnybody(this.token)) return { link: `${address}#token=${this.token}`, note: "" };
    if (this.made !== null && now < this.endsAt - RENEWED_MS) return this.made;
    if (this.meeting.me?.grants.moderate === true) {
      try {
        const { url, expires_at } = await this.link(this.room, this.meeting.token);
        this.endsAt = expires_at;
        this.made = {
          link: url,
          note: `Whoever has the link can enter until ${timeWords(expires_at, now)}.`,
        };
        return this.made;
      } catch {
        // The address alone is better than nothing.
      }
    }
    return { link: address, note: "Newcomers may need an invitation by a host to enter." };
  }
}

/** A link is given out for a while: one that is about to end helps nobody. */
const RENEWED_MS = 12 * 3_600_000;

/** The time, with its day where that is not today. */
function timeWords(at: number, now: number): string {
  const day: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long" };
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return new Date(at).toLocaleString("en", sameDay ? time : { ...day, ...time });
}

/** Copies text; false where the browser does not let the page. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
