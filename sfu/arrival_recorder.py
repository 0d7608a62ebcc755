"""When each packet of a peer's transport arrived, told to its bandwidth estimator.

draft-holmer-rmcat-transport-wide-cc-extensions-01. Every packet with a transport-wide sequence number
counts, also probes and duplicates that go no further.
"""

from typing import Final

from sfu.identifiers import Ssrc
from sfu.rtcp.transport_feedback import (
    MAX_DELTA_TICKS,
    MIN_DELTA_TICKS,
    TICKS_PER_REFERENCE,
    TICKS_PER_SECOND,
    TransportFeedback,
)
from sfu.sequence import unwrap

INTERVAL_S: Final = 0.100
"""At least every 100 ms: browsers' estimators start and react with feedback each 50–250 ms."""

MARKER_INTERVAL_S: Final = 0.080
"""At the end of a frame sooner: its packets' delays belong together. At 30 frames a second every third."""

MAX_RECEIVED: Final = 400
"""Arrivals in one feedback: two bytes each at worst, so that it fits a datagram of 1 200 bytes."""

MAX_STATUSES: Final = 1000
"""Packets, lost ones included, in one feedback. A longer hole is told in part: it was an outage."""

KEPT_S: Final = 0.5
"""Arrivals stay known so long: a feedback that goes back to a late packet must not call its successors lost.
A packet later than that is not told of."""

MAX_PENDING: Final = 4 * MAX_RECEIVED
"""Arrivals kept while nobody fetches feedback."""


class ArrivalRecorder:
    """Arrival times of one transport. `media_ssrc` is any SSRC of the peer, set when one is known."""

    __slots__ = (
        "_arrivals",
        "_begin",
        "_count",
        "_due_at",
        "_highest",
        "_kept_from",
        "_last_sent_at",
        "_pending",
        "_sender_ssrc",
        "_stray",
        "media_ssrc",
    )

    def __init__(self, sender_ssrc: Ssrc) -> None:
        self.media_ssrc = Ssrc(0)
        self._sender_ssrc = sender_ssrc
        self._arrivals: dict[int, int] = {}  # extended sequence number → ticks of 250 µs
        self._begin: int | None = None  # the first number the next feedback tells of
        self._kept_from = 0  # what arrived from here on is known
        self._highest = 0
        self._stray = -1
        self._pending = 0
        self._count = 0
        self._last_sent_at: float | None = None
        self._due_at = 0.0

    def record(self, sequence16: int, now: float, marker: bool = False) -> None:
        """A packet arrived; `marker` at the end of a video frame."""
        index = self._index(sequence16)
        if index is None:
            return
        self._arrivals[index] = int(now * TICKS_PER_SECOND)
        self._pending += 1
        self._schedule(marker, now)

    def _index(self, sequence16: int) -> int | None:
        """The extended number; None for a duplicate or a packet too late to tell of."""
        if self._begin is None:
            # One turn up, so that what comes late from before the first is not negative.
            return self._restart(sequence16 + 0x10000)
        index = unwrap(sequence16, self._highest)
        if index > self._highest:
            if self._pending >= MAX_PENDING:
                return self._restart(index)
            self._highest = index
        elif index < self._highest - MAX_STATUSES:
            # As RFC 3550 A.1 does for media: two in a row far behind are a peer that counts anew.
            if index == self._stray + 1:
                return self._restart(index)
            self._stray = index
            return None
        elif index in self._arrivals or index < self._kept_from:
            return None  # the first arrival is the one that counts
        elif index < self._begin:
            self._begin = index
        return index

    def _restart(self, index: int) -> int:
        self._arrivals.clear()
        self._begin = self._highest = index
        self._kept_from = index - MAX_STATUSES
        self._pending = 0
        return index

    def _schedule(self, marker: bool, now: float) -> None:
        last = self._last_sent_at
        if self._pending == 1:
            # After a pause not for a single packet: the estimator compares packets with one another.
            self._due_at = now + MARKER_INTERVAL_S
            if last is not None:
                self._due_at = max(self._due_at, last + INTERVAL_S)
        if self._pending >= MAX_RECEIVED:
            self._due_at = now
        elif marker:
            at = now if last is None else max(now, last + MARKER_INTERVAL_S)
            self._due_at = min(self._due_at, at)

    def due(self, now: float) -> bool:
        """Whether to send feedback now."""
        return self._pending > 0 and now >= self._due_at

    def next_timeout(self) -> float | None:
        """When feedback is due; None if nothing arrived since the last."""
        return self._due_at if self._pending else None

    def feedback(self, now: float) -> list[TransportFeedback]:
        """What arrived and what is missing since the last feedback; several if one cannot hold it."""
        if not self._pending or self._begin is None:
            return []
        feedbacks = []
        begin = self._begin
        for span in self._spans(self._told(begin)):
            begin = max(begin, span[-1] + 1 - MAX_STATUSES)
            feedbacks.append(self._write(begin, span))
            begin = span[-1] + 1
        self._begin = begin
        self._pending = 0
        self._last_sent_at = now
        self._forget(now)
        return feedbacks

    def _told(self, begin: int) -> list[int]:
        """What arrived from `begin` on, ascending."""
        if self._pending == self._highest + 1 - begin:  # nothing is missing
            return list(range(begin, self._highest + 1))
        return sorted([index for index in self._arrivals if index >= begin])

    def _spans(self, indices: list[int]) -> list[list[int]]:
        """Received numbers cut so that each part fits one feedback."""
        arrivals = self._arrivals
        spans: list[list[int]] = []
        span: list[int] = []
        before = 0
        for index in indices:
            ticks = arrivals[index]
            if span and (
                len(span) >= MAX_RECEIVED
                or index - span[0] >= MAX_STATUSES // 2
                or not MIN_DELTA_TICKS <= ticks - before <= MAX_DELTA_TICKS
            ):
                spans.append(span)
                span = []
            span.append(index)
            before = ticks
        spans.append(span)
        return spans

    def _write(self, begin: int, span: list[int]) -> TransportFeedback:
        arrivals = self._arrivals
        reference = arrivals[span[0]] // TICKS_PER_REFERENCE
        zero = reference * TICKS_PER_REFERENCE
        told: list[int | None] = []
        for index in range(begin, span[-1] + 1):
            ticks = arrivals.get(index)
            told.append(None if ticks is None else ticks - zero)
        count, self._count = self._count, (self._count + 1) & 0xFF
        return TransportFeedback(
            sender_ssrc=self._sender_ssrc,
            media_ssrc=self.media_ssrc,
            base_sequence=begin & 0xFFFF,
            feedback_count=count,
            # 24 bit signed: wraps after 12 days of the node's clock.
            reference_time_64ms=((reference + 0x800000) & 0xFFFFFF) - 0x800000,
            arrivals=tuple(told),
        )

    def _forget(self, now: float) -> None:
        oldest = int((now - KEPT_S) * TICKS_PER_SECOND)
        arrivals = self._arrivals
        forgotten = []
        for index, ticks in arrivals.items():  # in order of arrival
            if ticks >= oldest:
                break
            forgotten.append(index)
        for index in forgotten:
            del arrivals[index]
            if index >= self._kept_from:
                self._kept_from = index + 1
