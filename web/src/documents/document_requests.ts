/** A document over HTTP: what its channel has no messages for. */

import type { SharedDocument } from "../client/document";

/** What somebody may do in a document. */
export type DocumentRole = "viewer" | "commenter" | "editor" | "owner";
/** What a link lets people do. */
export type LinkRole = Exclude<DocumentRole, "owner">;

export interface ShareLink {
  readonly id: string;
  readonly role: LinkRole;
  /** UTC milliseconds since 1970; null where the server does not say. */
  readonly expiresAt: number | null;
}

export type ExportFormat = "html" | "markdown" | "text";

/** Links that are good at `now` (milliseconds since 1970). Throws `RequestError`, as all here do. */
export async function readLinks(shared: SharedDocument, now: number): Promise<ShareLink[]> {
  const told = fields(await json(shared.http("/links")));
  const links = (Array.isArray(told.links) ? told.links.map(fields) : []).map((link) => ({
    id: text(link.id),
    role: text(link.role) as LinkRole,
    expiresAt: typeof link.expires_at === "number" ? link.expires_at : null,
  }));
  return links.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
}

/** Makes a link; returns its address. `days`: how long it is good. */
export async function makeLink(shared: SharedDocument, role: LinkRole, days: number): Promise<string> {
  const made = fields(await json(shared.http("/links", { method: "POST", body: { role, ttl: `${days}d` } })));
  return `${location.origin}/d/${encodeURIComponent(shared.id)}#token=${text(made.token)}`;
}

export async function revokeLink(shared: SharedDocument, link: string): Promise<void> {
  await shared.http(`/links/${encodeURIComponent(link)}`, { method: "DELETE" });
}

/** The document as a file. */
export async function exported(shared: SharedDocument, format: ExportFormat): Promise<Blob> {
  return (await shared.http(`/export?format=${format}`)).blob();
}

/** What one may do there and what it is called; null where the server does not say. */
export async function readRole(
  shared: SharedDocument,
): Promise<{ role: DocumentRole | null; title: string | null }> {
  const { access, title } = fields(await json(shared.http("")));
  return {
    role: ["viewer", "commenter", "editor", "owner"].includes(text(access)) ? (access as DocumentRole) : null,
    title: typeof title === "string" ? title : null,
  };
}

async function json(response: Promise<Response>): Promise<unknown> {
  return (await response).json().catch(() => null);
}

function fields(told: unknown): Record<string, unknown> {
  return typeof told === "object" && told !== null ? (told as Record<string, unknown>) : {};
}

function text(told: unknown): string {
  return typeof told === "string" ? told : "";
}
