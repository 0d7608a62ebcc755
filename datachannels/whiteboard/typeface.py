"""The bundled font: how wide text is, and its outlines, as a browser shapes it.

Text becomes outlines so that a drawing looks the same wherever it is shown, whatever fonts are there.
HarfBuzz shapes it, as it does in browsers; it is loaded with the first drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from datachannels.whiteboard.marks import Command

SUBSETS = ("latin", "latin-ext", "cyrillic", "greek")
"""Inter by parts, as browsers fetch it: each character is in the first that has it."""

UNITS_PER_EM = 2048.0
FOREIGN = 1.0
"""Width of a character that no part has, a share of the size: some font of whoever shows it will draw it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of one font: its `commands` start at the origin; None: no font has it."""

    text: str
    width: float
    commands: Sequence[Command] | None


class Typeface:
    """Lengths in the units of the `size` that is asked for."""

    def __init__(self) -> None:
        import uharfbuzz

        self._harfbuzz = uharfbuzz
        folder = files(__package__).joinpath("fonts")
        self._fonts: list[Any] = []
        for name in SUBSETS:
            data = folder.joinpath(f"inter-{name}.ttf").read_bytes()
            self._fonts.append(uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob(data))))
        self._glyphs: dict[tuple[int, int], list[Command]] = {}
        self._widths: dict[str, float] = {}

    def width(self, text: str, size: float) -> float:
        """How wide a line is."""
        known = self._widths.get(text)
        if known is None:
            known = sum([self._advance(part, font) for part, font in self._runs(text)])
            if len(self._widths) < 50_000:
                self._widths[text] = known
        return known * size / UNITS_PER_EM

    def pieces(self, text: str, size: float) -> list[Piece]:
        """A line in drawing order."""
        scale = size / UNITS_PER_EM
        made: list[Piece] = []
        for part, font in self._runs(text):
            width = self._advance(part, font) * scale
            made.append(Piece(part, width, None if font is None else self._outline(part, font, scale)))
        return made

    def _runs(self, text: str) -> list[tuple[str, int | None]]:
        runs: list[tuple[str, int | None]] = []
        for character in text:
            font = self._font_of(ord(character))
            if runs and runs[-1][1] == font:
                runs[-1] = (runs[-1][0] + character, font)
            else:
                runs.append((character, font))
        return runs

    def _font_of(self, code: int) -> int | None:
        for index, font in enumerate(self._fonts):
            if font.get_nominal_glyph(code):
                return index
        return None

    def _shaped(self, text: str, font: int) -> Any:
        buffer = self._harfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        self._harfbuzz.shape(self._fonts[font], buffer)
        return buffer

    def _advance(self, text: str, font: int | None) -> float:
        if font is None:
            return len(text) * FOREIGN * UNITS_PER_EM
        return float(sum([one.x_advance for one in self._shaped(text, font).glyph_positions]))

    def _outline(self, text: str, font: int, scale: float) -> list[Command]:
        commands: list[Command] = []
        shaped, at = self._shaped(text, font), 0.0
        for info, position in zip(shaped.glyph_infos, shaped.glyph_positions, strict=True):
            x, y = at + position.x_offset, position.y_offset
            commands += [
                (name, _placed(numbers, x, y, scale)) for name, numbers in self._glyph(font, info.codepoint)
            ]
            at += position.x_advance
        return commands

    def _glyph(self, font: int, glyph: int) -> list[Command]:
        known = self._glyphs.get((font, glyph))
        if known is None:
            pen = _Pen()
            self._fonts[font].draw_glyph_with_pen(glyph, pen)
            known = self._glyphs[font, glyph] = pen.commands
        return known


class _Pen:
    """Takes an outline down, in font units; the names are those HarfBuzz calls."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def moveTo(self, to: tuple[float, float]) -> None:  # noqa: N802
        self.commands.append(("M", to))

    def lineTo(self, to: tuple[float, float]) -> None:  # noqa: N802
        self.commands.append(("L", to))

    def qCurveTo(self, control: tuple[float, float], to: tuple[float, float]) -> None:  # noqa: N802
        self.commands.append(("Q", (*control, *to)))

    def curveTo(  # noqa: N802
        self, one: tuple[float, float], two: tuple[float, float], to: tuple[float, float]
    ) -> None:
        self.commands.append(("C", (*one, *two, *to)))

    def closePath(self) -> None:  # noqa: N802
        self.commands.append(("Z", ()))


def _placed(numbers: Sequence[float], x: float, y: float, scale: float) -> tuple[float, ...]:
    """Font units have their y upwards."""
    return tuple([(n + x) * scale if index % 2 == 0 else -(n + y) * scale for index, n in enumerate(numbers)])


@cache
def bundled() -> Typeface:
    """The one there is."""
    return Typeface()
