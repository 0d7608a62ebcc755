"""Small line charts as SVG, enough for time series under each other; no library draws less than 100 kB."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, LEFT, RIGHT, GAP = 760.0, 64.0, 16.0, 34.0
INK, GRID = "#333", "#ddd"
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#b5b5b5"
"""Okabe and Ito's, told apart by everybody."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Line:
    """One series: `points` are (seconds, value); `steps` holds a value until the next."""

    name: str
    points: Points
    color: str
    steps: bool = False
    width: float = 1.3


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines over one axis from 0 to `top`; `ticks` are (value, label)."""

    title: str
    lines: Sequence[Line]
    top: float
    ticks: Sequence[tuple[float, str]]
    height: float = 110.0


@dataclass(frozen=True, slots=True)
class Strips:
    """A row a name: (from, to, colour) pieces of time; `legend` explains the colours."""

    title: str
    rows: Sequence[tuple[str, Sequence[tuple[float, float, str]]]]
    legend: Sequence[tuple[str, str]]
    row_height: float = 13.0

    @property
    def height(self) -> float:
        """Of all rows."""
        return self.row_height * len(self.rows)


@dataclass(slots=True)
class Chart:
    """Panels under each other on one time axis from 0 to `seconds`."""

    title: str
    seconds: float
    panels: Sequence[Panel | Strips]
    _parts: list[str] = field(default_factory=list)

    def svg(self) -> str:
        """The document."""
        self._parts = []
        top = 30.0
        for panel in self.panels:
            top += 20
            self._text(LEFT, top - 7, panel.title, "start", bold=True)
            if isinstance(panel, Panel):
                self._panel(panel, top)
            else:
                self._strips(panel, top)
            top += panel.height + GAP - 20
        bottom = top - GAP + 20
        for tick in range(0, int(self.seconds) + 1, 10):
            self._text(self._x(tick), bottom + 16, f"{tick} s", "middle")
        height = bottom + 26
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" '
            f'font-family="sans-serif" font-size="11" role="img" aria-label="{escape(self.title)}">'
            f'<rect width="{WIDTH:g}" height="{height:g}" fill="#fff"/>'
        )
        title = f'<text x="{LEFT:g}" y="20" font-size="13" fill="{INK}">{escape(self.title)}</text>'
        return head + title + "".join(self._parts) + "</svg>\n"

    def _x(self, seconds: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * seconds / self.seconds

    def _text(
        self, x: float, y: float, text: str, anchor: str, *, bold: bool = False, color: str = INK
    ) -> None:
        style = f'text-anchor="{anchor}" fill="{color}"' + (' font-weight="600"' if bold else "")
        self._parts.append(f'<text x="{x:.0f}" y="{y:.0f}" {style}>{escape(text)}</text>')

    def _legend(self, entries: Sequence[tuple[str, str]], top: float) -> None:
        x = WIDTH - RIGHT
        for name, color in reversed(entries):
            self._text(x, top - 7, name, "end", color=color, bold=True)
            x -= 6.4 * len(name) + 14

    def _panel(self, panel: Panel, top: float) -> None:
        def y(value: float) -> float:
            return top + panel.height * (1 - min(value, panel.top) / panel.top)

        for value, label in panel.ticks:
            at = y(value)
            self._parts.append(
                f'<path d="M{LEFT:g} {at:.1f}H{WIDTH - RIGHT:g}" stroke="{GRID}" stroke-width="1"/>'
            )
            self._text(LEFT - 6, at + 4, label, "end")
        for line in panel.lines:
            path = ""
            for number, (seconds, value) in enumerate(line.points):
                x, at = self._x(seconds), y(value)
                if number == 0:
                    path = f"M{x:.1f} {at:.1f}"
                elif line.steps:
                    path += f"H{x:.1f}V{at:.1f}"
                else:
                    path += f"L{x:.1f} {at:.1f}"
            self._parts.append(
                f'<path d="{path}" fill="none" stroke="{line.color}" stroke-width="{line.width:g}" '
                'stroke-linejoin="round"/>'
            )
        self._legend([(line.name, line.color) for line in panel.lines if line.name], top)

    def _strips(self, panel: Strips, top: float) -> None:
        for number, (name, pieces) in enumerate(panel.rows):
            y = top + number * panel.row_height
            self._text(LEFT - 6, y + panel.row_height - 3, name, "end")
            for start, end, color in pieces:
                x = self._x(start)
                self._parts.append(
                    f'<rect x="{x:.1f}" y="{y:.0f}" width="{self._x(end) - x:.1f}" '
                    f'height="{panel.row_height - 2:g}" fill="{color}"/>'
                )
        self._legend(panel.legend, top)
