"""Reading, off the loop: a few threads with a connection each."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, SQLAlchemyError

from datachannels.repositories import Unavailable, Unstorable
from storage.engine import CONNECTIONS

T = TypeVar("T")


class Reader:
    """Sees everything whose write is done."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(CONNECTIONS - 1, "read")

    async def read(self, query: Callable[[Connection], T]) -> T:
        """The answer of `query`, which runs in another thread.

        Raises `Unavailable`, or `Unstorable` for what nothing that is stored can be called.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, query)
        except DataError as error:  # to PostgreSQL a NUL is no text
            raise Unstorable("a value that the database does not take") from error
        except (SQLAlchemyError, OSError, RuntimeError) as error:  # RuntimeError: closed
            raise Unavailable("the database cannot be read") from error

    def close(self) -> None:
        """Nothing is read any more; what is being read is finished first."""
        self._threads.shutdown(wait=True)

    def _run(self, query: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return query(connection)
