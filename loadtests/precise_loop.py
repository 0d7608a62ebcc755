"""An event loop that never sleeps: its timers keep to microseconds, and sending to it wakes nobody.

On one machine the sender of a packet pays for waking its receiver, and on a virtual one for the interrupt
that this takes: microseconds that a node would not spend on clients behind a network. So the clients of a
benchmark, which have a processor of their own, look for packets all the time.
"""

import asyncio
import selectors
import time
from selectors import SelectorKey


class SpinningSelector(selectors.EpollSelector):
    """epoll, asked again and again. `spins` False waits in the kernel, to the next millisecond."""

    def __init__(self, spins: bool) -> None:
        super().__init__()
        self._spins = spins

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """As the base class; `timeout` in seconds."""
        if not self._spins:
            return super().select(timeout)
        end = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            ready = super().select(0)
            if ready or time.monotonic() >= end:
                return ready


def precise_loop(spins: bool = True) -> asyncio.AbstractEventLoop:
    """A new loop; close it after use."""
    return asyncio.SelectorEventLoop(SpinningSelector(spins))
