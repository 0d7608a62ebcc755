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
        folder = data_folder(settings, folders)
        store = await Store.open(
            _url(settings, folder),
            random,
            files=folder / "files",
            failpoints=failpoints,
            on_commit=on_commit,
        )
        try:
            yield store
        finally:
            await store.close()


def database_url(settings: Settings, folders: ExitStack) -> str:
    """Of PostgreSQL, or of SQLite in the data folder, which is made."""
    return _url(settings, data_folder(settings, folders))


def data_folder(settings: Settings, folders: ExitStack) -> Path:
    """Where everything is kept that is in no database; a trial's goes with `folders`."""
    if settings.data is not None:
        return settings.data
    if not settings.dev:
        return DATA
    log.info("nothing is kept after the end: give --data DIR to keep it")
    return Path(folders.enter_context(tempfile.TemporaryDirectory(prefix="sfumato-")))


def _url(settings: Settings, folder: Path) -> str:
    if settings.storage.url is not None:
        return settings.storage.url
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return sqlite_url(folder.absolute())
