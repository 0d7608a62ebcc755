"""Keeps SVT-AV1 from making this program a real-time one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ordinary_scheduling() -> Iterator[None]:
    """Give the calling thread back the scheduling it had.

    As root, SVT-AV1 puts the thread that opens an encoder under SCHED_FIFO at the highest priority, and
    leaves it there; whatever that thread starts inherits it. A browser so favoured starves the whole machine.
    """
    if not hasattr(os, "sched_getscheduler"):
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)
