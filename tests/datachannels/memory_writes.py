"""Writes of a repository in memory, which commits, loses and fences when it is told to."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field

from datachannels.repositories import Fenced, RepositoryError, Unavailable


class Promise:
    """Something that will be done, or has failed."""

    def __init__(self) -> None:
        self.done = False
        self.error: RepositoryError | None = None

    def __await__(self) -> Generator["Promise", None, None]:
        while not self.done:
            yield self
        if self.error is not None:
            raise self.error


@dataclass(slots=True)
class Write:
    """What is on its way, and what it does."""

    store: Callable[[], None]
    promise: Promise = field(default_factory=Promise)


class Writes:
    """`commit` and `fail` decide what becomes of them."""

    def __init__(self) -> None:
        self.writes: list[Write] = []
        self.readable = True

    def commit(self, count: int | None = None) -> None:
        """Store the first `count`, or all."""
        taken = self.writes if count is None else self.writes[:count]
        self.writes = self.writes[len(taken) :]
        for write in taken:
            try:
                write.store()
            except RepositoryError as error:
                write.promise.error = error
            write.promise.done = True

    def fail(self, *, stored: int = 0) -> None:
        """The connection is lost: the first `stored` are in, and nobody was told."""
        for index, write in enumerate(self.writes):
            if index < stored:
                with suppress(Fenced):
                    write.store()
            write.promise.error = Unavailable("the database is gone")
            write.promise.done = True
        self.writes = []

    def put(self, store: Callable[[], None]) -> Awaitable[None]:
        """One more; `store` may raise `RepositoryError`."""
        self.writes.append(Write(store))
        return self.writes[-1].promise

    def check_readable(self) -> None:
        """Raises `Unavailable` while the test says so."""
        if not self.readable:
            raise Unavailable("the database is gone")
