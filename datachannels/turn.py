"""How long work lets others have their turn."""

from collections.abc import Generator


class Turn:
    """Awaited between two slices of work: an event loop does everything else that is due meanwhile."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        yield
