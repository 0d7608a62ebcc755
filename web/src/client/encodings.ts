/** What a camera is encoded to. */

import type { VideoCodec } from "./codecs";

/** `scalabilityMode` is of WebRTC-SVC, not yet in every type library. */
export type Encoding = RTCRtpEncodingParameters & { scalabilityMode?: string };

// For 1280×720: 320×180, 640×360 and the whole picture.
const QUARTER_BPS = 150_000;
const HALF_BPS = 500_000;
const FULL_BPS = 1_700_000;

// A screen of text at 1080p and 15 frames a second stays sharp with this.
const SCREEN_BPS = 2_500_000;

/** A screen is sent once, whole: a quarter of it could not be read. */
export function screenEncodings(): Encoding[] {
  return [{ maxBitrate: SCREEN_BPS }];
}

/**
 * Encodings of a camera: q, h and f (a quarter, half and the full size), or a single one without rid.
 *
 * Without a scalability mode Chromium makes one spatially scalable stream out of several VP9 or AV1 encodings;
 * L1T3 asks for real simulcast with three temporal layers.
 */
export function cameraEncodings(simulcast: boolean, codec: VideoCodec): Encoding[] {
  if (!simulcast) return [{ maxBitrate: FULL_BPS }];
  const scalability = codec === "VP9" || codec === "AV1" ? { scalabilityMode: "L1T3" } : {};
  return [
    { rid: "q", scaleResolutionDownBy: 4, maxBitrate: QUARTER_BPS, ...scalability },
    { rid: "h", scaleResolutionDownBy: 2, maxBitrate: HALF_BPS, ...scalability },
    { rid: "f", scaleResolutionDownBy: 1, maxBitrate: FULL_BPS, ...scalability },
  ];
}
