"""How long work lets others have their turn."""

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Steps = Generator[None, None, T]
"""Work that may pause wherever it yields."""


class Turn:
    """Awaited between two slices of work: an event loop does everything else that is due meanwhile."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        yield


async def in_turns(steps: Steps[T]) -> T:
    """Work done a step at a time."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
        await Turn()


def at_once(steps: Steps[T]) -> T:
    """The same work without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
