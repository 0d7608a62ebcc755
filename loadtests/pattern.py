"""A picture that says whose it is: a grid of black and white cells that survives scaling and lossy codecs.

The upper 7/8 of the picture hold 8×4 cells. The outer columns are references (alternating, so that they tell
black from white in any exposure), the 24 cells between are 16 bits of person id and 8 bits of CRC, row by
row, most significant first. The lowest 1/8 moves, so that every frame differs.
"""

import numpy as np
import numpy.typing as npt

Luma = npt.NDArray[np.uint8]

COLUMNS = 8
ROWS = 4
GRID_SHARE = 7 / 8
WHITE = 215  # inside the video range (16–235), with room for noise
BLACK = 40
MAX_PERSON = 0xFFFF
LEAST_CONTRAST = 60  # below it, it is no pattern: a grey, black or fading picture
UNCLEAR_SHARE = 0.25  # a cell nearer to the middle than this share of the contrast is not read


def checksum(person: int) -> int:
    """CRC-8 (polynomial 0x07, initial value 0xFF) over the two bytes of the id, so that id 0 has one too."""
    crc = 0xFF
    for byte in person.to_bytes(2, "big"):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ 0x07 if crc & 0x80 else crc << 1
            crc &= 0xFF
    return crc


def cells(person: int) -> list[list[bool]]:
    """The grid, row by row; True is white. Raises ValueError outside 0–65535."""
    if not 0 <= person <= MAX_PERSON:
        raise ValueError(f"person {person} does not fit in 16 bits")
    word = person << 8 | checksum(person)
    bits = [bool(word >> (23 - n) & 1) for n in range(24)]
    return [
        [row % 2 == 0, *bits[row * 6 : row * 6 + 6], row % 2 == 1]  # references left and right
        for row in range(ROWS)
    ]


def draw(person: int, width: int, height: int, step: int, noise: int = 0) -> Luma:
    """Frame `step` of the person's picture as luma, shape (height, width).

    `noise` is the amplitude of the texture in the moving strip: what makes an encoder spend bits.
    """
    grid_height = int(height * GRID_SHARE)
    row_of = np.arange(grid_height) * ROWS // grid_height
    column_of = np.arange(width) * COLUMNS // width
    white = np.array(cells(person))
    picture = np.empty((height, width), np.uint8)
    picture[:grid_height] = np.where(white[np.ix_(row_of, column_of)], WHITE, BLACK)
    picture[grid_height:] = _strip(person, width, height - grid_height, step, noise)
    return picture


def _strip(person: int, width: int, height: int, step: int, noise: int) -> Luma:
    bar = (np.arange(width) + step * width // 60) % width < width // 8
    strip = np.where(bar, 180, 80)[np.newaxis, :].repeat(height, axis=0)
    if noise:
        random = np.random.default_rng((person, step))
        strip = strip + random.integers(-noise, noise + 1, strip.shape)
    return strip.clip(16, 235).astype(np.uint8)


def read(luma: npt.NDArray[np.generic]) -> int | None:
    """The person in a picture of any size, shape (height, width); None if there is no clear one."""
    height, width = luma.shape
    cell_height, cell_width = height * GRID_SHARE / ROWS, width / COLUMNS
    if cell_height < 4 or cell_width < 4:
        return None
    # Only the middle half of each cell: the edges are smeared by scaling and the codec.
    means = np.array(
        [
            [
                luma[
                    int((row + 0.25) * cell_height) : int((row + 0.75) * cell_height),
                    int((column + 0.25) * cell_width) : int((column + 0.75) * cell_width),
                ].mean()
                for column in range(COLUMNS)
            ]
            for row in range(ROWS)
        ]
    )
    references = np.array([means[:, 0], means[::-1, -1]])  # both now alternate white, black, white, black
    white, black = references[:, 0::2].mean(), references[:, 1::2].mean()
    contrast = white - black
    middle = (white + black) / 2
    if contrast < LEAST_CONTRAST or (np.abs(means - middle) < contrast * UNCLEAR_SHARE).any():
        return None
    bits = (means > middle)[:, 1:-1].ravel()
    word = sum(1 << (23 - n) for n, bit in enumerate(bits) if bit)
    person = word >> 8
    return person if cells(person) == (means > middle).tolist() else None
