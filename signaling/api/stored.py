"""What HTTP says when the database does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from datachannels.repositories import Unavailable
from signaling.problems import Problem


@contextmanager
def stored() -> Iterator[None]:
    """Around each reading of storage: `Unavailable` becomes the problem ``unavailable``."""
    try:
        yield
    except Unavailable as error:
        raise Problem("unavailable", str(error)) from error
