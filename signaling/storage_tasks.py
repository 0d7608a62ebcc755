"""What services wait for, as tasks of the event loop."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from datachannels.repositories import RepositoryError, Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

CLOSE_S = 5.0


class StorageTasks:
    """`datachannels.service_node.Tasks`; `pump` is called after each, to carry out what came of it."""

    def __init__(self, pump: Callable[[], None]) -> None:
        self._pump = pump
        self._open: set[asyncio.Future[object]] = set()

    def run(self, work: Awaitable[T], done: Callable[[T | RepositoryError, float], None]) -> None:
        """See `Tasks`: a future's callbacks are called in the order in which futures were resolved."""
        future = asyncio.ensure_future(work)
        self._open.add(future)  # type: ignore[arg-type]
        future.add_done_callback(partial(self._finished, done))

    async def close(self) -> None:
        """Wait for what is open, if that does not take long."""
        if self._open:
            await asyncio.wait(self._open, timeout=CLOSE_S)

    def _finished(
        self, done: Callable[[T | RepositoryError, float], None], future: asyncio.Future[T]
    ) -> None:
        self._open.discard(future)
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            done(future.result(), time.monotonic())
        elif isinstance(error, RepositoryError):
            done(error, time.monotonic())
        else:
            log.error("a task of storage failed", exc_info=error)
            done(Unavailable("the task failed"), time.monotonic())
        self._pump()
