"""An event loop whose timers keep to tens of microseconds.

epoll counts in milliseconds; packets 0.9 ms apart need finer. An epoll descriptor can itself be waited for
with `select`, which counts in microseconds.
"""

import asyncio
import select
import selectors
from selectors import SelectorKey


class PreciseSelector(selectors.EpollSelector):
    """epoll, waited for with the resolution of `select`."""

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """As the base class; `timeout` in seconds."""
        if timeout is not None and timeout > 0:
            select.select((self.fileno(),), (), (), timeout)
            timeout = 0
        return super().select(timeout)


def precise_loop() -> asyncio.AbstractEventLoop:
    """A new loop; close it after use."""
    return asyncio.SelectorEventLoop(PreciseSelector())
