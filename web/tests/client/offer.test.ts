import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CODEC_ORDER, type Codec, inOrder } from "../../src/client/codecs";
import { cameraEncodings } from "../../src/client/encodings";
import { withEssential } from "../../src/client/header_extensions";
import { withStereo } from "../../src/client/sdp";

// What Chromium lists, in its order.
const CHROMIUM: Codec[] = [
  { mimeType: "video/VP8" },
  { mimeType: "video/rtx" },
  { mimeType: "video/VP9", sdpFmtpLine: "profile-id=2" },
  { mimeType: "video/VP9", sdpFmtpLine: "profile-id=0" },
  {
    mimeType: "video/H264",
    sdpFmtpLine: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
  },
  {
    mimeType: "video/H264",
    sdpFmtpLine: "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
  },
  {
    mimeType: "video/H264",
    sdpFmtpLine: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
  },
  { mimeType: "video/AV1", sdpFmtpLine: "level-idx=5;profile=1;tier=0" },
  { mimeType: "video/AV1", sdpFmtpLine: "level-idx=5;profile=0;tier=0" },
  { mimeType: "video/red" },
];

const names = (codecs: Codec[]) => codecs.map((codec) => codec.mimeType.slice(6));

describe("codec order", () => {
  test("by default VP8, H264, VP9, AV1, and what carries others last", () => {
    expect(names(inOrder(CHROMIUM))).toEqual([
      ...["VP8", "H264", "H264", "H264", "VP9", "VP9", "AV1", "AV1"],
      ...["rtx", "red"],
    ]);
  });

  test.each(CODEC_ORDER)("%s comes first when it is wanted", (codec) => {
    expect(names(inOrder(CHROMIUM, codec))[0]).toBe(codec);
  });

  test.each([
    ["H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"],
    ["VP9", "profile-id=0"],
    ["AV1", "level-idx=5;profile=0;tier=0"],
  ] as const)("of %s the profile the server forwards comes first", (codec, profile) => {
    expect(inOrder(CHROMIUM, codec)[0]?.sdpFmtpLine).toBe(profile);
  });

  test("no codec is lost or invented", () => {
    const codec = fc.record({ mimeType: fc.constantFrom(...CHROMIUM.map((one) => one.mimeType), "video/x") });
    fc.assert(
      fc.property(fc.array(codec), fc.constantFrom(...CODEC_ORDER), (codecs, first) => {
        expect(new Set(inOrder(codecs, first))).toEqual(new Set(codecs));
        expect(inOrder(codecs, first).length).toBe(codecs.length);
      }),
    );
  });
});

describe("encodings", () => {
  test("simulcast is a quarter, half and full size, each with more bits", () => {
    const encodings = cameraEncodings(true, "VP8");
    expect(encodings.map(({ rid }) => rid)).toEqual(["q", "h", "f"]);
    expect(encodings.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual([4, 2, 1]);
    const bitrates = encodings.map(({ maxBitrate }) => maxBitrate ?? 0);
    expect(bitrates).toEqual([...bitrates].sort((a, b) => a - b));
    expect(encodings.some((encoding) => "scalabilityMode" in encoding)).toBe(false);
  });

  test.each(["VP9", "AV1"] as const)("%s says that its encodings are simulcast", (codec) => {
    for (const encoding of cameraEncodings(true, codec)) expect(encoding.scalabilityMode).toBe("L1T3");
  });

  test("without simulcast there is one encoding and no rid", () => {
    expect(cameraEncodings(false, "VP8")).toEqual([{ maxBitrate: 1_700_000 }]);
  });
});

describe("header extensions", () => {
  test("what publishing needs is switched on, the rest stays as it was", () => {
    const rid = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
    const other = "urn:ietf:params:rtp-hdrext:toffset";
    expect(
      withEssential([
        { uri: rid, direction: "stopped" },
        { uri: other, direction: "stopped" },
      ]),
    ).toEqual([
      { uri: rid, direction: "sendrecv" },
      { uri: other, direction: "stopped" },
    ]);
  });
});

describe("stereo", () => {
  const sdp = [
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63",
    "a=rtpmap:111 opus/48000/2",
    "a=fmtp:111 minptime=10;useinbandfec=1",
    "a=rtpmap:63 red/48000/2",
    "a=fmtp:63 111/111",
    "",
  ].join("\r\n");

  test("is asked for in Opus parameters only", () => {
    expect(withStereo(sdp)).toBe(sdp.replace("useinbandfec=1", "useinbandfec=1;stereo=1;sprop-stereo=1"));
  });

  test("is asked for once", () => {
    expect(withStereo(withStereo(sdp))).toBe(withStereo(sdp));
  });
});
