"""Group commit: what a turn of the event loop wants written is one transaction, off the loop.

While one commits, what comes in waits for the next; so a slow disk makes larger transactions, not a longer
queue. A future is resolved only after COMMIT. If a transaction fails because the database does, what already
waits behind it fails too: it builds on what is not there. So does what waits behind a fenced write of its
topic.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from datachannels.repositories import Unavailable
from storage.batch import take
from storage.commit import Outcome, behind, commit
from storage.failpoints import Failpoints
from storage.write import Write

log = logging.getLogger(__name__)

BATCH = 1_000
"""Writes a transaction: a burst larger than this is cut, so that the first need not wait for the last."""

WAITING = 10_000
"""Writes that may wait; beyond that the database is as good as gone."""

OnCommit = Callable[[float, int], None]
"""Told of each transaction: seconds it took, writes it had."""


class GroupCommit:
    """The one writer of a process. Lives on one event loop."""

    def __init__(self, engine: Engine, failpoints: Failpoints, on_commit: OnCommit) -> None:
        self._engine = engine.execution_options(writes=True)
        self._failpoints = failpoints
        self._on_commit = on_commit
        self._thread = ThreadPoolExecutor(1, "commit")
        self._waiting: deque[tuple[Write, asyncio.Future[None]]] = deque()
        self._turn: asyncio.Handle | None = None
        self._committing: asyncio.Task[None] | None = None
        self._closed = False

    def put(self, write: Write) -> Awaitable[None]:
        """Queue a write, now; done when it is committed.

        The future raises `Unavailable`, `Fenced` or `Unstorable`; one that nobody awaits says nothing.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        # Whoever does not care need not look: an exception never fetched would be logged as an error.
        future.add_done_callback(_fetched)
        if self._closed or len(self._waiting) >= WAITING:
            why = "the database is closed" if self._closed else "too much waits to be written"
            future.set_exception(Unavailable(why))
            return future
        self._waiting.append((write, future))
        if self._committing is None and self._turn is None:
            self._turn = loop.call_soon(self._begin)
        return future

    @property
    def waiting(self) -> int:
        """Writes that are not in a transaction yet."""
        return len(self._waiting)

    async def close(self) -> None:
        """Write what waits, then nothing more."""
        self._closed = True
        while self._turn is not None or self._committing is not None:
            if self._committing is not None:
                await self._committing
            else:
                await asyncio.sleep(0)
        self._thread.shutdown(wait=False)

    def _begin(self) -> None:
        self._turn = None
        self._committing = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            writes = [write for write, _ in self._waiting]
            count = take(writes, BATCH)
            taken = [self._waiting.popleft() for _ in range(count)]
            began = time.monotonic()
            try:
                outcomes = await loop.run_in_executor(
                    self._thread, commit, self._engine, writes[:count], self._failpoints
                )
            except Exception as error:
                log.exception("a transaction failed for no reason of the database's", exc_info=error)
                outcomes = [Unavailable("the write failed")] * count
            self._on_commit(time.monotonic() - began, count)
            if isinstance(outcomes[-1], Unavailable):
                outcomes += [outcomes[-1]] * len(self._waiting)
                taken += self._waiting
                self._waiting.clear()
            else:
                for entry in self._take_behind(_failed_topics(writes[:count], outcomes)):
                    taken.append(entry)
                    outcomes.append(behind())
            for (_, future), outcome in zip(taken, outcomes, strict=True):
                _settle(future, outcome)
        self._committing = None

    def _take_behind(self, topics: set[str]) -> list[tuple[Write, asyncio.Future[None]]]:
        """What waits to be written to these topics; it waits no more."""
        if not topics:
            return []
        found = [entry for entry in self._waiting if _topic_of(entry[0]) in topics]
        self._waiting = deque(entry for entry in self._waiting if _topic_of(entry[0]) not in topics)
        return found


def _topic_of(write: Write) -> str | None:
    return None if write.raises is None else write.raises.topic


def _failed_topics(writes: Sequence[Write], outcomes: Sequence[Outcome]) -> set[str]:
    pairs = zip(writes, outcomes, strict=True)
    return {topic for write, outcome in pairs if outcome is not None and (topic := _topic_of(write))}


def _settle(future: asyncio.Future[None], outcome: Outcome) -> None:
    if future.done():  # whoever waited was cancelled
        return
    if outcome is None:
        future.set_result(None)
    else:
        future.set_exception(outcome)


def _fetched(future: asyncio.Future[None]) -> None:
    if not future.cancelled():
        future.exception()
