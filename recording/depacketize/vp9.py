"""VP9: the data behind the descriptors (RFC 9628 §4.1); the layer frames of a picture become a superframe."""

from collections.abc import Sequence

from sfu.codecs.payload_facts import malformed
from sfu.codecs.vp9 import parse_descriptor

MAX_FRAMES = 8
"""VP9 bitstream specification, annex B: frames_in_superframe_minus_1 has three bits."""


def depacketize(payloads: Sequence[bytes]) -> bytes:
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
    return joined[0] if len(joined) == 1 else _superframe(joined)


def _superframe(frames: list[bytes]) -> bytes:
    """Annex B: the frames, then an index of their sizes between two equal bytes that say its form."""
    if len(frames) > MAX_FRAMES:
        raise malformed("VP9 picture of too many layers")
    size_bytes = (max(map(len, frames)).bit_length() + 7) // 8
    form = bytes((0b1100_0000 | size_bytes - 1 << 3 | len(frames) - 1,))
    sizes = b"".join(len(frame).to_bytes(size_bytes, "little") for frame in frames)
    return b"".join(frames) + form + sizes + form
