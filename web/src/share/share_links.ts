/** Links that open one document or board to whoever has them. */

import type { HttpRequest } from "../client/http";
import { fields, fieldsOf, text } from "./answer";

export interface Shareable {
  readonly kind: "document" | "board";
  readonly id: string;
  /** A request to its part of the HTTP API. Throws `RequestError`. */
  http(path: string, request?: HttpRequest): Promise<Response>;
}

/** What a link lets people do. */
export type LinkRole = "editor" | "commenter" | "viewer";

export interface ShareLink {
  readonly id: string;
  readonly role: LinkRole;
  /** UTC milliseconds since 1970; null where the server does not say. */
  readonly expiresAt: number | null;
}

const PAGES: Record<Shareable["kind"], string> = { document: "d", board: "b" };

/** Links that are good at `now` (milliseconds since 1970). Throws `RequestError`, as all here do. */
export async function readLinks(shared: Shareable, now: number): Promise<ShareLink[]> {
  const told = await fieldsOf(shared.http("/links"));
  const links = (Array.isArray(told.links) ? told.links.map(fields) : []).map((link) => ({
    id: text(link.id),
    role: text(link.role) as LinkRole,
    expiresAt: typeof link.expires_at === "number" ? link.expires_at : null,
  }));
  return links.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
}

/** Makes a link; returns its address. `days`: how long it is good. */
export async function makeLink(shared: Shareable, role: LinkRole, days: number): Promise<string> {
  const made = await fieldsOf(shared.http("/links", { method: "POST", body: { role, ttl: `${days}d` } }));
  const page = PAGES[shared.kind];
  return `${location.origin}/${page}/${encodeURIComponent(shared.id)}#token=${text(made.token)}`;
}

export async function revokeLink(shared: Shareable, link: string): Promise<void> {
  await shared.http(`/links/${encodeURIComponent(link)}`, { method: "DELETE" });
}
