"""What waits to be sent to one peer, and the moment it goes.

Packets wait as they came from their layer; they get their numbers and are sealed when they leave, so that
what is dropped before was never numbered. Control datagrams (STUN, DTLS, RTCP) do not pass here: they never
wait.
"""

from collections.abc import Callable
from math import inf
from typing import Protocol

from sfu.clock import abs_send_time
from sfu.drops import DropReason, Drops
from sfu.flush import FlushSchedule
from sfu.messages import Kind
from sfu.path import Path
from sfu.rewrite import Rewrite
from sfu.rtp.packet import RtpPacket
from sfu.slot_stream import Transport

Budget = Callable[[float], float]
"""now → bytes that may leave now."""


def unlimited(now: float) -> float:
    """The budget of a peer that nothing paces."""
    del now
    return inf


def budget_of(path: Path | None) -> Budget:
    """The budget that the path itself sets: none over UDP, nothing while a TCP connection is backed up."""
    if path is None or not path.reliable:
        return unlimited
    return lambda now: 0.0 if path.congested else unlimited(now)


class Writer(Protocol):
    """Who makes datagrams of packets: a slot."""

    @property
    def kind(self) -> Kind:
        """audio or video."""

    def write(
        self,
        rewrite: Rewrite,
        batch: list[RtpPacket],
        datagrams: list[bytes],
        transport: Transport,
        now: float,
    ) -> None:
        """Append the datagrams of `batch`."""

    def overtaken(self, now: float) -> None:
        """Packets of this slot were dropped unsent: go on at the next key frame."""


Run = tuple[Writer, Rewrite, list[RtpPacket]]


class Outbox:
    """The runs of one peer's slots in order, and the transport-wide numbers they get.

    `path` is None until the peer may be sent media. `sequence` numbers packets, `send_time` is the time of
    the flush in the 6.18 seconds of abs-send-time.
    """

    __slots__ = (
        "_drops",
        "_runs",
        "_schedule",
        "budget",
        "octets",
        "packets",
        "path",
        "send_time",
        "sequence",
    )

    def __init__(self, schedule: FlushSchedule, drops: Drops) -> None:
        self.path: Path | None = None
        self.budget: Budget = unlimited
        self.sequence = 0
        self.send_time = 0
        self.packets = 0
        self.octets = 0
        self._schedule = schedule
        self._drops = drops
        self._runs: list[Run] = []

    def put(self, writer: Writer, rewrite: Rewrite, batch: list[RtpPacket]) -> None:
        """Send `batch` at the end of this turn."""
        if not self._runs:
            self._schedule.outboxes.append(self)
        self._runs.append((writer, rewrite, batch))

    def flush(self, now: float) -> None:
        """Number, seal and send what waits."""
        runs, self._runs = self._runs, []
        path = self.path
        if path is None:
            return
        if self.budget is not unlimited and self.budget(now) <= 0:
            runs = self._without_video(runs, now)
        self.send_time = abs_send_time(now)
        datagrams: list[bytes] = []
        for writer, rewrite, batch in runs:
            writer.write(rewrite, batch, datagrams, self, now)
        self.send(path, datagrams)

    def _without_video(self, runs: list[Run], now: float) -> list[Run]:
        """Audio goes on: it is little, and worth nothing later."""
        audio = []
        for run in runs:
            writer, _, batch = run
            if writer.kind == "audio":
                audio.append(run)
            else:
                self._drops[DropReason.OUTBOX_AGE] += len(batch)
                writer.overtaken(now)
        return audio

    def send(self, path: Path, datagrams: list[bytes]) -> None:
        """Hand sealed datagrams to the path, counted."""
        count = len(datagrams)
        if count:
            self.packets += count
            self.octets += len(datagrams[0]) if count == 1 else sum(map(len, datagrams))
            path.send(datagrams)
