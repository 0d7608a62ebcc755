"""RTP payloads of real encoded media for publishers that cannot encode at their rate.

What a receiver decodes shows the pattern of the person (`loadtests.pattern`), so a wrong picture in a slot is
seen and not guessed.
"""

from functools import lru_cache

from loadtests.canned_media import av1, h264, vp8, vp9
from loadtests.canned_media.encode import Clip, VideoCodec, encode_clip
from loadtests.canned_media.opus import encode_second

PAYLOAD_BYTES = 1_100  # with SRTP, extensions and headers still below the 1 214 B that browsers send


@lru_cache(maxsize=256)
def _cut_clip(clip: Clip, payload_bytes: int) -> tuple[list[bytes], ...]:
    match clip.codec:
        case "VP8":
            return tuple(vp8.cut_frame(frame, payload_bytes) for frame in encode_clip(clip))
        case "VP9":
            return tuple(vp9.cut_frame(frame, payload_bytes) for frame in encode_clip(clip))
        case "H264":
            return tuple(h264.packetise(unit, payload_bytes) for unit in encode_clip(clip))
        case "AV1":
            return tuple(av1.packetise(unit, payload_bytes) for unit in encode_clip(clip))


class CannedVideo:
    """One video stream: a group of pictures over and over, restarted whenever a key frame is asked for.

    The group (`clip_frames` long, two seconds by default) begins with the only key frame, so there is one at
    each repetition too; give a longer clip where key frames must come on demand alone. Encoding happens at
    construction, about 10 ms a frame of 720p, and is shared by streams of equal arguments.
    """

    def __init__(
        self,
        codec: VideoCodec,
        person: int,
        *,
        width: int = 1280,
        height: int = 720,
        fps: int = 30,
        bitrate_bps: int = 1_500_000,
        clip_frames: int | None = None,
        payload_bytes: int = PAYLOAD_BYTES,
    ) -> None:
        self.codec = codec
        self.person = person
        self.fps = fps
        clip = Clip(codec, person, width, height, fps, bitrate_bps, clip_frames or 2 * fps)
        self._size = width, height
        self._frames = _cut_clip(clip, payload_bytes)
        self._position = 0

    @property
    def next_is_keyframe(self) -> bool:
        """Whether the next frame is a key frame even if not asked for."""
        return self._position == 0

    def frame(self, n: int, keyframe: bool = False) -> list[bytes]:
        """The payloads of the stream's frame number `n`, each frame once and in order.

        `n` goes into the descriptors of VP8 and VP9 (picture id modulo 2^15, TL0PICIDX modulo 2^8);
        `keyframe` restarts the group.
        """
        if keyframe:
            self._position = 0
        first = self._position == 0
        payloads = self._frames[self._position]
        self._position = (self._position + 1) % len(self._frames)
        if self.codec == "VP8":
            return vp8.describe(payloads, n)
        if self.codec == "VP9":
            return vp9.describe(payloads, n, self._size if first else None)
        return payloads


class CannedOpus:
    """One audio stream: a second of a tone, over and over, 20 ms and a constant size a packet."""

    def __init__(self, person: int = 0, bitrate_bps: int = 32_000) -> None:
        self._packets = encode_second(person, bitrate_bps)

    def packet(self, n: int) -> bytes:
        """The payload of packet number `n`."""
        return self._packets[n % len(self._packets)]
