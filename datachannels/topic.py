"""The one life of durable topics (PROTOCOL.md 3): open, submit, ack, and coming back.

::

    submit ─ seq ─ prepare ──► pending ──stored──► head ──► change to the others, then ack
                                  │                 ▲
                               failed ─► everything pending: `unavailable` ─► load ┘

Two rules make the rest: nothing is said of a change before it is stored (`datachannels.submissions`), and
whoever is told anything was told everything below it (`datachannels.openings`).
"""

import orjson

from datachannels.channel import Channel
from datachannels.content import Content
from datachannels.envelope import Reply
from datachannels.member import Member
from datachannels.opening import OpeningState
from datachannels.openings import Openings
from datachannels.refusals import RequestRefused
from datachannels.repositories import Head, RepositoryError
from datachannels.service_node import ServiceNode
from datachannels.standing import Standing, TopicState, missing, unavailable
from datachannels.submissions import Submissions
from datachannels.writer import Writer

RETRY_S = 1.0
"""How long a topic that could not be read is left alone."""


class Topic:
    """A chat, a document or a board with whoever has it open. Begins to load when it is made."""

    def __init__(self, content: Content, node: ServiceNode) -> None:
        self._content = content
        self._node = node
        self._standing = Standing()
        self._openings = Openings(content, node, self._standing)
        self._submissions = Submissions(content, node, self._standing, self._openings, self._recover)
        self._retry_at = 0.0
        self._load()

    @property
    def idle(self) -> bool:
        """Nobody has it open, nothing is on its way: it need not stay in memory."""
        loading = self._standing.state is TopicState.LOADING
        return not self._openings and not self._submissions and not loading

    @property
    def oldest_pending_at(self) -> float | None:
        """Since when the change waits that waits longest to be stored."""
        return self._submissions.oldest_at

    def open(
        self, channel: Channel, client: str, version: int | None, epoch: str | None, reply: Reply, now: float
    ) -> None:
        """A client wants the topic: all of it, or what came after `version` of that epoch."""
        self._standing.check()
        self._openings.open(channel, client, version, epoch, reply)

    def close(self, channel: Channel) -> None:
        """The channel is gone, or does not want to hear of the topic any more."""
        opening = self._openings.on(channel)
        if opening is not None:
            self._openings.drop(opening)

    def slow(self, channel: Channel) -> None:
        """The channel lost what it was sent: it gets a snapshot."""
        opening = self._openings.on(channel)
        if opening is not None and opening.state is OpeningState.LIVE:
            self._openings.anew(opening)

    def submit(
        self, channel: Channel, seq: int, request: object, operation: str, reply: Reply, now: float
    ) -> None:
        """Message `seq` of the client that has the topic open on this channel. Raises `RequestRefused`."""
        opening = self._openings.on(channel)
        if opening is None:
            raise RequestRefused("conflict", "open the topic first")
        self._submissions.submit(opening, seq, request, operation, reply, now)

    def visit(
        self, member: Member, client: str, seq: int, request: object, operation: str, reply: Reply, now: float
    ) -> None:
        """One message of somebody who does not have the topic open, as over HTTP.

        (identity, `client`, `seq`) makes it repeatable: of a request that is its `Idempotency-Key` and 1.
        """
        self._standing.check()
        visit = self._openings.visit(member, client, reply)
        self._submissions.submit(visit, seq, request, operation, visit.reply, now)
        self._openings.answer(visit)

    # --- knowing where it stands -------------------------------------------------------------------------

    def _load(self) -> None:
        self._standing.state = TopicState.LOADING
        self._node.tasks.run(self._load_all(), self._loaded)

    async def _load_all(self) -> tuple[Head | None, list[tuple[Writer, int]]]:
        unknown = [one.writer for one in self._openings if not one.writer.known]
        seqs = [(one, await self._content.last_seq(one.identity, one.client)) for one in unknown]
        return await self._content.load(), seqs

    def _loaded(
        self, loaded: tuple[Head | None, list[tuple[Writer, int]]] | RepositoryError, now: float
    ) -> None:
        standing = self._standing
        if standing.state is not TopicState.LOADING:
            return  # deleted while it was read
        if isinstance(loaded, RepositoryError):
            standing.state = TopicState.FAILED
            self._retry_at = now + RETRY_S
            for opening in self._openings:
                if opening.state is OpeningState.WAITING:
                    self._openings.refuse(opening, unavailable())
            return
        head, seqs = loaded
        if head is None:
            standing.state = TopicState.GONE
            for opening in self._openings:
                if opening.state is OpeningState.WAITING:
                    self._openings.refuse(opening, missing())
            self.end("deleted")
            return
        for writer, seq in seqs:
            writer.learn(seq)
        same = head == Head(standing.epoch, standing.head) and not standing.unsure
        standing.state, standing.epoch, standing.unsure = TopicState.OPEN, head.epoch, False
        standing.head = standing.tail = head.version
        for opening in self._openings:
            if opening.state is OpeningState.LIVE and not same:
                # Another owner wrote, or what was reported as failed is in after all.
                self._openings.anew(opening)
            else:
                if opening.state is OpeningState.READING and not same:
                    opening.read_again()
                self._openings.answer(opening)
                opening.proceed(now)

    def _recover(self, now: float) -> None:
        """Load again what failed, once nothing is on its way."""
        failed = self._standing.state is TopicState.FAILED
        if failed and not self._submissions and now >= self._retry_at:
            self._load()

    def handle_timeout(self, now: float) -> None:
        """To be called about once a second: reads again what could not be read."""
        self._recover(now)

    def end(self, reason: str) -> None:
        """The topic was deleted: everybody is told, and nothing is sent of it any more."""
        self._standing.state = TopicState.GONE
        self._openings.end(orjson.dumps({"t": "closed", **self._content.names, "reason": reason}))
