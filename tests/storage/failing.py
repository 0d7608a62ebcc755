"""What holds commits up or breaks them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

DEADLINE_S = 60.0


class Gate:
    """Transactions wait before COMMIT until `open`; `begun` says that one does, `commits` counts."""

    def __init__(self) -> None:
        self.commits = 0
        self.begun = threading.Event()
        self.open = threading.Event()

    def before_commit(self) -> None:
        self.begun.set()
        assert self.open.wait(DEADLINE_S)

    def after_commit(self) -> None:
        self.commits += 1


class Breaks:
    """The connection is lost, so many times, `where` it says."""

    def __init__(self, where: str, times: int = 1) -> None:
        self._where = where
        self._times = times

    def before_commit(self) -> None:
        self._pass("before_commit")

    def after_commit(self) -> None:
        self._pass("after_commit")

    def _pass(self, where: str) -> None:
        if where == self._where and self._times > 0:
            self._times -= 1
            raise ConnectionResetError("lost")


class Outage:
    """Nothing is committed while it lasts; `missed` is set by the first write of which that is so."""

    def __init__(self) -> None:
        self.lasts = False
        self.missed = threading.Event()

    def before_commit(self) -> None:
        if self.lasts:
            self.missed.set()
            raise ConnectionResetError("lost")

    def after_commit(self) -> None:
        pass


@contextmanager
def small_disk() -> Iterator[dict[str, int]]:
    """`limit["most"]` is how many pages a SQLite database may become large, at least as large as it is."""
    limit = {"most": 2**30}

    def fill(connection: Any) -> None:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA max_page_count = {limit['most']}")

    event.listen(Engine, "begin", fill)
    yield limit
    event.remove(Engine, "begin", fill)
