"""The one life of durable topics (PROTOCOL.md 3): open, submit, ack, and coming back.

::

    submit ─ seq ─ prepare ──► pending ──stored──► head ──► change to the others, then ack
                                  │                 ▲
                               failed ─► everything pending: `unavailable` ─► load ┘

Two rules make the rest: nothing is said of a change before it is stored, and whoever is told anything was
told everything below it. `head` is the newest version stored, `tail` the newest accepted.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial

import orjson

from datachannels.channel import Channel
from datachannels.content import Content, Opened, Origin, Step
from datachannels.envelope import ChannelReply, Once, Reply
from datachannels.member import Member
from datachannels.opening import Opening, OpeningState
from datachannels.refusals import RequestRefused
from datachannels.repositories import Head, Receipt, RepositoryError, Unstorable
from datachannels.service_node import ServiceNode
from datachannels.writer import Writer

LONG_BYTES = 48 * 1024
"""A longer answer to `open` is fetched over HTTP."""

RETRY_S = 1.0
"""How long a topic that could not be read is left alone."""

MAX_BACKLOG = 2_000
"""Messages kept for a client whose answer is being read; beyond that it is read again."""


class TopicState(Enum):
    """Whether the topic's head is known."""

    LOADING = auto()
    OPEN = auto()
    FAILED = auto()
    """Something was not stored. Loaded again once nothing is pending, and then after `RETRY_S`."""

    GONE = auto()


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


class Topic:
    """A chat, a document or a board with whoever has it open. Begins to load when it is made."""

    def __init__(self, content: Content, node: ServiceNode) -> None:
        self._content = content
        self._node = node
        self._state = TopicState.LOADING
        self._epoch = ""
        self._head = 0
        self._tail = 0
        self._openings: dict[int, Opening] = {}
        self._writers: dict[tuple[str, str], Writer] = {}
        self._pending: deque[Pending] = deque()
        self._retry_at = 0.0
        self._visits = 0
        self._load()

    @property
    def idle(self) -> bool:
        """Nobody has it open, nothing is on its way: it need not stay in memory."""
        return not self._openings and not self._pending and self._state is not TopicState.LOADING

    @property
    def oldest_pending_at(self) -> float | None:
        """Since when the change waits that waits longest to be stored."""
        return self._pending[0].began if self._pending else None

    # --- opening -----------------------------------------------------------------------------------------

    def open(
        self, channel: Channel, client: str, version: int | None, epoch: str | None, reply: Reply, now: float
    ) -> None:
        """A client wants the topic: all of it, or what came after `version` of that epoch."""
        self._check_state()
        member = channel.member
        key = (member.identity, client)
        for other in [one for one in self._openings.values() if _replaced(one, channel, key)]:
            self._drop(other)
        if self._node.watchers.opened_by(member.id) >= self._node.limits.open_topics:
            raise RequestRefused("too_large", f"at most {self._node.limits.open_topics} open topics")
        writer = self._writers.setdefault(key, Writer(*key))
        opening = Opening(channel.id, channel, member, writer, reply, version, epoch)
        self._openings[channel.id] = opening
        self._node.watchers.add(member.meeting, self._content.topic, member.id)
        self._answer(opening)

    def _check_state(self) -> None:
        if self._state is TopicState.FAILED:
            raise unavailable()
        if self._state is TopicState.GONE:
            raise RequestRefused("not_found", "there is no such topic")

    def close(self, channel: Channel) -> None:
        """The channel is gone, or does not want to hear of the topic any more."""
        opening = self._openings.get(channel.id)
        if opening is not None:
            self._drop(opening)

    def slow(self, channel: Channel) -> None:
        """The channel lost what it was sent: it gets a snapshot."""
        opening = self._openings.get(channel.id)
        if opening is not None and opening.state is OpeningState.LIVE:
            self._anew(opening)

    def _drop(self, opening: Opening) -> None:
        opening.state = OpeningState.CLOSED
        opening.later.clear()
        del self._openings[opening.number]
        member = opening.member
        if opening.channel is not None:
            self._node.watchers.remove(member.meeting, self._content.topic, member.id)
        while opening.held:
            opening.held.popleft()(0.0)
        self._forget(opening.writer)

    def _forget(self, writer: Writer) -> None:
        """Let a writer go that nothing holds."""
        if not self._openings_of(writer) and not any(one.writer is writer for one in self._pending):
            self._writers.pop((writer.identity, writer.client), None)

    def _anew(self, opening: Opening) -> None:
        """Send a snapshot nobody asked for."""
        if opening.channel is None:
            return
        opening.version = None
        opening.reply = ChannelReply(self._node.delivery, opening.channel, self._content.names)
        opening.read_again()
        self._answer(opening)

    def _answer(self, opening: Opening) -> None:
        """Begin to answer `open`, if the head is known and nothing of this client is on its way.

        Nothing sent under an opening that this one replaces may commit after the answer.
        """
        if opening.state is not OpeningState.WAITING or opening.writer.in_flight:
            return
        if self._state is not TopicState.OPEN:
            return
        opening.state = OpeningState.READING
        version = opening.version
        if (version is not None and version > self._head) or opening.epoch not in (None, self._epoch):
            version = None
        work = self._read(opening, version, self._head)
        self._node.tasks.run(work, partial(self._answered, opening, self._head))

    async def _read(self, opening: Opening, version: int | None, head: int) -> tuple[int, Opened | None]:
        writer = opening.writer
        seq = writer.seq
        if not writer.known:
            seq = await self._content.last_seq(writer.identity, writer.client)
        if opening.channel is None:
            return seq, None
        return seq, await self._content.open(opening.member, version, head)

    def _answered(
        self, opening: Opening, head: int, read: tuple[int, Opened | None] | RepositoryError, now: float
    ) -> None:
        if opening.state is not OpeningState.READING:
            return
        if isinstance(read, RepositoryError):
            self._refuse(opening)
            return
        seq, opened = read
        if opened is None:
            self._begin(opening, seq, now)
            return
        long = len(orjson.dumps(opened.bulk)) > LONG_BYTES
        too_long = long and not opened.url
        if self._state is not TopicState.OPEN or len(opening.later) > MAX_BACKLOG or too_long:
            if too_long:
                opening.version = None
            opening.read_again()
            self._answer(opening)
            return
        bulk = {"url": opened.url} if long else opened.bulk
        opening.reply.send(opened.name, {"epoch": self._epoch, "version": head, "seq": seq, **bulk})
        self._begin(opening, seq, now)

    def _begin(self, opening: Opening, seq: int, now: float) -> None:
        """The answer is sent."""
        if not opening.writer.known:
            opening.writer.learn(seq)
        opening.state = OpeningState.LIVE
        while opening.later:
            opening.later.popleft()[1]()
        self._proceed(opening, now)

    def _proceed(self, opening: Opening, now: float) -> None:
        """Go on with what the client sent meanwhile."""
        while opening.held and opening.ready:
            opening.held.popleft()(now)

    # --- writing -----------------------------------------------------------------------------------------

    def submit(
        self, channel: Channel, seq: int, request: object, operation: str, reply: Reply, now: float
    ) -> None:
        """Message `seq` of the client that has the topic open on this channel. Raises `RequestRefused`."""
        opening = self._openings.get(channel.id)
        if opening is None:
            raise RequestRefused("conflict", "open the topic first")
        if not opening.ready:
            if len(opening.held) >= self._node.limits.in_flight:
                raise RequestRefused("rate_limited", "too much is in flight", retry_ms=1_000)
            opening.held.append(partial(self._submit_held, opening, seq, request, operation, reply))
            return
        self._submit(opening, seq, request, operation, reply, now)

    def visit(
        self, member: Member, client: str, seq: int, request: object, operation: str, reply: Reply, now: float
    ) -> None:
        """One message of somebody who does not have the topic open, as over HTTP.

        (identity, `client`, `seq`) makes it repeatable: of a request that is its `Idempotency-Key` and 1.
        """
        self._check_state()
        writer = self._writers.setdefault((member.identity, client), Writer(member.identity, client))
        self._visits += 1
        visit = Opening(-self._visits, None, member, writer, reply)
        visit.reply = Once(reply, partial(self._end_visit, visit))
        self._openings[visit.number] = visit
        visit.held.append(partial(self._submit_held, visit, seq, request, operation, visit.reply))
        self._answer(visit)

    def _end_visit(self, visit: Opening) -> None:
        if visit.state is not OpeningState.CLOSED:
            self._drop(visit)

    def _submit_held(
        self, opening: Opening, seq: int, request: object, operation: str, reply: Reply, now: float
    ) -> None:
        try:
            if opening.state is OpeningState.CLOSED:
                self._check_state()
                raise RequestRefused("conflict", "open the topic first")
            self._submit(opening, seq, request, operation, reply, now)
        except RequestRefused as refusal:
            reply.refuse(refusal)

    def _submit(
        self, opening: Opening, seq: int, request: object, operation: str, reply: Reply, now: float
    ) -> None:
        writer = opening.writer
        if self._state is not TopicState.OPEN or not writer.known:
            raise unavailable()
        if seq <= writer.committed:
            self._acknowledge_again(opening, seq, reply)
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
        step = self._content.prepare(request, origin, self._tail, now)
        self._tail = step.version
        writer.seq = seq
        pending = Pending(step, origin, writer, opening, [reply], now, operation)
        self._pending.append(pending)
        self._node.tasks.run(step.write(), partial(self._stored, pending))

    def _acknowledge_again(self, opening: Opening, seq: int, reply: Reply) -> None:
        writer = opening.writer
        known = writer.acks.get(seq)
        if known is not None:
            reply.send("ack", known)
            return
        # Later messages wait for the answer: acks come in the order of seq.
        opening.looking_up = True
        reading = self._content.receipt(writer.identity, writer.client, seq)
        self._node.tasks.run(reading, partial(self._looked_up, opening, reply))

    def _looked_up(
        self, opening: Opening, reply: Reply, receipt: Receipt | RepositoryError | None, now: float
    ) -> None:
        opening.looking_up = False
        if isinstance(receipt, Receipt):
            told = self._content.told(receipt.made)
            ack = {"seq": receipt.seq, "version": receipt.version, **told}
            opening.acknowledge(partial(reply.send, "ack", ack))
        elif receipt is None:
            # In a database put back from a backup, of which this program was not told.
            reply.refuse(RequestRefused("conflict", "there is no such message"))
        else:
            reply.refuse(unavailable())
        self._proceed(opening, now)

    def _stored(self, pending: Pending, failed: RepositoryError | None, now: float) -> None:
        self._pending.remove(pending)
        if failed is None and self._state is TopicState.OPEN:
            self._committed(pending, now)
        else:
            self._failed(pending, failed)
        if self._state is TopicState.FAILED and not self._pending and self._retry_at <= now:
            self._load()
        if not pending.writer.in_flight:
            for opening in self._openings_of(pending.writer):
                self._answer(opening)
        self._forget(pending.writer)

    def _openings_of(self, writer: Writer) -> list[Opening]:
        return [one for one in self._openings.values() if one.writer is writer]

    def _committed(self, pending: Pending, now: float) -> None:
        step, origin, writer = pending.step, pending.origin, pending.writer
        ack = {"seq": origin.seq, "version": step.version, **self._content.told(step.made), **step.ack}
        self._head = step.version
        writer.store(origin.seq, ack)
        self._content.committed(step)
        if step.event is not None:
            self._tell(step, step.event, writer)
        # Behind what the channel is told of the topic now, if it was opened there again.
        opening = self._openings.get(pending.opening.number, pending.opening)
        for reply in pending.replies:
            opening.acknowledge(partial(reply.send, "ack", ack))
        self._node.observe(pending.operation, now - pending.began)

    def _tell(self, step: Step, event: bytes, writer: Writer) -> None:
        """An event to everybody whom it concerns, as the same bytes."""
        live: list[Channel] = []
        for opening in self._openings.values():
            if opening.writer is writer and not step.echoed:
                continue
            if step.only is not None and opening.writer.identity not in step.only:
                continue
            if opening.channel is None:
                continue
            if opening.state is OpeningState.LIVE:
                live.append(opening.channel)
            else:
                opening.change(partial(self._node.delivery.send, [opening.channel], event))
        if live:
            self._node.delivery.send(live, event)

    # --- failing, and reading again ----------------------------------------------------------------------

    def _failed(self, pending: Pending, failed: RepositoryError | None) -> None:
        """What comes behind a failed step builds on it, so all of it is to be sent again."""
        if self._state is TopicState.OPEN:
            self._state = TopicState.FAILED
        pending.writer.known = False
        pending.writer.seq -= 1
        bad = isinstance(failed, Unstorable)
        for reply in pending.replies:
            reply.refuse(RequestRefused("bad_message", str(failed)) if bad else unavailable())

    def _load(self) -> None:
        self._state = TopicState.LOADING
        self._node.tasks.run(self._load_all(), self._loaded)

    async def _load_all(self) -> tuple[Head | None, list[tuple[Writer, int]]]:
        unknown = [one.writer for one in self._openings.values() if not one.writer.known]
        seqs = [(one, await self._content.last_seq(one.identity, one.client)) for one in unknown]
        return await self._content.load(), seqs

    def _loaded(
        self, loaded: tuple[Head | None, list[tuple[Writer, int]]] | RepositoryError, now: float
    ) -> None:
        if isinstance(loaded, RepositoryError):
            self._state = TopicState.FAILED
            self._retry_at = now + RETRY_S
            self._refuse_waiting()
            return
        head, seqs = loaded
        if head is None:
            self.end("not_found")
            return
        for writer, seq in seqs:
            writer.learn(seq)
        same = head == Head(self._epoch, self._head)
        self._state, self._epoch = TopicState.OPEN, head.epoch
        self._head = self._tail = head.version
        for opening in list(self._openings.values()):
            if opening.state is OpeningState.LIVE and not same:
                # Another owner wrote, or what was reported as failed is in after all.
                self._anew(opening)
            else:
                self._answer(opening)
                self._proceed(opening, now)

    def _refuse_waiting(self) -> None:
        for opening in list(self._openings.values()):
            if opening.state is OpeningState.WAITING:
                self._refuse(opening)

    def _refuse(self, opening: Opening) -> None:
        """It cannot be answered: it has to be opened again."""
        opening.reply.refuse(unavailable())
        if opening.state is not OpeningState.CLOSED:
            self._drop(opening)

    def end(self, reason: str) -> None:
        """The topic was deleted: everybody is told, and nothing is sent of it any more."""
        self._state = TopicState.GONE
        data = orjson.dumps({"t": "closed", **self._content.names, "reason": reason})
        channels = [one.channel for one in self._openings.values() if one.channel is not None]
        for opening in list(self._openings.values()):
            self._drop(opening)
        if channels:
            self._node.delivery.send(channels, data)

    def handle_timeout(self, now: float) -> None:
        """To be called about once a second: reads again what could not be read."""
        if self._state is TopicState.FAILED and not self._pending and now >= self._retry_at:
            self._load()


def unavailable() -> RequestRefused:
    """Not stored, or cannot be read; perhaps later."""
    return RequestRefused("unavailable", "the topic cannot be read or written now", retry_ms=1_000)


def _replaced(opening: Opening, channel: Channel, key: tuple[str, str]) -> bool:
    if opening.channel is None:
        return False
    return opening.channel is channel or (opening.writer.identity, opening.writer.client) == key
