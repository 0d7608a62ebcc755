"""What goes over the socket between a node and its recorder: records, each behind its length.

Packets are as `sfu.tap` packs them; everything else is one JSON object.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sfu.errors import LocalError
from sfu.tap import IS_PACKET, PACKET, PACKET_TAIL

MAX_RECORD_BYTES: Final = 16 * 1024 * 1024

_LENGTH: Final = 4
_unpack: Final = PACKET.unpack_from


@dataclass(slots=True)
class TapPacket:
    """One packet of a run; times in seconds of the server's clock. `lost` packets before it are missing."""

    flags: int
    tap: int
    run: int
    index: int
    timestamp: int
    arrival: float
    capture: float
    payload: bytes
    lost: int = 0


def write_record(message: dict[str, Any]) -> bytes:
    """A message as a record."""
    body = b"\x00" + orjson.dumps(message)
    return len(body).to_bytes(_LENGTH, "little") + body


class RecordReader:
    """Cuts what comes in any pieces into packets and messages."""

    def __init__(
        self, on_packet: Callable[[TapPacket], None], on_message: Callable[[dict[str, Any]], None]
    ) -> None:
        self._on_packet = on_packet
        self._on_message = on_message
        self._rest = b""

    def receive(self, data: bytes) -> None:
        """Bytes came. LocalError if they are no records: the other end is ours, and broken."""
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        while end - at >= _LENGTH:
            size = int.from_bytes(data[at : at + _LENGTH], "little")
            if not 0 < size <= MAX_RECORD_BYTES:
                raise LocalError(f"a record of {size} bytes")
            after = at + _LENGTH + size
            if after > end:
                break
            if data[at + _LENGTH] & IS_PACKET:
                if size < PACKET_TAIL:
                    raise LocalError(f"a packet record of {size} bytes")
                _, flags, tap, run, index, timestamp, arrival, capture = _unpack(data, at)
                payload = data[at + _LENGTH + PACKET_TAIL : after]
                self._on_packet(TapPacket(flags, tap, run, index, timestamp, arrival, capture, payload))
            else:
                message = orjson.loads(data[at + _LENGTH + 1 : after])
                if not isinstance(message, dict):
                    raise LocalError("a message that is no object")
                self._on_message(message)
            at = after
        self._rest = data[at:]
