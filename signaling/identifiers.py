"""New names: random, prefixed by what they name (PROTOCOL.md, first paragraph)."""

from collections.abc import Container
from random import Random

from datachannels.control.pairing import ALPHABET
from datachannels.control.pairing import LENGTH as CODE_LENGTH
from sfu.identifiers import Csrc

LENGTH = 16
"""80 bits: unique without asking anybody; `RESUME_LENGTH` is a secret and has 160."""
RESUME_LENGTH = 32


def new_identifier(prefix: str, random: Random, length: int = LENGTH) -> str:
    """``prefix_`` and random characters; unguessable if `random` is the system's."""
    return prefix + "_" + "".join(random.choices(ALPHABET, k=length))


def new_code(random: Random) -> str:
    """The characters of a code that people type."""
    return "".join(random.choices(ALPHABET, k=CODE_LENGTH))


def new_csrc(random: Random, taken: Container[Csrc]) -> Csrc:
    """A uint32 that is not 0 and not taken."""
    while True:
        csrc = Csrc(random.getrandbits(32))
        if csrc != 0 and csrc not in taken:
            return csrc
