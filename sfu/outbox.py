"""What waits to be sent to one peer, and the moment it goes.

Packets wait as they came from their layer; they get their numbers and are sealed when they leave, so that
what is dropped before was never numbered. Control datagrams (STUN, DTLS, RTCP) do not pass here: they never
wait. Where the pacer has room for all there is, which is nearly always, a flush takes it all and looks at no
packet; else video waits here, in order, and leaves in steps of a few milliseconds.
"""

from collections import deque
from collections.abc import Callable
from math import inf
from typing import Final, Protocol

from sfu.clock import abs_send_time
from sfu.drops import DropReason, Drops
from sfu.flush import FlushSchedule
from sfu.messages import Kind
from sfu.pacer import Pacer
from sfu.path import Path
from sfu.rewrite import Rewrite
from sfu.rtp.packet import RtpPacket
from sfu.sent_packets import SentPackets
from sfu.slot_stream import Transport

STEP_S: Final = 0.005
"""Between two steps of what waits: a wake-up costs as much as a few packets, and 5 ms are no jitter."""

MAX_WAIT_S: Final = 1.0
"""A picture a second late is no conversation any more, and a browser without a decodable one asks for a key
frame long before: then what waits makes room for the next key frame. In time, not in bytes, since it is the
estimate that decides how much a second carries."""

STALE_S: Final = 0.1
"""What has waited so long when a key frame comes is dropped for it: three frames that nobody would see."""

PACKET_BYTES: Final = 1250
"""No packet is larger on the wire: a browser's have 1 200 bytes, and we add less than 50."""

HEADER_BYTES: Final = 40
"""What a packet has besides its payload: header, extensions, tag."""


class Writer(Protocol):
    """Who makes datagrams of packets: a slot."""

    numbered: bool
    """Whether its packets carry the transport-wide number, which an m-line may not have agreed on."""

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


class Unnumbered:
    """The `Transport` of m-lines without transport-wide numbers: they use none up, or the receiver would
    report as lost what was never sent."""

    __slots__ = ("send_time", "sequence")

    def __init__(self) -> None:
        self.sequence = 0
        self.send_time = 0


class Waiting:
    """A run that has to wait, since `since`."""

    __slots__ = ("batch", "rewrite", "since", "writer")

    def __init__(self, run: Run, since: float) -> None:
        self.writer, self.rewrite, self.batch = run
        self.since = since


class Outbox:
    """The runs of one peer's slots in order, and the transport-wide numbers they get.

    `path` is None until the peer may be sent media. `sequence` numbers packets, `send_time` is the time of
    the flush in the 6.18 seconds of abs-send-time. `sent` remembers what left, for a receiver that gives
    feedback on it; `probe` is the number of the probe going on, 0 without. `beside` counts the bytes of data
    channels. `wake` is called with the time at which `flush` wants to be called again.
    """

    __slots__ = (
        "_drops",
        "_due",
        "_queue",
        "_runs",
        "_schedule",
        "_unnumbered",
        "_wake",
        "beside",
        "octets",
        "pacer",
        "packets",
        "path",
        "probe",
        "send_time",
        "sent",
        "sequence",
    )

    def __init__(self, schedule: FlushSchedule, drops: Drops, wake: Callable[[float], None]) -> None:
        self.path: Path | None = None
        self.pacer = Pacer()
        self.sent: SentPackets | None = None
        self.probe = 0
        self.sequence = 0
        self.send_time = 0
        self.packets = 0
        self.octets = 0
        self.beside = 0
        self._schedule = schedule
        self._drops = drops
        self._wake = wake
        self._unnumbered = Unnumbered()
        self._runs: list[Run] = []
        self._queue: deque[Waiting] = deque()
        self._due = inf

    def put(self, writer: Writer, rewrite: Rewrite, batch: list[RtpPacket]) -> None:
        """Send `batch` at the end of this turn."""
        if not self._runs:
            self._schedule.outboxes.append(self)
        self._runs.append((writer, rewrite, batch))

    def discard(self, writer: Writer) -> None:
        """Nothing of what waits for `writer` is to go out any more."""
        if self._queue:
            self._queue = deque(waiting for waiting in self._queue if waiting.writer is not writer)

    # --- leaving -----------------------------------------------------------------------------------------

    def flush(self, now: float) -> None:
        """Number, seal and send what may leave now."""
        runs, self._runs = self._runs, []
        path = self.path
        if path is None:
            self._queue.clear()
            return
        if path.congested:
            runs = self._without_video(runs, now)
        elif self._queue or (self.pacer.limited and not self._ample(runs, now)):
            runs = self._paced(runs, now)
        self.begin(now)
        first = self.sequence
        datagrams: list[bytes] = []
        unnumbered: list[tuple[int, int]] = []
        for writer, rewrite, batch in runs:
            if writer.numbered:
                writer.write(rewrite, batch, datagrams, self, now)
            else:
                before = len(datagrams)
                writer.write(rewrite, batch, datagrams, self._unnumbered, now)
                unnumbered.append((before, len(datagrams)))
        if datagrams:
            self.pacer.take(self._send(path, datagrams, first, unnumbered, now))

    def begin(self, now: float) -> None:
        """Packets made from now on leave at `now`."""
        self.send_time = self._unnumbered.send_time = abs_send_time(now)

    def transport(self, writer: Writer) -> Transport:
        """Where a datagram of `writer` made outside a flush takes its number from; then call `send`."""
        return self if writer.numbered else self._unnumbered

    def send(self, datagrams: list[bytes], first: int, now: float) -> int:
        """Send datagrams made outside a flush (repairs, padding): their bytes. `first` was the sequence
        before them."""
        path = self.path
        if path is None or not datagrams:
            return 0
        unnumbered = [(0, len(datagrams))] if self.sequence == first else []
        return self._send(path, datagrams, first, unnumbered, now)

    def _send(
        self, path: Path, datagrams: list[bytes], first: int, unnumbered: list[tuple[int, int]], now: float
    ) -> int:
        sizes = [len(datagram) for datagram in datagrams]
        octets = sum(sizes)
        self.packets += len(sizes)
        self.octets += octets
        sent = self.sent
        if sent is not None:
            for start, end in reversed(unnumbered):
                del sizes[start:end]
            if sizes:
                sent.record(first, sizes, self.probe, now)
        path.send(datagrams)
        return octets

    def sent_beside(self, size_bytes: int) -> None:
        """So much left without waiting here, on data channels: video has the less."""
        self.beside += size_bytes
        self.pacer.take(size_bytes)

    # --- waiting -----------------------------------------------------------------------------------------

    def _ample(self, runs: list[Run], now: float) -> bool:
        """Whether all of it may leave, whatever the sizes."""
        packets = 0
        for run in runs:
            packets += len(run[2])
        return self.pacer.available(now) >= packets * PACKET_BYTES

    def _paced(self, runs: list[Run], now: float) -> list[Run]:
        """What may leave of what waits and what came: audio in any case, video in the order it came."""
        leaving = []
        for run in runs:
            if run[0].kind == "audio":
                leaving.append(run)
            else:
                self._supersede(run, now)
                self._queue.append(Waiting(run, now))
        self._drop_late(now)
        queue = self._queue
        room = self.pacer.available(now)
        while queue and room > 0:
            waiting = queue[0]
            batch = waiting.batch
            count = 0
            for packet in batch:
                if room <= 0:
                    break
                room -= len(packet.wire_payload) + HEADER_BYTES
                count += 1
            leaving.append((waiting.writer, waiting.rewrite, batch[:count]))
            if count == len(batch):
                queue.popleft()
            else:
                waiting.batch = batch[count:]
        if queue:
            self._due = max(now + STEP_S, self.pacer.ready_at())
            self._wake(self._due)
        return leaving

    def _supersede(self, run: Run, now: float) -> None:
        """A new run of a slot begins with a key frame, which makes worthless what waited before it. (Within
        a run nothing may be left out: its numbers would have a gap.)"""
        writer, rewrite, _ = run
        waiting = [entry for entry in self._queue if entry.writer is writer]
        if waiting and waiting[-1].rewrite is not rewrite and now - waiting[0].since > STALE_S:
            self._drops[DropReason.OUTBOX_AGE] += sum(len(entry.batch) for entry in waiting)
            self.discard(writer)

    def _drop_late(self, now: float) -> None:
        """A slot whose packets waited too long gives them up, and goes on at its next key frame."""
        while self._queue and now - self._queue[0].since > MAX_WAIT_S:
            writer = self._queue[0].writer
            self._drops[DropReason.OUTBOX_AGE] += sum(
                len(waiting.batch) for waiting in self._queue if waiting.writer is writer
            )
            self.discard(writer)
            writer.overtaken(now)

    def _without_video(self, runs: list[Run], now: float) -> list[Run]:
        """Audio goes on: it is little, and worth nothing later."""
        audio = []
        for waiting in self._queue:
            runs.append((waiting.writer, waiting.rewrite, waiting.batch))
        self._queue.clear()
        for run in runs:
            writer, _, batch = run
            if writer.kind == "audio":
                audio.append(run)
            else:
                self._drops[DropReason.OUTBOX_AGE] += len(batch)
                writer.overtaken(now)
        return audio

    def next_timeout(self) -> float:
        """When what waits may go on: call `flush` then."""
        return self._due if self._queue else inf
