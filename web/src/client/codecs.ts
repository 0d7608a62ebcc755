/** The order in which codecs are offered: the server answers a publishing m-line with the first it has enabled. */

export const CODEC_ORDER = ["VP8", "H264", "VP9", "AV1"] as const;
export type VideoCodec = (typeof CODEC_ORDER)[number];

export interface Codec {
  mimeType: string;
  sdpFmtpLine?: string;
}

// The profiles the server forwards best come first within their codec (protocol, SDP rules).
const PREFERRED_PROFILE: Record<string, RegExp> = {
  H264: /(?=.*packetization-mode=1)(?=.*profile-level-id=42e01f)/i,
  VP9: /profile-id=0/,
  AV1: /profile=0/,
};

/** Sorts the codecs of a browser by preference, `first` ahead of all; RTX, RED and FEC keep their place at the end. */
export function inOrder<C extends Codec>(codecs: readonly C[], first: VideoCodec = "VP8"): C[] {
  const order = [first, ...CODEC_ORDER.filter((codec) => codec !== first)].map((codec) => codec as string);
  const rank = (codec: C): number => {
    const name = codec.mimeType.slice(codec.mimeType.indexOf("/") + 1).toUpperCase();
    const place = order.indexOf(name);
    if (place < 0) return order.length * 2;
    const profile = PREFERRED_PROFILE[name];
    const other = profile && codec.sdpFmtpLine !== undefined && !profile.test(codec.sdpFmtpLine);
    return place * 2 + (other ? 1 : 0);
  };
  // Array.prototype.sort is stable: equals stay in the browser's order.
  return [...codecs].sort((a, b) => rank(a) - rank(b));
}
