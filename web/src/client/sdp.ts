/** The one thing of an offer that has no other interface than its text. */

/** Asks for stereo Opus (RFC 7587 §6.1) in every audio section of an offer. */
export function withStereo(sdp: string): string {
  const opus = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) opus\/48000/gim)].map((match) => match[1]));
  return sdp.replace(
    /^a=fmtp:(\d+) (.*?)(\r?)$/gm,
    (line, payload: string, parameters: string, end: string) =>
      opus.has(payload) && !/(^|;)\s*stereo=/.test(parameters)
        ? `a=fmtp:${payload} ${parameters};stereo=1;sprop-stereo=1${end}`
        : line,
  );
}
