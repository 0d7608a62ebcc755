"""Which packet index a sequence number means, and whether it was seen (RFC 3711 §3.3.1, §3.3.2)."""

from typing import Final

from sfu.drops import DropReason
from sfu.errors import RemoteError

WINDOW: Final = 512
"""Packets; RFC 3711 asks for at least 64. A retransmission on the media SSRC comes late by up to a second."""

_MASK: Final = (1 << WINDOW) - 1
_HALF: Final = 1 << 15
_FULL: Final = 1 << 16


class ReplayWindow:
    """The state of one received SSRC: highest authentic index, and a bit for each of the `WINDOW` below it.

    Indices are guessed and checked before the packet is authenticated; only `accept` changes anything.
    """

    __slots__ = ("_seen", "highest")

    def __init__(self) -> None:
        self.highest = -1
        self._seen = 0

    def guess(self, sequence: int) -> int:
        """The 48-bit index nearest the highest one (RFC 3711 appendix A); never negative."""
        highest = self.highest
        if highest < 0:
            return sequence
        index = (highest & ~0xFFFF) | sequence
        if index - highest > _HALF and index >= _FULL:
            return index - _FULL
        if highest - index > _HALF:
            return index + _FULL
        return index

    def check(self, index: int) -> None:
        """Raises RemoteError(SRTP_REPLAY or SRTP_TOO_OLD) for an index that must not be accepted."""
        behind = self.highest - index
        if behind >= 0:
            if behind >= WINDOW:
                raise RemoteError(DropReason.SRTP_TOO_OLD)
            if self._seen >> behind & 1:
                raise RemoteError(DropReason.SRTP_REPLAY)

    def accept(self, index: int) -> None:
        """Note an authentic packet."""
        ahead = index - self.highest
        if ahead > 0:
            self._seen = (self._seen << ahead | 1) & _MASK if ahead < WINDOW else 1
            self.highest = index
        else:
            self._seen |= 1 << -ahead
