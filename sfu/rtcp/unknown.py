"""An RTCP packet that is well framed and not for us: extended reports (RFC 3611), application packets."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unknown:
    """Skipped, told so that it can be counted. `fmt` is the count or feedback format of the header."""

    packet_type: int
    fmt: int
