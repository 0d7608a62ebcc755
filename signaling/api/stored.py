"""What HTTP says when the database does not answer, or not to this."""

from collections.abc import Iterator
from contextlib import contextmanager

from datachannels.repositories import Unavailable, Unstorable
from signaling.problems import Problem


@contextmanager
def stored() -> Iterator[None]:
    """Around each use of storage: `Unavailable` becomes the problem ``unavailable``, `Unstorable`
    ``bad_message``."""
    try:
        yield
    except Unavailable as error:
        raise Problem("unavailable", str(error)) from error
    except Unstorable as error:
        raise Problem("bad_message", str(error)) from error
