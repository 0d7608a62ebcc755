"""VP9: the data behind the descriptors (RFC 9628 §4.1); the layer frames of a picture become a superframe of
which the highest is shown."""

from collections.abc import Sequence

from recording.depacketize.vp9_header import Sizes, Unreadable, hidden
from sfu.codecs.payload_facts import malformed
from sfu.codecs.vp9 import parse_descriptor

MAX_FRAMES = 8
"""VP9 bitstream specification, annex B: frames_in_superframe_minus_1 has three bits."""


class Vp9Depacketizer:
    """One stream's, picture after picture."""

    def __init__(self) -> None:
        self._sizes: Sizes | None = None  # once there are layers

    def depacketize(self, payloads: Sequence[bytes]) -> bytes:
        """The picture; RemoteError if a descriptor is cut short, or there are more layers than VP9 has."""
        frames: list[list[bytes]] = []
        for payload in payloads:
            descriptor = parse_descriptor(payload)
            if descriptor.starts_frame or not frames:
                frames.append([])
            frames[-1].append(payload[descriptor.length :])
        if not frames:
            raise malformed("VP9 picture of no packet")
        joined = [b"".join(parts) for parts in frames]
        if len(joined) > MAX_FRAMES or not all(joined):
            raise malformed("VP9 picture of too many layers, or of an empty one")
        if self._sizes is None and len(joined) > 1:
            self._sizes = Sizes()
        if self._sizes is not None:
            joined = self._last_shown(joined, self._sizes)
        return joined[0] if len(joined) == 1 else _superframe(joined)

    def _last_shown(self, frames: list[bytes], sizes: Sizes) -> list[bytes]:
        """What cannot be read is left as it is: to be shown too."""
        result: list[bytes] = []
        for place, frame in enumerate(frames, 1):
            try:
                header_bits = sizes.read(frame)
            except Unreadable:
                result.append(frame)
            else:
                result.append(hidden(frame, header_bits) if place < len(frames) else frame)
        return result


def _superframe(frames: list[bytes]) -> bytes:
    """Annex B: the frames, then an index of their sizes between two equal bytes that say its form."""
    size_bytes = (max(map(len, frames)).bit_length() + 7) // 8
    form = bytes((0b1100_0000 | size_bytes - 1 << 3 | len(frames) - 1,))
    sizes = b"".join(len(frame).to_bytes(size_bytes, "little") for frame in frames)
    return b"".join(frames) + form + sizes + form
