/** A document over HTTP: what its channel has no messages for. */

import type { SharedDocument } from "../client/document";
import { fieldsOf, text } from "../share/answer";

/** What somebody may do in a document. */
export type DocumentRole = "viewer" | "commenter" | "editor" | "owner";

export type ExportFormat = "html" | "markdown" | "text";

/** The document as a file. */
export async function exported(shared: SharedDocument, format: ExportFormat): Promise<Blob> {
  return (await shared.http(`/export?format=${format}`)).blob();
}

/** What one may do there and what it is called; null where the server does not say. Throws `RequestError`. */
export async function readRole(
  shared: SharedDocument,
): Promise<{ role: DocumentRole | null; title: string | null }> {
  const { access, title } = await fieldsOf(shared.http(""));
  return {
    role: ["viewer", "commenter", "editor", "owner"].includes(text(access)) ? (access as DocumentRole) : null,
    title: typeof title === "string" ? title : null,
  };
}
