"""What a file of a board is, by its first bytes: never by its name or by what its sender calls it.

PNG (ISO/IEC 15948), JPEG (ITU-T T.81), GIF89a and WebP (RFC 9649). SVG is not taken: it is a program as much
as a picture.
"""

from collections.abc import Callable
from dataclasses import dataclass
from struct import unpack_from

from datachannels.refusals import RequestRefused

MAX_SIDE = 16_384
MAX_PIXELS = 50_000_000
"""200 MB once it is decoded: what a browser still shows. Some kilobytes of PNG can be far more."""

HEAD_BYTES = 256 * 1024
"""As much of a file as `read_picture` looks at: a camera's JPEG begins with a preview."""

_JPEG_SIZES = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF))
"""Markers of frames (T.81, table B.1)."""

_JPEG_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers that have no length."""


@dataclass(frozen=True, slots=True)
class Picture:
    """`type` is its media type; width and height in pixels."""

    type: str
    width: int
    height: int


def read_picture(head: bytes) -> Picture:
    """What a file is that begins so. Raises `RequestRefused`: ``bad_message``, ``too_large``."""
    for begins, read in _READERS.items():
        if head.startswith(begins):
            try:
                found = read(head)
            except (IndexError, ValueError) as error:
                raise RequestRefused("bad_message", "a broken picture") from error
            if found.width == 0 or found.height == 0:
                raise RequestRefused("bad_message", "an empty picture")
            if max(found.width, found.height) > MAX_SIDE or found.width * found.height > MAX_PIXELS:
                raise RequestRefused("too_large", f"at most {MAX_PIXELS} pixels, {MAX_SIDE} a side")
            return found
    raise RequestRefused("bad_message", "must be PNG, JPEG, GIF or WebP")


def _png(head: bytes) -> Picture:
    if _at(head, 12, 4) != b"IHDR":
        raise ValueError("no header")
    return Picture("image/png", *unpack_from(">II", _at(head, 16, 8)))


def _gif(head: bytes) -> Picture:
    return Picture("image/gif", *unpack_from("<HH", _at(head, 6, 4)))


def _webp(head: bytes) -> Picture:
    if _at(head, 8, 4) != b"WEBP":
        raise ValueError("another RIFF")
    match _at(head, 12, 4):
        case b"VP8 ":  # RFC 6386 §9.1
            if _at(head, 23, 3) != b"\x9d\x01\x2a":
                raise ValueError("no key frame")
            width, height = unpack_from("<HH", _at(head, 26, 4))
            return Picture("image/webp", width & 0x3FFF, height & 0x3FFF)
        case b"VP8L":  # RFC 9649 §3.4
            if head[20] != 0x2F:
                raise ValueError("no signature")
            (bits,) = unpack_from("<I", _at(head, 21, 4))
            return Picture("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8X":  # RFC 9649 §2.7
            sides = _at(head, 24, 6)
            return Picture(
                "image/webp", int.from_bytes(sides[:3], "little") + 1, int.from_bytes(sides[3:], "little") + 1
            )
        case _:
            raise ValueError("another WebP")


def _jpeg(head: bytes) -> Picture:
    at = 2
    while True:
        if head[at] != 0xFF:
            raise ValueError("no marker")
        while head[at] == 0xFF:
            at += 1
        marker = head[at]
        at += 1
        if marker in _JPEG_ALONE:
            continue
        if marker in (0xD9, 0xDA):
            raise ValueError("no frame")
        (length,) = unpack_from(">H", _at(head, at, 2))
        if length < 2:
            raise ValueError("no segment")
        if marker in _JPEG_SIZES:
            height, width = unpack_from(">HH", _at(head, at + 3, 4))
            return Picture("image/jpeg", width, height)
        at += length


def _at(head: bytes, start: int, count: int) -> bytes:
    part = head[start : start + count]
    if len(part) < count:
        raise ValueError("cut off")
    return part


_READERS: dict[bytes, Callable[[bytes], Picture]] = {
    b"\x89PNG\r\n\x1a\n": _png,
    b"\xff\xd8\xff": _jpeg,
    b"GIF87a": _gif,
    b"GIF89a": _gif,
    b"RIFF": _webp,
}
