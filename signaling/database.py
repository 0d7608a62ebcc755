"""The database of a node, where the settings say."""

import logging
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from random import Random

from config.settings import Settings
from storage.engine import sqlite_url
from storage.failpoints import Failpoints
from storage.group_commit import OnCommit
from storage.store import Store

log = logging.getLogger(__name__)

DATA = Path("data")


@asynccontextmanager
async def open_store(
    settings: Settings, random: Random, on_commit: OnCommit, failpoints: Failpoints | None = None
) -> AsyncIterator[Store]:
    """Open while the context lasts. Raises BadDatabase or OSError."""
    with ExitStack() as folders:
        store = await Store.open(
            database_url(settings, folders), random, failpoints=failpoints, on_commit=on_commit
        )
        try:
            yield store
        finally:
            await store.close()


def database_url(settings: Settings, folders: ExitStack) -> str:
    """Of PostgreSQL, or of SQLite in the data folder, which is made; a trial's goes with `folders`."""
    if settings.storage.url is not None:
        return settings.storage.url
    folder = settings.data
    if folder is None and settings.dev:
        folder = Path(folders.enter_context(tempfile.TemporaryDirectory(prefix="sfumato-")))
        log.info("nothing is kept after the end: give --data DIR to keep it")
    elif folder is None:
        folder = DATA
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return sqlite_url(folder.absolute())
