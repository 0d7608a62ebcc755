"""What waits to be sent to one peer, and the moment it goes.

Packets wait as they came from their layer; they get their numbers and are sealed when they leave, so that
what is dropped before was never numbered. Control datagrams (STUN, DTLS, RTCP) do not pass here: they never
wait. Where the pacer has room for all there is, which is nearly always, a flush takes it all and looks at no
packet; else video waits here, in order, and leaves in steps of a few milliseconds.
"""

from collections import deque
from collections.abc import Callable
from math import inf
from typing import Final

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


class Writer:
    """Who makes datagrams of packets: a slot. A base class, no Protocol: what is called for every flush shall
    be found without a look-up by name.

    `numbered`: whether its packets carry the transport-wide number, which an m-line may not have agreed on.
    """

    def __init__(self, kind: Kind, numbered: bool) -> None:
        self.kind: Kind = kind
        self.numbered = numbered

    def write(
        self,
        rewrite: Rewrite,
        batch: list[RtpPacket],
        datagrams: list[bytes],
        transport: Transport,
        now: float,
    ) -> None:
        """Append the datagrams of `batch`."""
        raise NotImplementedError

    def overtaken(self, now: float) -> None:
        """Packets of this slot were dropped unsent: go on at the next key frame."""
        raise NotImplementedError


class Run:
    """Packets of one slot, to be sent; if they have to wait, they do `since` then."""

    __slots__ = ("batch", "rewrite", "since", "writer")

    def __init__(self, writer: Writer, rewrite: Rewrite, batch: list[RtpPacket]) -> None:
        self.writer = writer
        self.rewrite = rewrite
        self.batch = batch
        self.since = inf


class Outbox:
    """The runs of one peer's slots in order, and the transport-wide numbers they get.

    `path` is None until the peer may be sent media. `numbers` has the number of the next packet, not cut to
    16 bits. `sent` remembers what left, for a receiver that gives feedback on it; `probe` is the number of
    the probe going on, 0 without. `beside` counts the bytes of data channels. `wake` is called with the time
    at which `flush` wants to be called again.
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
        "numbers",
        "octets",
        "pacer",
        "packets",
        "path",
        "probe",
        "sent",
    )

    def __init__(self, schedule: FlushSchedule, drops: Drops, wake: Callable[[float], None]) -> None:
        self.path: Path | None = None
        self.pacer = Pacer()
        self.sent: SentPackets | None = None
        self.probe = 0
        self.packets = 0
        self.octets = 0
        self.beside = 0
        self._schedule = schedule
        self._drops = drops
        self._wake = wake
        self.numbers = Transport()
        # M-lines without transport-wide numbers use none up, or what was never sent would be reported lost.
        self._unnumbered = Transport()
        self._runs: list[Run] = []
        self._queue: deque[Run] = deque()
        self._due = inf

    def put(self, writer: Writer, rewrite: Rewrite, batch: list[RtpPacket]) -> None:
        """Send `batch` at the end of this turn."""
        if not self._runs:
            self._schedule.outboxes.append(self)
        self._runs.append(Run(writer, rewrite, batch))

    def discard(self, writer: Writer) -> None:
        """Nothing of what waits for `writer` is to go out any more."""
        if self._queue:
            self._queue = deque(run for run in self._queue if run.writer is not writer)

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
        first = self.numbers.sequence
        datagrams: list[bytes] = []
        unnumbered: list[tuple[int, int]] | None = None
        for run in runs:
            writer = run.writer
            if writer.numbered:
                writer.write(run.rewrite, run.batch, datagrams, self.numbers, now)
            else:
                before = len(datagrams)
                writer.write(run.rewrite, run.batch, datagrams, self._unnumbered, now)
                if self.sent is not None:
                    if unnumbered is None:
                        unnumbered = []
                    unnumbered.append((before, len(datagrams)))
        if datagrams:
            self.pacer.take(self._send(path, datagrams, first, unnumbered, now))

    def begin(self, now: float) -> None:
        """Packets made from now on leave at `now`."""
        self.numbers.send_time = self._unnumbered.send_time = abs_send_time(now)

    def transport(self, writer: Writer) -> Transport:
        """Where a datagram of `writer` made outside a flush takes its number from; then call `send`."""
        return self.numbers if writer.numbered else self._unnumbered

    def send(self, datagrams: list[bytes], first: int, now: float) -> int:
        """Send datagrams made outside a flush (repairs, padding): their bytes. `first` was the sequence
        before them."""
        path = self.path
        if path is None or not datagrams:
            return 0
        unnumbered = [(0, len(datagrams))] if self.numbers.sequence == first else None
        return self._send(path, datagrams, first, unnumbered, now)

    def _send(
        self,
        path: Path,
        datagrams: list[bytes],
        first: int,
        unnumbered: list[tuple[int, int]] | None,
        now: float,
    ) -> int:
        octets = 0
        for datagram in datagrams:
            octets += len(datagram)
        self.packets += len(datagrams)
        self.octets += octets
        sent = self.sent
        if sent is not None:
            sizes = [len(datagram) for datagram in datagrams]
            if unnumbered is not None:
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
            packets += len(run.batch)
        return self.pacer.available(now) >= packets * PACKET_BYTES

    def _paced(self, runs: list[Run], now: float) -> list[Run]:
        """What may leave of what waits and what came: audio in any case, video in the order it came."""
        leaving = []
        for run in runs:
            if run.writer.kind == "audio":
                leaving.append(run)
            else:
                self._supersede(run, now)
                run.since = now
                self._queue.append(run)
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
            if count == len(batch):
                leaving.append(queue.popleft())
            else:
                leaving.append(Run(waiting.writer, waiting.rewrite, batch[:count]))
                waiting.batch = batch[count:]
        if queue:
            self._due = max(now + STEP_S, self.pacer.ready_at())
            self._wake(self._due)
        return leaving

    def _supersede(self, run: Run, now: float) -> None:
        """A new run of a slot begins with a key frame, which makes worthless what waited before it. (Within
        a run nothing may be left out: its numbers would have a gap.)"""
        writer = run.writer
        waiting = [entry for entry in self._queue if entry.writer is writer]
        if waiting and waiting[-1].rewrite is not run.rewrite and now - waiting[0].since > STALE_S:
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
        runs.extend(self._queue)
        self._queue.clear()
        for run in runs:
            if run.writer.kind == "audio":
                audio.append(run)
            else:
                self._drops[DropReason.OUTBOX_AGE] += len(run.batch)
                run.writer.overtaken(now)
        return audio

    def next_timeout(self) -> float:
        """When what waits may go on: call `flush` then."""
        return self._due if self._queue else inf
