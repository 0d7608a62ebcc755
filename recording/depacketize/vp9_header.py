"""VP9's uncompressed header (bitstream specification §6.2, §7.2), as far as hiding a frame needs it.

Browsers mark each spatial layer's frame as one to be shown, for receivers who get no higher one. A decoder
that knows of layers shows the last of a superframe; others, FFmpeg's for one, would show each, in sizes that
change from frame to frame.
"""

from dataclasses import dataclass, field
from typing import Final

SHOW_FRAME: Final = 0x02
ERROR_RESILIENT: Final = 0x01
_INTER: Final = 0x04
_EXISTING: Final = 0x08
_PROFILE: Final = 0x30

_MAX_HEADER: Final = 256
_REFERENCES: Final = 3
_SLOTS: Final = 8
_SYNC_CODE: Final = 0x498342
_RGB: Final = 7
_SEGMENTS: Final = 8
_FEATURES: Final = ((8, True), (6, True), (2, False), (0, False))
"""§6.2.11: bits of each segmentation feature, and whether a sign follows."""

_MIN_TILE_SUPERBLOCKS: Final = 4
_MAX_TILE_SUPERBLOCKS: Final = 64

Size = tuple[int, int]


class Unreadable(Exception):
    """No header of profile 0, or cut short, or it refers to frames that are not known."""


class _Bits:
    """Reads from the front."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._total = self._left = 8 * len(data)

    @property
    def at(self) -> int:
        return self._total - self._left

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise Unreadable
        return self._value >> self._left & (1 << count) - 1

    def flag(self) -> bool:
        return self.take(1) == 1


@dataclass(slots=True)
class Sizes:
    """The sizes of the frames that may be referred to, by slot."""

    slots: list[Size | None] = field(default_factory=lambda: [None] * _SLOTS)

    def read(self, frame: bytes) -> int:
        """The next frame is decoded; its header's length in bits, without what aligns it.

        Raises Unreadable; then nothing is known until the next key frame.
        """
        bits = _Bits(frame[:_MAX_HEADER])
        try:
            return self._read(bits)
        except Unreadable:
            self.slots = [None] * _SLOTS
            raise

    def _read(self, bits: _Bits) -> int:
        head = bits.take(8)
        if head & _PROFILE or head & _EXISTING or not head & ERROR_RESILIENT:
            raise Unreadable
        if head & _INTER:
            if not head & SHOW_FRAME and bits.flag():  # intra_only
                raise Unreadable
            size = self._references(bits)
        else:
            size = _key_frame(bits)
            self.slots = [size] * _SLOTS
        bits.take(2)  # frame_context_idx
        _loop_filter(bits)
        _quantization(bits)
        _segmentation(bits)
        _tiles(bits, size)
        bits.take(16)  # header_size_in_bytes
        return bits.at

    def _references(self, bits: _Bits) -> Size:
        refreshed = bits.take(8)
        slots = []
        for _ in range(_REFERENCES):
            slots.append(bits.take(3))
            bits.take(1)
        found = next((slot for slot in slots if bits.flag()), None)  # found_ref
        size = _size(bits) if found is None else self.slots[found]
        if size is None:
            raise Unreadable
        _render_size(bits)
        bits.take(1)  # allow_high_precision_mv
        if not bits.flag():  # is_filter_switchable
            bits.take(2)
        self.slots = [size if refreshed >> slot & 1 else old for slot, old in enumerate(self.slots)]
        return size


def hidden(frame: bytes, header_bits: int) -> bytes:
    """The same frame, decoded and not shown; `header_bits` are those of its header (`Sizes.read`).

    An inter frame that is not shown says whether it is intra-only, one bit in front of all that follows the
    first byte.
    """
    first = frame[0] & ~SHOW_FRAME
    if not frame[0] & SHOW_FRAME or not frame[0] & _INTER:
        return bytes((first,)) + frame[1:]
    before, after = (header_bits + 7) // 8, (header_bits + 8) // 8
    rest = int.from_bytes(frame[1:before], "big") >> 8 * before - header_bits
    rest <<= 8 * after - header_bits - 1
    return bytes((first,)) + rest.to_bytes(after - 1, "big") + frame[before:]


def _key_frame(bits: _Bits) -> Size:
    if bits.take(24) != _SYNC_CODE or bits.take(3) == _RGB:
        raise Unreadable
    bits.take(1)  # color_range
    size = _size(bits)
    _render_size(bits)
    return size


def _size(bits: _Bits) -> Size:
    return bits.take(16) + 1, bits.take(16) + 1


def _render_size(bits: _Bits) -> None:
    if bits.flag():
        bits.take(32)


def _loop_filter(bits: _Bits) -> None:
    bits.take(9)  # level, sharpness
    if bits.flag() and bits.flag():
        for _ in range(4 + 2):
            if bits.flag():
                bits.take(7)


def _quantization(bits: _Bits) -> None:
    bits.take(8)
    for _ in range(3):
        if bits.flag():
            bits.take(5)


def _segmentation(bits: _Bits) -> None:
    if not bits.flag():
        return
    if bits.flag():  # update_map
        _probabilities(bits, 7)
        if bits.flag():  # temporal_update
            _probabilities(bits, 3)
    if bits.flag():  # update_data
        bits.take(1)
        for _ in range(_SEGMENTS):
            for width, signed in _FEATURES:
                if bits.flag():
                    bits.take(width + signed)


def _probabilities(bits: _Bits, count: int) -> None:
    for _ in range(count):
        if bits.flag():
            bits.take(8)


def _tiles(bits: _Bits, size: Size) -> None:
    """§6.2.14: how many columns there may be follows from the width in superblocks of 64 pixels."""
    superblocks = (size[0] + 63) // 64
    least = most = 0
    while _MAX_TILE_SUPERBLOCKS << least < superblocks:
        least += 1
    while superblocks >> most + 1 >= _MIN_TILE_SUPERBLOCKS:
        most += 1
    columns = least
    while columns < most and bits.flag():
        columns += 1
    if bits.flag():  # tile_rows_log2
        bits.take(1)
