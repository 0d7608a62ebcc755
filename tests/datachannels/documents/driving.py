"""Coroutines that wait for nobody, done without a loop."""

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def done(work: Coroutine[Any, Any, T]) -> T:
    """What comes of work that waits for nobody."""
    steps = work.__await__()
    while True:
        try:
            next(steps)
        except StopIteration as end:
            value: T = end.value
            return value
