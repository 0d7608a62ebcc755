"""Stamps as the page draws them (`web/src/annotation/stamps.ts`), whatever letters a machine has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from datachannels.whiteboard.marks import Command, Mark, Outline, ellipse

BOX: Final = 24.0
"""A stamp is drawn in a square of so many units."""

WHITE: Final = "#ffffff"
DARK: Final = "#16191d"


def _path(text: str) -> list[Command]:
    """Letters M, L, C and Z with their numbers, all absolute."""
    commands: list[tuple[str, list[float]]] = []
    for word in text.split():
        if word in "MLCZ":
            commands.append((word, []))
        else:
            commands[-1][1].append(float(word))
    return [(name, tuple(numbers)) for name, numbers in commands]


_DISC: Final = ellipse(1.5, 1.5, 21.0, 21.0)
_TICK: Final = _path("M 6.8 12.4 L 10.5 16.1 L 17.4 8.5")
_CROSS: Final = _path("M 8.2 8.2 L 15.8 15.8 M 15.8 8.2 L 8.2 15.8")
_QUESTION: Final = _path(
    "M 9 9.4 C 9.02 7.91 10.1 6.64 11.57 6.39 C 13.04 6.14 14.48 6.96 15 8.36 C 15.53 9.76 14.98 11.33 "
    "13.7 12.1 C 12.6 12.8 12 13.3 12 14.4 M 12 17.7 L 12 17.71"
)
_EXCLAMATION: Final = _path("M 12 6.4 L 12 13.6 M 12 17.6 L 12 17.61")
_STAR: Final = _path(
    "M 12 1.8 L 15.1 8.3 L 22.2 9.2 L 17 14.1 L 18.3 21.2 L 12 17.7 L 5.7 21.2 L 7 14.1 L 1.8 9.2 L 8.9 8.3 Z"
)
_THUMB: Final = _path(
    "M 6.4 11 L 6.4 18 L 8.8 18 L 8.8 11 Z M 10 11.3 L 12.9 5.4 C 14.3 5.4 15.2 6.4 15 7.7 L 14.5 10.3 "
    "L 17.6 10.3 C 18.7 10.3 19.5 11.3 19.3 12.4 L 18.4 16.6 C 18.2 17.6 17.4 18.2 16.4 18.2 L 12.1 18.2 "
    "C 11.3 18.2 10.5 17.9 10 17.3 Z"
)
_EYES: Final = [*ellipse(1.8, 5.6, 9.6, 12.8), *ellipse(12.6, 5.6, 9.6, 12.8)]
_PUPILS: Final = [*ellipse(7.0, 10.4, 4.0, 5.2), *ellipse(17.8, 10.4, 4.0, 5.2)]
_HEART: Final = _path(
    "M 12 21.4 C 5.9 17 2 13.3 2 8.8 C 2.02 6.37 3.7 4.26 6.06 3.7 C 8.43 3.13 10.88 4.24 12 6.4 "
    "C 13.12 4.24 15.57 3.13 17.94 3.7 C 20.3 4.26 21.98 6.37 22 8.8 C 22 13.3 18.1 17 12 21.4 Z"
)


@dataclass(frozen=True, slots=True)
class Layer:
    """One of the shapes that lie upon each other."""

    commands: Sequence[Command]
    fill: str | None = None
    stroke: str | None = None
    width: float = 0.0


def _badge(colour: str, sign: list[Command]) -> list[Layer]:
    return [Layer(_DISC, colour, WHITE, 1.6), Layer(sign, None, WHITE, 2.6)]


STAMPS: Final[Mapping[str, Sequence[Layer]]] = {
    "✅": _badge("#1a8a46", _TICK),
    "❌": _badge("#d92d26", _CROSS),
    "❓": _badge("#1f6feb", _QUESTION),
    "❗": _badge("#c2570c", _EXCLAMATION),
    "⭐": [Layer(_STAR, "#f5b800", WHITE, 1.6)],
    "👍": [Layer(_DISC, "#1f6feb", WHITE, 1.6), Layer(_THUMB, WHITE)],
    "👀": [Layer(_EYES, WHITE, DARK, 1.4), Layer(_PUPILS, DARK)],
    "❤️": [Layer(_HEART, "#d92d26", WHITE, 1.6)],
}


def stamp(text: str, x: float, y: float, size: float) -> list[Mark] | None:
    """A stamp around (x, y), `size` across; None for a sign that is none of them."""
    layers = STAMPS.get(text)
    if layers is None:
        return None
    scale, left, top = size / BOX, x - size / 2, y - size / 2
    return [
        Outline(_moved(layer.commands, scale, left, top), layer.fill, layer.stroke, layer.width * scale)
        for layer in layers
    ]


def _moved(commands: Sequence[Command], scale: float, left: float, top: float) -> list[Command]:
    return [
        (name, tuple([(top if index % 2 else left) + scale * n for index, n in enumerate(numbers)]))
        for name, numbers in commands
    ]
