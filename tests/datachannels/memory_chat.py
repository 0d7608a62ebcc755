"""A chat repository in memory that commits, loses and fences when it is told to."""

from collections.abc import Awaitable, Generator, Sequence

from datachannels.repositories import ChatMessage, Fenced, Head, Receipt, RepositoryError, Unavailable


class Promise:
    """Something that will be done, or has failed."""

    def __init__(self) -> None:
        self.done = False
        self.error: RepositoryError | None = None

    def __await__(self) -> Generator["Promise", None, None]:
        while not self.done:
            yield self
        if self.error is not None:
            raise self.error


class Write:
    """Messages on their way."""

    def __init__(self, topic: str, head: int, messages: Sequence[ChatMessage]) -> None:
        self.topic, self.head, self.messages = topic, head, messages
        self.promise = Promise()


class MemoryChat:
    """`datachannels.repositories.ChatRepository`; `commit` and `fail` decide what becomes of appends."""

    def __init__(self, epoch: str = "e1") -> None:
        self.epoch = epoch
        self.stored: dict[str, list[ChatMessage]] = {}
        self.writes: list[Write] = []
        self.readable = True
        self.loads = 0
        self.held: Promise | None = None
        """What readers of messages wait for, having read them."""

    def append(self, topic: str, head: int, messages: Sequence[ChatMessage]) -> Awaitable[None]:
        write = Write(topic, head, messages)
        self.writes.append(write)
        return write.promise

    def commit(self, count: int | None = None) -> None:
        """Store the first `count` writes, or all."""
        taken = self.writes if count is None else self.writes[:count]
        self.writes = self.writes[len(taken) :]
        for write in taken:
            if not self._store(write):
                write.promise.error = Fenced("another head")
            write.promise.done = True

    def fail(self, *, stored: int = 0) -> None:
        """The connection is lost: the first `stored` are in, and nobody was told."""
        for index, write in enumerate(self.writes):
            if index < stored:
                self._store(write)
            write.promise.error = Unavailable("the database is gone")
            write.promise.done = True
        self.writes = []

    def _store(self, write: Write) -> bool:
        log = self.stored.setdefault(write.topic, [])
        if len(log) != write.head:
            return False
        log.extend(write.messages)
        return True

    async def load(self, topic: str) -> Head:
        self.loads += 1
        self._read()
        return Head(self.epoch, len(self.stored.get(topic, [])))

    async def history(
        self,
        topic: str,
        identity: str,
        after: int,
        limit: int,
        *,
        before: int | None = None,
        newest: bool = False,
    ) -> list[ChatMessage]:
        self._read()
        found = [
            message
            for message in self.stored.get(topic, [])
            if message.version > after
            and (before is None or message.version < before)
            and (message.to is None or identity in (message.to, message.author.identity))
        ]
        if self.held is not None:
            await self.held
        return found[-limit:] if newest else found[:limit]

    async def receipt(self, topic: str, identity: str, client: str, seq: int) -> Receipt | None:
        self._read()
        for one in self.stored.get(topic, []):
            if (one.author.identity, one.client, one.seq) == (identity, client, seq):
                return Receipt(identity, client, seq, one.version, one.id)
        return None

    async def last_seq(self, topic: str, identity: str, client: str) -> int:
        self._read()
        return max(
            (
                one.seq
                for one in self.stored.get(topic, [])
                if (one.author.identity, one.client) == (identity, client)
            ),
            default=0,
        )

    def _read(self) -> None:
        if not self.readable:
            raise Unavailable("the database is gone")
