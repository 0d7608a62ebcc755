/** Which RTP header extensions a sending m-line offers. */

/** WebRTC extensions §"RTCRtpTransceiver"; not in every browser, nor in every type library. */
export interface HeaderExtension {
  uri: string;
  direction: RTCRtpTransceiverDirection;
}

interface WithHeaderExtensions {
  getHeaderExtensionsToNegotiate(): HeaderExtension[];
  setHeaderExtensionsToNegotiate(extensions: HeaderExtension[]): void;
}

const ESSENTIAL: readonly string[] = [
  "urn:ietf:params:rtp-hdrext:sdes:mid",
  "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
];

/**
 * Offers what publishing needs, whatever was accepted before.
 *
 * A new transceiver in Chromium starts with the extensions the peer accepted for the first m-line of its kind. If
 * that is a slot, RID may be missing there, and then an offer of simulcast fails in setLocalDescription.
 */
export function offerEssential(transceiver: RTCRtpTransceiver): void {
  if (!adjustable(transceiver)) return;
  transceiver.setHeaderExtensionsToNegotiate(withEssential(transceiver.getHeaderExtensionsToNegotiate()));
}

/** The same list with the essential ones on; an extension the browser does not have is not added. */
export function withEssential(extensions: readonly HeaderExtension[]): HeaderExtension[] {
  return extensions.map(({ uri, direction }) => ({
    uri,
    direction: ESSENTIAL.includes(uri) ? "sendrecv" : direction,
  }));
}

function adjustable(transceiver: RTCRtpTransceiver): transceiver is RTCRtpTransceiver & WithHeaderExtensions {
  return "setHeaderExtensionsToNegotiate" in transceiver && "getHeaderExtensionsToNegotiate" in transceiver;
}
