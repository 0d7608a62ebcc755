"""The node's end of the socket to its recorder: never waits, and drops what the recorder does not take."""

import asyncio
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from recording.records import RecordReader, TapPacket, write_record
from sfu.codecs.codec import Codec
from sfu.identifiers import Rid

log = logging.getLogger(__name__)

FLUSH_S: Final = 0.05
"""Packets are handed over in batches: nobody watches live, and each send is a wake-up here and there."""

MAX_QUEUED_BYTES: Final = 64 * 1024 * 1024
"""Half a minute of a large room, for which the recorder may be held up by its disk."""

PIECE_RECORDS: Final = 512
"""Joined and sent at once; some 300 kB."""

PIECES_A_TURN: Final = 4
BACKLOG_S: Final = 0.004
"""After a stall the queue is emptied in turns: no callback holds the loop for 2 ms."""

READ_BYTES: Final = 65_536
_TAP: Final = slice(5, 9)  # where a packet's record names its tap


class RecorderLink:
    """Takes what taps write (`sfu.tap.Outlet`) and messages, in one order.

    Without a socket everything is dropped: a recorder that is ready is told everything again. `on_overflow`
    is told the tap whose packets are the first that do not fit in `max_queued_bytes`; until half of it is
    free again, all packets are dropped, and counted.
    """

    def __init__(
        self,
        on_message: Callable[[dict[str, Any]], None],
        on_lost: Callable[[], None],
        on_overflow: Callable[[int], None],
        max_queued_bytes: int = MAX_QUEUED_BYTES,
    ) -> None:
        self._on_message = on_message
        self._on_lost = on_lost
        self._on_overflow = on_overflow
        self._max_queued_bytes = max_queued_bytes
        self._socket: socket.socket | None = None
        self._reader = RecordReader(_no_packet, on_message)
        self._queue: list[bytes] = []
        self._queued_bytes = 0
        self._rest = memoryview(b"")
        self._flushing = False
        self._full = False
        self._dropped: Counter[int] = Counter()  # packets by tap, until the recorder is told

    @property
    def connected(self) -> bool:
        """Whether there is a socket."""
        return self._socket is not None

    def connect(self, end: socket.socket) -> None:
        """Write to and read from `end`, which is the link's from now on."""
        end.setblocking(False)
        self._socket = end
        self._reader = RecordReader(_no_packet, self._on_message)
        asyncio.get_running_loop().add_reader(end, self._read)

    def close(self) -> None:
        """Close the socket, which the recorder takes for the node's end."""
        end, self._socket = self._socket, None
        if end is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(end)
            loop.remove_writer(end)
            end.close()
        self._queue.clear()
        self._queued_bytes = 0
        self._rest = memoryview(b"")
        self._flushing = self._full = False
        self._dropped.clear()

    # --- as the outlet of taps -----------------------------------------------------------------------------

    def begin(self, tap: int, run: int, codec: Codec, rid: Rid) -> None:
        """See `sfu.tap.Outlet`."""
        self.send(write_record({"do": "run", "tap": tap, "run": run, "codec": codec.name, "rid": rid}))

    def put(self, records: list[bytes], size_bytes: int) -> None:
        """See `sfu.tap.Outlet`."""
        if self._socket is None:
            return
        if self._queued_bytes > self._max_queued_bytes or self._full:
            self._drop(records)
            return
        self._queue += records
        self._queued_bytes += size_bytes
        if not self._flushing:
            self._flush_in(FLUSH_S)

    def _drop(self, records: list[bytes]) -> None:
        tap = int.from_bytes(records[0][_TAP], "little")
        self._dropped[tap] += len(records) // 2
        if not self._full:
            self._full = True
            self._on_overflow(tap)

    # --- messages ------------------------------------------------------------------------------------------

    def send(self, record: bytes) -> None:
        """Queue a message; there are few, and none is dropped while the socket lasts."""
        if self._socket is None:
            return
        self._queue.append(record)
        self._queued_bytes += len(record)
        if not self._flushing:
            self._flush_in(FLUSH_S)

    def _tell_dropped(self) -> None:
        dropped, self._dropped = self._dropped, Counter()
        self._full = False
        now = time.monotonic()
        for tap, packets in dropped.items():
            self.send(write_record({"do": "dropped", "tap": tap, "packets": packets, "now": now}))

    # --- the socket ----------------------------------------------------------------------------------------

    def _flush_in(self, seconds: float) -> None:
        self._flushing = True
        asyncio.get_running_loop().call_later(seconds, self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if self._socket is None:
            return
        try:
            for _ in range(PIECES_A_TURN):
                if not self._rest:
                    self._rest = memoryview(b"".join(self._queue[:PIECE_RECORDS]))
                    del self._queue[:PIECE_RECORDS]
                if not self._rest:
                    break
                sent = self._socket.send(self._rest)
                self._rest = self._rest[sent:]
                self._queued_bytes -= sent
        except BlockingIOError:
            self._flushing = True
            asyncio.get_running_loop().add_writer(self._socket, self._writable)
        except OSError as error:
            self._lose(error)
            return
        if self._full and self._queued_bytes < self._max_queued_bytes // 2:
            self._tell_dropped()
        if self._queued_bytes and not self._flushing:
            self._flush_in(BACKLOG_S)

    def _writable(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_writer(self._socket)
        self._flush()

    def _read(self) -> None:
        if self._socket is None:
            return
        try:
            data = self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(error)
            return
        if data:
            self._reader.receive(data)
        else:
            self._lose(None)

    def _lose(self, error: OSError | None) -> None:
        log.warning("the recorder is gone%s", f": {error}" if error else "")
        self.close()
        self._on_lost()


def _no_packet(packet: TapPacket) -> None:
    del packet  # a recorder sends messages alone
