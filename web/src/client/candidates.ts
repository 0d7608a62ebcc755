/** Candidate lines of an answer (RFC 8839 §5.1). */

/** The same answer with the candidates of one transport only; TURN servers are not among them. */
export function withTransport(sdp: string, transport: "udp" | "tcp"): string {
  return sdp.replace(/^a=candidate:\S+ \d+ (\S+) .*\r?\n/gm, (line, its: string) =>
    its.toLowerCase() === transport ? line : "",
  );
}

/** True if the answer has a candidate of that transport. */
export function offersTransport(sdp: string, transport: "udp" | "tcp"): boolean {
  return [...sdp.matchAll(/^a=candidate:\S+ \d+ (\S+) /gm)].some(
    (match) => match[1]?.toLowerCase() === transport,
  );
}
