/** What the server answers, whatever that is. */

/** The fields of an answer; none where it is no object. Throws what the request throws. */
export async function fieldsOf(response: Promise<Response>): Promise<Record<string, unknown>> {
  return fields(await (await response).json().catch(() => null));
}

export function fields(told: unknown): Record<string, unknown> {
  return typeof told === "object" && told !== null ? (told as Record<string, unknown>) : {};
}

export function text(told: unknown): string {
  return typeof told === "string" ? told : "";
}
