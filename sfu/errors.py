"""The error tree: whose fault it is decides what happens.

::

    SfuError
    ├── RemoteError          the other side sent what cannot be used: drop, count its `reason`, go on
    │   └── OfferRefused     an SDP offer that cannot be answered: goes back to the client with its `code`
    └── LocalError           our fault or the machine's: logged, never blamed on a peer

Bytes from the network are judged once, in the parser that reads them; the datagram's receiver catches
`RemoteError` once and counts it. Nothing above sees it.
"""

from sfu.drops import DropReason


class SfuError(Exception):
    """Whatever goes wrong in the media path."""


class RemoteError(SfuError):
    """The other side sent something unusable."""

    def __init__(self, reason: DropReason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason


class OfferRefused(RemoteError):
    """An offer that cannot be answered; `code` is one of PROTOCOL.md's error codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(DropReason.SDP_REFUSED, message)
        self.code = code
        self.message = message


class LocalError(SfuError):
    """The node itself is at fault."""
