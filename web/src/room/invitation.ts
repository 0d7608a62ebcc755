/** The link that brings others here. */

/** Without the query and the token: those are this person's own. */
export function invitationLink(address: Pick<Location, "origin">, room: string): string {
  return `${address.origin}/r/${encodeURIComponent(room)}`;
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
