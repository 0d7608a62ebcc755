"""The picture that is being composed: three planes of YUV 4:2:0, as codecs take and give them.

Nothing is ever converted to RGB: frames are scaled by swscale and copied in by rows, drawings are converted
once. So a picture costs what it copies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]
Wide = npt.NDArray[np.uint16]

Colour = tuple[int, int, int]
"""Y, U, V, in the range of video: 16–235 and 16–240."""

BACKGROUND: Final[Colour] = (21, 130, 126)
TILE: Final[Colour] = (45, 132, 125)

HALF: Final = (1, 2, 2)
"""What each plane is divided by, across and down."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A drawing with transparency, `w` × `h` pixels, to be laid over (x, y) of a cell; all four are even.

    `planes` are already multiplied by their cover, `covers` say what of 256 shows through of what is below.
    None of them: it covers all, and `planes` are plain.
    """

    x: int
    y: int
    w: int
    h: int
    planes: Sequence[Wide]
    through: Sequence[Wide] | None


class Canvas:
    """`pixels` is the whole picture in the shape in which PyAV takes it: rows of Y, then U, then V."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.pixels: Plane = np.empty((height * 3 // 2, width), np.uint8)
        quarter = height // 4
        chroma = (height // 2, width // 2)
        self._planes = (
            self.pixels[:height],
            self.pixels[height : height + quarter].reshape(chroma),
            self.pixels[height + quarter :].reshape(chroma),
        )
        self.fill(0, 0, width, height, BACKGROUND)

    def fill(self, x: int, y: int, w: int, h: int, colour: Colour) -> None:
        """One colour for a rectangle."""
        for plane, by, value in zip(self._planes, HALF, colour, strict=True):
            plane[y // by : (y + h) // by, x // by : (x + w) // by] = value

    def paste(self, planes: Sequence[Plane], x: int, y: int) -> None:
        """A frame, with its upper left corner there."""
        for plane, by, source in zip(self._planes, HALF, planes, strict=True):
            h, w = source.shape
            plane[y // by : y // by + h, x // by : x // by + w] = source

    def lay(self, patch: Patch, x: int, y: int) -> None:
        """A drawing over the cell whose upper left corner is there."""
        x, y = x + patch.x, y + patch.y
        for index, (plane, by) in enumerate(zip(self._planes, HALF, strict=True)):
            part = plane[y // by : (y + patch.h) // by, x // by : (x + patch.w) // by]
            over = patch.planes[index]
            if patch.through is None:
                part[...] = over
            else:
                part[...] = (part * patch.through[index] + over) >> 8
