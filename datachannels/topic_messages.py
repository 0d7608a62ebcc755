"""What clients say to every durable topic alike."""

from dataclasses import dataclass
from typing import Any

from datachannels.fields import Field, Reader, Shape, integer, nullable, text
from datachannels.json_text import MAX_INTEGER
from datachannels.refusals import RequestRefused

MAX_CLIENT = 64
MAX_EPOCH = 64
MAX_TOPIC_ID = 64

seq = integer(1, MAX_INTEGER - 1)
version = integer(0, MAX_INTEGER - 1)


@dataclass(frozen=True, slots=True)
class Open:
    """`client` is the client's random name; `version` None: it has nothing."""

    client: str
    version: int | None
    epoch: str | None


def ascii_text(max_length: int) -> Reader[str]:
    """A string of printable ASCII, not empty."""
    read_text = text(max_length, 1)

    def read(value: Any) -> str:
        plain = read_text(value)
        if not plain.isascii() or not plain.isprintable():
            raise RequestRefused("bad_message", "must be printable ASCII")
        return plain

    return read


def said_text(max_units: int) -> Reader[str]:
    """Something that people wrote: not blank, and without NUL, which not every database keeps."""
    read_text = text(max_units, 1)

    def read(value: Any) -> str:
        said = read_text(value)
        if "\0" in said or not said.strip():
            raise RequestRefused("bad_message", "must say something, without NUL")
        return said

    return read


def topic_id(value: Any) -> str:
    """The id of a document or board, as far as it could be one."""
    read = text(MAX_TOPIC_ID, 1)(value)
    if not (read.isascii() and read.replace("_", "").isalnum()):
        raise RequestRefused("bad_message", "is no id")
    return read


OPEN = Shape(
    Open,
    (
        Field("client", ascii_text(MAX_CLIENT)),
        Field("version", nullable(version), None),
        Field("epoch", nullable(text(MAX_EPOCH)), None),
    ),
)
