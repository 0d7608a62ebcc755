"""Marks as PDF (ISO 32000-1): one page of vectors for each page of the board.

Only what drawings need: paths, transparency, pictures. Text is outlines already; what no bundled font has is
left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from zlib import compress

from datachannels.whiteboard.drawing import Rect
from datachannels.whiteboard.look import NO_IMAGE
from datachannels.whiteboard.marks import Command, Mark, Outline, Picture, Turn, rectangle

POINTS_A_UNIT = 0.75
"""A board unit is a CSS pixel, 96 to the inch; a point is a 72nd of one."""

MAX_POINTS = 14_400.0
"""The largest page that PDF readers show."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """A decoded picture: rows of 8-bit red, green and blue, and their opacity, from the top left."""

    width: int
    height: int
    rgb: bytes
    alpha: bytes | None


Decode = Callable[[str], Pixels | None]
"""A file by its SHA-256, None if it cannot be shown."""


def pdf(pages: Sequence[tuple[Sequence[Mark], Rect]], decode: Decode) -> bytes:
    """A file of so many pages, each as large as its region."""
    return _Writer(decode).write(pages)


class _Writer:
    """Objects by their number, counted from 1."""

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self._objects: list[bytes] = [b"", b""]  # the catalogue and the tree of pages come last
        self._pictures: dict[str, int | None] = {}
        self._opacities: dict[str, int] = {}

    def write(self, pages: Sequence[tuple[Sequence[Mark], Rect]]) -> bytes:
        numbers = [self._page(marks, region) for marks, region in pages]
        kids = b" ".join([b"%d 0 R" % number for number in numbers])
        self._objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
        self._objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(numbers))
        out = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
        places = []
        for number, body in enumerate(self._objects, 1):
            places.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        table = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
        out += b"".join([b"%010d 00000 n \n" % place for place in places])
        out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, table)
        return bytes(out)

    def _add(self, body: bytes) -> int:
        self._objects.append(body)
        return len(self._objects)

    def _stream(self, entries: bytes, data: bytes) -> int:
        packed = compress(data)
        head = b"<< %s /Filter /FlateDecode /Length %d >>" % (entries, len(packed))
        return self._add(head + b"\nstream\n" + packed + b"\nendstream")

    def _page(self, marks: Sequence[Mark], region: Rect) -> int:
        x, y, w, h = region
        scale = min(POINTS_A_UNIT, MAX_POINTS / max(w, h, 1.0))
        width, height = w * scale, h * scale
        used: set[str] = set()
        # PDF's y goes up.
        parts = [f"{_n(scale)} 0 0 {_n(-scale)} {_n(-x * scale)} {_n(height + y * scale)} cm"]
        for mark in marks:
            parts += self._mark(mark, used)
        content = self._stream(b"", "\n".join(parts).encode())
        states = b" ".join([b"/%s %d 0 R" % (k.encode(), n) for k, n in self._opacities.items()])
        images = b" ".join(
            [b"/P%d %d 0 R" % (n, n) for file in used if (n := self._pictures[file]) is not None]
        )
        return self._add(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %s %s] /Contents %d 0 R "
            b"/Resources << /ExtGState << %s >> /XObject << %s >> >> >>"
            % (_n(width).encode(), _n(height).encode(), content, states, images)
        )

    def _mark(self, mark: Mark, used: set[str]) -> list[str]:
        if isinstance(mark, Outline):
            return self._outline(mark)
        if isinstance(mark, Picture):
            return self._picture(mark, used)
        return []

    def _begin(self, opacity: float, turn: Turn | None) -> list[str]:
        parts = ["q"]
        if opacity < 1:
            parts.append(f"/{self._opacity(opacity)} gs")
        if turn is not None:
            c, s = cos(radians(turn.degrees)), sin(radians(turn.degrees))
            # Turned about a point: moved there, turned, and moved back.
            e = turn.x - c * turn.x + s * turn.y
            f = turn.y - s * turn.x - c * turn.y
            parts.append(f"{_n(c)} {_n(s)} {_n(-s)} {_n(c)} {_n(e)} {_n(f)} cm")
        return parts

    def _opacity(self, opacity: float) -> str:
        name = f"G{round(opacity * 1000)}"
        if name not in self._opacities:
            level = _n(opacity).encode()
            self._opacities[name] = self._add(b"<< /ca %s /CA %s >>" % (level, level))
        return name

    def _outline(self, mark: Outline) -> list[str]:
        parts = self._begin(mark.opacity, mark.turn)
        path = _path(mark.commands)
        if mark.fill is not None:
            parts += [f"{_color(mark.fill)} rg", path, "f"]
        if mark.stroke is not None:
            cap, join = int(mark.round or bool(mark.dash)), int(mark.round)
            dash = " ".join(map(_n, mark.dash))
            parts += [
                f"{_color(mark.stroke)} RG {_n(mark.width)} w {cap} J {join} j [{dash}] 0 d",
                path,
                "S",
            ]
        return [*parts, "Q"]

    def _picture(self, mark: Picture, used: set[str]) -> list[str]:
        if mark.file not in self._pictures:
            pixels = self._decode(mark.file)
            self._pictures[mark.file] = None if pixels is None else self._image(pixels)
        number = self._pictures[mark.file]
        if number is None:
            gone = rectangle(mark.x, mark.y, mark.w, mark.h)
            return self._outline(Outline(gone, NO_IMAGE, opacity=mark.opacity, turn=mark.turn))
        used.add(mark.file)
        parts = self._begin(mark.opacity, mark.turn)
        place = f"{_n(mark.w)} 0 0 {_n(-mark.h)} {_n(mark.x)} {_n(mark.y + mark.h)} cm"
        return [*parts, place, f"/P{number} Do", "Q"]

    def _image(self, pixels: Pixels) -> int:
        entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8"
        entries %= (pixels.width, pixels.height)
        mask = b""
        if pixels.alpha is not None:
            number = self._stream(entries + b" /ColorSpace /DeviceGray", pixels.alpha)
            mask = b" /SMask %d 0 R" % number
        return self._stream(entries + b" /ColorSpace /DeviceRGB" + mask, pixels.rgb)


def _path(commands: Sequence[Command]) -> str:
    parts: list[str] = []
    x = y = 0.0
    for name, given in commands:
        numbers = given
        if name == "Z":
            parts.append("h")
            continue
        if name == "Q":
            # A quadratic curve as a cubic one: the control points two thirds of the way.
            cx, cy, end_x, end_y = numbers
            numbers = (
                x + (cx - x) * 2 / 3,
                y + (cy - y) * 2 / 3,
                end_x + (cx - end_x) * 2 / 3,
                end_y + (cy - end_y) * 2 / 3,
                end_x,
                end_y,
            )
        parts.append(" ".join(map(_n, numbers)) + {"M": " m", "L": " l", "Q": " c", "C": " c"}[name])
        x, y = numbers[-2:]
    return "\n".join(parts)


def _color(color: str) -> str:
    return " ".join([_n(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5)])


def _n(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")
