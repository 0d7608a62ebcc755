"""The writing half of a topic: each message of a client is applied once, and told of when it is stored."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from datachannels.content import Content, NotReady, Origin, OutOfDate, Step
from datachannels.envelope import Reply
from datachannels.opening import Opening, OpeningState
from datachannels.openings import Openings
from datachannels.refusals import RequestRefused
from datachannels.repositories import RepositoryError, Unstorable
from datachannels.service_node import ServiceNode
from datachannels.standing import Standing, TopicState, unavailable
from datachannels.writer import Writer


@dataclass(frozen=True, slots=True)
class Pending:
    """A step on its way to storage."""

    step: Step
    origin: Origin
    writer: Writer
    opening: Opening
    replies: list[Reply]
    began: float
    operation: str


class Submissions:
    """What is on its way to storage, oldest first. `emptied` is called when all of it has come back."""

    def __init__(
        self,
        content: Content,
        node: ServiceNode,
        standing: Standing,
        openings: Openings,
        emptied: Callable[[float], None],
    ) -> None:
        self._content = content
        self._node = node
        self._standing = standing
        self._openings = openings
        self._emptied = emptied
        self._pending: deque[Pending] = deque()

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def oldest_at(self) -> float | None:
        """Since when the change waits that waits longest to be stored."""
        return self._pending[0].began if self._pending else None

    def submit(
        self, opening: Opening, seq: int, request: object, operation: str, reply: Reply, now: float
    ) -> None:
        """Message `seq` of a client, now or when its turn comes. Raises `RequestRefused`."""
        if opening.ready:
            self._submit(opening, seq, request, operation, reply, now)
            return
        if len(opening.held) >= self._node.limits.in_flight:
            raise RequestRefused("rate_limited", "too much is in flight", retry_ms=1_000)
        opening.held.append(partial(self._submit_held, opening, seq, request, operation, reply))

    def _submit_held(
        self, opening: Opening, seq: int, request: object, operation: str, reply: Reply, now: float
    ) -> None:
        try:
            if opening.state is OpeningState.CLOSED:
                self._standing.check()
                raise RequestRefused("conflict", "open the topic first")
            self._submit(opening, seq, request, operation, reply, now)
        except RequestRefused as refusal:
            reply.refuse(refusal)

    def _submit(
        self, opening: Opening, seq: int, request: object, operation: str, reply: Reply, now: float
    ) -> None:
        writer = opening.writer
        if self._standing.state is not TopicState.OPEN or not writer.known:
            raise unavailable()
        if seq <= writer.committed:
            self._acknowledge_again(opening, seq, request, reply)
            return
        if seq <= writer.seq:
            for pending in self._pending:
                if pending.writer is writer and pending.origin.seq == seq:
                    pending.replies.append(reply)
            return
        if seq > writer.seq + 1:
            raise RequestRefused("conflict", f"seq {writer.seq + 1} is missing")
        if writer.in_flight >= self._node.limits.in_flight:
            raise RequestRefused("rate_limited", "too much is in flight", retry_ms=1_000)
        origin = Origin(opening.member, writer.client, seq)
        try:
            step = self._content.prepare(request, origin, self._standing.tail, now)
        except OutOfDate as error:
            if opening.channel is None:
                raise RequestRefused("conflict", "the base is too old") from error
            self._openings.catch_up(opening, error.version, reply)
            return
        except NotReady as error:
            opening.looking_up = True
            self._node.tasks.run(error.work, partial(self._made_ready, opening, seq, operation, reply))
            return
        self._standing.tail = step.version
        writer.seq = seq
        writer.pending += 1
        pending = Pending(step, origin, writer, opening, [reply], now, operation)
        self._pending.append(pending)
        self._node.tasks.run(step.write(), partial(self._stored, pending))

    def _made_ready(
        self,
        opening: Opening,
        seq: int,
        operation: str,
        reply: Reply,
        request: object,
        now: float,
    ) -> None:
        """Go on with a request that took its time; what came behind it waited."""
        opening.looking_up = False
        if isinstance(request, RequestRefused):
            reply.refuse(request)
        elif isinstance(request, RepositoryError):
            reply.refuse(unavailable())
        else:
            self._submit_held(opening, seq, request, operation, reply, now)
        opening.proceed(now)

    # --- sent again --------------------------------------------------------------------------------------

    def _acknowledge_again(self, opening: Opening, seq: int, request: object, reply: Reply) -> None:
        writer = opening.writer
        known = writer.acks.get(seq)
        if known is not None:
            reply.send("ack", known)
            return
        # Later messages wait for the answer: acks come in the order of seq.
        opening.looking_up = True
        reading = self._read_ack(writer, seq, request)
        self._node.tasks.run(reading, partial(self._looked_up, opening, reply))

    async def _read_ack(self, writer: Writer, seq: int, request: object) -> Mapping[str, Any] | None:
        receipt = await self._content.receipt(writer.identity, writer.client, seq)
        if receipt is None:
            return None
        told = await self._content.told_again(receipt, request)
        return {"seq": receipt.seq, "version": receipt.version, **told}

    def _looked_up(
        self, opening: Opening, reply: Reply, ack: Mapping[str, Any] | RepositoryError | None, now: float
    ) -> None:
        opening.looking_up = False
        if isinstance(ack, Mapping):
            opening.acknowledge(partial(reply.send, "ack", ack))
        elif ack is None:
            # In a database put back from a backup, of which this program was not told.
            reply.refuse(RequestRefused("conflict", "there is no such message"))
        else:
            reply.refuse(unavailable())
        opening.proceed(now)

    # --- stored, or not ----------------------------------------------------------------------------------

    def _stored(self, pending: Pending, failed: RepositoryError | None, now: float) -> None:
        self._pending.remove(pending)
        writer = pending.writer
        writer.pending -= 1
        if failed is None and self._standing.state is TopicState.OPEN:
            self._committed(pending, now)
        else:
            self._failed(pending, failed)
        if not self._pending:
            self._emptied(now)
        if not writer.in_flight:
            for opening in self._openings.of(writer):
                self._openings.answer(opening)
        self._openings.forget(writer)

    def _committed(self, pending: Pending, now: float) -> None:
        step, origin, writer = pending.step, pending.origin, pending.writer
        ack = {"seq": origin.seq, "version": step.version, **self._content.told(step.made), **step.ack}
        self._standing.head = step.version
        writer.store(origin.seq, ack)
        self._content.committed(step)
        if self._content.names:
            self._node.changed(origin.member.room, self._content.topic, step.version)
        self._openings.tell(step, writer)
        # Behind what the channel is told of the topic now, if it was opened there again.
        opening = self._openings.newest(pending.opening)
        for reply in pending.replies:
            opening.acknowledge(partial(reply.send, "ack", ack))
        self._openings.tell_after(step)
        self._node.observe(pending.operation, now - pending.began)

    def _failed(self, pending: Pending, failed: RepositoryError | None) -> None:
        """What comes behind a failed step builds on it, so all of it is to be sent again."""
        if self._standing.state is TopicState.OPEN:
            self._standing.state = TopicState.FAILED
        if pending.step.version <= self._standing.head:
            self._standing.unsure = True
        pending.writer.known = False
        pending.writer.seq -= 1
        bad = isinstance(failed, Unstorable)
        for reply in pending.replies:
            reply.refuse(RequestRefused("bad_message", str(failed)) if bad else unavailable())
