/** Where on a server signaling is. */

/** The address of `/rtc` on a server, as `https://meet.example`; the page's own unless told. Throws `TypeError`. */
export function signalingUrl(server?: string): string {
  const url = new URL(server ?? location.origin);
  if (url.protocol === "http:" || url.protocol === "https:")
    url.protocol = url.protocol.replace("http", "ws");
  url.pathname = `${url.pathname.replace(/\/$/, "")}/rtc`;
  return url.href;
}

/** Where something of a server is read over HTTP: `path` as in `/api/v1/…`; `signaling` is its address of `/rtc`. */
export function httpUrl(signaling: string, path: string): string {
  // A token goes to this server alone, whatever a message says.
  if (!path.startsWith("/api/")) throw new TypeError(`no address of this server: ${path}`);
  return signaling.replace(/^ws/, "http").replace(/\/rtc$/, path);
}

/** The same where a server sends us, "" if that makes no sense: a token goes nowhere unencrypted that came encrypted. */
export function signalingUrlElsewhere(server: string | undefined, here: string): string {
  if (server === undefined || !URL.canParse(server)) return "";
  const url = signalingUrl(server);
  const fits = url.startsWith("wss:") || (url.startsWith("ws:") && here.startsWith("ws:"));
  return fits && url !== here ? url : "";
}
