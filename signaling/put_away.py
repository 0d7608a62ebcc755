"""Putting things into the bucket: whenever there is something, and again until it is there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from datachannels.repositories import RepositoryError
from recording.bucket import BucketError

log = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 600.0


async def all_tried(works: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """One after another: what fails holds up nothing else. Raises the first error at the end."""
    failed: Exception | None = None
    for work in works:
        try:
            await work()
        except (BucketError, OSError) as error:
            failed = failed or error
    if failed is not None:
        raise failed


async def put_away_on(wanted: asyncio.Event, put_away: Callable[[], Awaitable[None]]) -> None:
    """Without end: `put_away` all there is each time it is `wanted`, after errors in pauses that grow."""
    pause_s = FIRST_PAUSE_S
    while True:
        await wanted.wait()
        wanted.clear()
        try:
            await put_away()
            pause_s = FIRST_PAUSE_S
        except (BucketError, RepositoryError, OSError) as error:
            log.error("what is recorded stays here for now: %s", error)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            wanted.set()
