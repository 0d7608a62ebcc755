"""Chats in memory."""

from collections.abc import Awaitable, Sequence

from datachannels.repositories import ChatMessage, Fenced, Head, Receipt
from tests.datachannels.memory_writes import Promise, Writes


class MemoryChat(Writes):
    """`datachannels.repositories.ChatRepository`."""

    def __init__(self, epoch: str = "e1") -> None:
        super().__init__()
        self.epoch = epoch
        self.stored: dict[str, list[ChatMessage]] = {}
        self.loads = 0
        self.held: Promise | None = None
        """What readers of messages wait for, having read them."""

    def append(self, topic: str, head: int, messages: Sequence[ChatMessage]) -> Awaitable[None]:
        def store() -> None:
            log = self.stored.setdefault(topic, [])
            if len(log) != head:
                raise Fenced("another head")
            log.extend(messages)

        return self.put(store)

    async def load(self, topic: str) -> Head:
        self.loads += 1
        self.check_readable()
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
        self.check_readable()
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
        self.check_readable()
        for one in self.stored.get(topic, []):
            if (one.author.identity, one.client, one.seq) == (identity, client, seq):
                return Receipt(identity, client, seq, one.version, one.id)
        return None

    async def last_seq(self, topic: str, identity: str, client: str) -> int:
        self.check_readable()
        return max(
            (
                one.seq
                for one in self.stored.get(topic, [])
                if (one.author.identity, one.client) == (identity, client)
            ),
            default=0,
        )
