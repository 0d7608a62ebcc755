/** What somebody may do in a document: the lesser of what the meeting grants and what the document says. */

import type { Rights } from "./document_model";
import type { DocumentRole } from "./document_requests";

/** `role`: null where the document says nothing; then a member of the room counts as editor. */
export function rightsOf(grants: Readonly<Record<string, boolean>>, role: DocumentRole | null): Rights {
  const moderate = grants.moderate === true;
  const edits = role === null || role === "editor" || role === "owner";
  return {
    edit: grants.edit_documents === true && edits,
    comment: grants.comment === true && (edits || role === "commenter"),
    moderate: moderate || role === "owner",
  };
}
