/** Requests to a server's HTTP API. */

import { httpUrl } from "./address";
import { jsonText } from "./json_text";
import { RequestError } from "./signaling";

/**
 * `path` as in `/api/v1/…`; `signaling` is the server's address of `/rtc`. Throws `RequestError` with the code of the
 * problem that was answered (RFC 9457), and what `fetch` throws without a connection.
 */
export async function request(
  signaling: string,
  token: string,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${token}`);
  const response = await fetch(httpUrl(signaling, path), { ...init, headers });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { code?: unknown; detail?: unknown };
  throw new RequestError(
    typeof problem.code === "string" ? problem.code : "unavailable",
    typeof problem.detail === "string" ? problem.detail : `${path}: ${response.status}`,
  );
}

export interface HttpRequest {
  /** GET unless told. */
  method?: string;
  /** Sent as JSON. */
  body?: unknown;
}

/** A request as `fetch` takes it. */
export function asInit({ method = "GET", body }: HttpRequest): RequestInit {
  if (body === undefined) return { method };
  return { method, body: jsonText(body), headers: { "Content-Type": "application/json" } };
}

/** Where the HTTP API has a document. */
export function documentPath(doc: string): string {
  return `/api/v1/documents/${encodeURIComponent(doc)}`;
}

/** Where the HTTP API has a room. */
export function roomPath(name: string): string {
  return `/api/v1/rooms/${encodeURIComponent(name)}`;
}
