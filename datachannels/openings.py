"""The reading half of a topic: who has it open, what the answer to `open` is, who is told of a change.

Whoever is told anything was told everything below it: changes that are stored while an answer is read
follow it.
"""

from collections.abc import Awaitable, Iterator
from functools import partial

import orjson

from datachannels.channel import Channel
from datachannels.content import LONG_BYTES, Content, Opened, Step
from datachannels.envelope import ChannelReply, Once, Reply
from datachannels.member import Member
from datachannels.opening import Opening, OpeningState
from datachannels.refusals import RequestRefused
from datachannels.repositories import RepositoryError
from datachannels.service_node import ServiceNode
from datachannels.standing import Standing, TopicState, unavailable
from datachannels.writer import Writer

MAX_BACKLOG = 2_000
"""Messages kept for a client whose answer is being read; beyond that it is read again."""


class Openings:
    """The openings of one topic by number, and the writers behind them."""

    def __init__(self, content: Content, node: ServiceNode, standing: Standing) -> None:
        self._content = content
        self._node = node
        self._standing = standing
        self._openings: dict[int, Opening] = {}
        self._writers: dict[tuple[str, str], Writer] = {}
        self._visits = 0

    def __len__(self) -> int:
        return len(self._openings)

    def __iter__(self) -> Iterator[Opening]:
        return iter(list(self._openings.values()))

    def on(self, channel: Channel) -> Opening | None:
        """What this channel has open."""
        return self._openings.get(channel.id)

    def newest(self, opening: Opening) -> Opening:
        """What its channel has open now, if it was opened there again."""
        return self._openings.get(opening.number, opening)

    def of(self, writer: Writer) -> list[Opening]:
        """Openings of one client."""
        return [one for one in self._openings.values() if one.writer is writer]

    # --- from open to close ------------------------------------------------------------------------------

    def open(
        self, channel: Channel, client: str, version: int | None, epoch: str | None, reply: Reply
    ) -> None:
        """A client wants the topic. Raises `RequestRefused`."""
        member = channel.member
        key = (member.identity, client)
        for other in [one for one in self._openings.values() if _replaced(one, channel, key)]:
            self.drop(other)
        if self._node.watchers.opened_by(member.id) >= self._node.limits.open_topics:
            raise RequestRefused("too_large", f"at most {self._node.limits.open_topics} open topics")
        opening = Opening(channel.id, channel, member, self._writer(key), reply, version, epoch)
        self._openings[channel.id] = opening
        self._node.watchers.add(member.meeting, self._content.topic, member.id)
        self.answer(opening)

    def visit(self, member: Member, client: str, reply: Reply) -> Opening:
        """Somebody comes for one message and is gone with its answer, given through the opening's `reply`."""
        self._visits += 1
        visit = Opening(-self._visits, None, member, self._writer((member.identity, client)), reply)
        visit.reply = Once(reply, partial(self._end_visit, visit))
        self._openings[visit.number] = visit
        return visit

    def _end_visit(self, visit: Opening) -> None:
        if visit.state is not OpeningState.CLOSED:
            self.drop(visit)

    def drop(self, opening: Opening) -> None:
        """It ends; what was held for it is refused."""
        opening.state = OpeningState.CLOSED
        opening.later.clear()
        del self._openings[opening.number]
        member = opening.member
        if opening.channel is not None:
            self._node.watchers.remove(member.meeting, self._content.topic, member.id)
        while opening.held:
            opening.held.popleft()(0.0)
        self.forget(opening.writer)

    def refuse(self, opening: Opening, refusal: RequestRefused) -> None:
        """It cannot be answered: it has to be opened again."""
        opening.reply.refuse(refusal)
        if opening.state is not OpeningState.CLOSED:
            self.drop(opening)

    def _writer(self, key: tuple[str, str]) -> Writer:
        return self._writers.setdefault(key, Writer(*key))

    def forget(self, writer: Writer) -> None:
        """Let a writer go that nothing holds."""
        if not writer.pending and not self.of(writer):
            self._writers.pop((writer.identity, writer.client), None)

    # --- answering ---------------------------------------------------------------------------------------

    def anew(self, opening: Opening) -> None:
        """Send a snapshot nobody asked for."""
        if opening.channel is None:
            return
        opening.version = None
        opening.reply = ChannelReply(self._node.delivery, opening.channel, self._content.names)
        opening.read_again()
        self.answer(opening)

    def catch_up(self, opening: Opening, version: int, reply: Reply) -> None:
        """Answer a message with what came since `version`."""
        opening.version, opening.epoch = version, None
        opening.reply = reply
        opening.read_again()
        self.answer(opening)

    def answer(self, opening: Opening) -> None:
        """Begin to answer `open`, if the head is known and nothing of this client is on its way.

        Nothing sent under an opening that this one replaces may commit after the answer.
        """
        if opening.state is not OpeningState.WAITING or opening.writer.in_flight:
            return
        standing = self._standing
        if standing.state is not TopicState.OPEN:
            return
        opening.state = OpeningState.READING
        opening.readings += 1
        version = opening.version
        if (version is not None and version > standing.head) or opening.epoch not in (None, standing.epoch):
            version = None
        content = None
        if opening.channel is not None:
            content = self._content.open(opening.member, version, standing.head)
        work = self._read(opening.writer, content)
        self._node.tasks.run(work, partial(self._answered, opening, opening.readings, standing.head))

    async def _read(self, writer: Writer, content: Awaitable[Opened] | None) -> tuple[int, Opened | None]:
        opened = None if content is None else await content
        if writer.known:
            return writer.seq, opened
        return await self._content.last_seq(writer.identity, writer.client), opened

    def _answered(
        self,
        opening: Opening,
        reading: int,
        head: int,
        read: tuple[int, Opened | None] | RepositoryError,
        now: float,
    ) -> None:
        if opening.state is not OpeningState.READING or reading != opening.readings:
            return
        if isinstance(read, RepositoryError):
            self.refuse(opening, unavailable())
            return
        seq, opened = read
        if opened is None:
            self._begin(opening, seq, now)
            return
        long = opened.bulk is None or len(orjson.dumps(opened.bulk)) > LONG_BYTES
        too_long = long and not opened.url
        standing = self._standing
        if standing.state is not TopicState.OPEN or len(opening.later) > MAX_BACKLOG or too_long:
            if too_long:
                opening.version = None
            opening.read_again()
            self.answer(opening)
            return
        bulk = {"url": opened.url} if long or opened.bulk is None else opened.bulk
        opening.reply.send(opened.name, {"epoch": standing.epoch, "version": head, "seq": seq, **bulk})
        if self._content.names:
            self._node.opened(opening.member.meeting, self._content.topic)
        self._begin(opening, seq, now)

    def _begin(self, opening: Opening, seq: int, now: float) -> None:
        """The answer is sent."""
        if not opening.writer.known:
            opening.writer.learn(seq)
        opening.state = OpeningState.LIVE
        while opening.later:
            opening.later.popleft()[1]()
        opening.proceed(now)

    # --- telling -----------------------------------------------------------------------------------------

    def tell(self, step: Step, writer: Writer) -> None:
        """Its event to everybody whom it concerns, as the same bytes."""
        if step.event is not None:
            self._tell(step.event, step.only, None if step.echoed else writer)

    def tell_after(self, step: Step) -> None:
        """What follows it."""
        for event in step.after:
            self._tell(event, step.only, None)

    def _tell(self, event: bytes, only: frozenset[str] | None, without: Writer | None) -> None:
        live: list[Channel] = []
        for opening in self._openings.values():
            if opening.writer is without:
                continue
            if only is not None and opening.writer.identity not in only:
                continue
            if opening.channel is None:
                continue
            if opening.state is OpeningState.LIVE:
                live.append(opening.channel)
            else:
                opening.change(partial(self._node.delivery.send, [opening.channel], event))
        if live:
            self._node.delivery.send(live, event)

    def end(self, data: bytes) -> None:
        """The last that is told, to everybody."""
        channels = [one.channel for one in self._openings.values() if one.channel is not None]
        for opening in self:
            self.drop(opening)
        if channels:
            self._node.delivery.send(channels, data)


def _replaced(opening: Opening, channel: Channel, key: tuple[str, str]) -> bool:
    if opening.channel is None:
        return False
    return opening.channel is channel or (opening.writer.identity, opening.writer.client) == key
