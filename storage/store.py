"""The database of a node, opened: every repository, one writer, a few readers."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import SQLAlchemyError

from datachannels.repositories import (
    AccessRepository,
    BoardRepository,
    ChatRepository,
    DocumentRepository,
)
from storage.access import StoredAccess
from storage.audit import StoredAudit
from storage.boards import StoredBoards
from storage.chat import StoredChat
from storage.commit import insertion
from storage.documents import StoredDocuments
from storage.engine import BUSY_TIMEOUT_S, open_engine
from storage.errors import BadDatabase
from storage.failpoints import Failpoints, NoFailpoints
from storage.files import StoredFiles
from storage.films import StoredFilms
from storage.group_commit import GroupCommit, OnCommit
from storage.meetings import StoredMeetings
from storage.migrate import has_schema, migrate
from storage.models import StoreRow
from storage.models.model import table_of
from storage.reader import Reader
from storage.recordings import StoredRecordings
from storage.webhook_events import StoredWebhookEvents
from storage.write import Existing, Into

_STORE = table_of(StoreRow)
_IF_NEW = Into(_STORE, Existing.KEEP)

FILES = Path("data") / "files"


def _ignore(seconds: float, writes: int) -> None:
    """Nobody measures."""


class Store:
    """Made by `Store.open`; lives on the event loop it was opened on."""

    def __init__(
        self, engine: Engine, epoch: str, files: Path, failpoints: Failpoints, on_commit: OnCommit
    ) -> None:
        self._engine = engine
        self._commits = GroupCommit(engine, failpoints, on_commit)
        self._reader = Reader(engine)
        self.epoch = epoch
        self.chat: ChatRepository = StoredChat(self._commits, self._reader, epoch)
        self.documents: DocumentRepository = StoredDocuments(self._commits, self._reader, epoch)
        self.boards: BoardRepository = StoredBoards(self._commits, self._reader, epoch)
        self.access: AccessRepository = StoredAccess(self._commits, self._reader)
        self.files = StoredFiles(files)
        self.folder = files.parent
        """Of what is in no database."""

        self.meetings = StoredMeetings(self._commits, self._reader)
        self.audit = StoredAudit(self._commits, self._reader)
        self.recordings = StoredRecordings(self._commits, self._reader)
        self.films = StoredFilms(self._commits, self._reader)
        self.webhook_events = StoredWebhookEvents(self._commits, self._reader)

    @classmethod
    async def open(
        cls,
        url: str,
        random: Random,
        *,
        files: Path = FILES,
        failpoints: Failpoints | None = None,
        on_commit: OnCommit = _ignore,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
    ) -> "Store":
        """Connect and migrate. `files` is a folder, made when there is a file. `on_commit` is called on the
        loop. Raises BadDatabase."""
        engine = open_engine(url, busy_timeout_s)
        epoch = await asyncio.get_running_loop().run_in_executor(
            None, _prepare, url, engine, _new_epoch(random)
        )
        return cls(engine, epoch, files, failpoints or NoFailpoints(), on_commit)

    @property
    def waiting(self) -> int:
        """Writes that are not in a transaction yet."""
        return self._commits.waiting

    async def close(self) -> None:
        """Write what waits and disconnect."""
        await self._commits.close()
        self._reader.close()
        self._engine.dispose()


def forget_history(url: str, random: Random) -> None:
    """To be called once after a backup was restored: clients then fetch everything anew. Raises BadDatabase.

    What they have seen since the backup is gone, and versions will be given a second time.
    """
    engine, epoch = open_engine(url), _new_epoch(random)
    try:
        with _plainly():
            if not has_schema(engine):
                raise BadDatabase("there is no database of Sfumato")
        _prepare(url, engine, epoch)
        with _plainly(), engine.execution_options(writes=True).begin() as connection:
            connection.execute(update(_STORE).values(epoch=epoch))
    finally:
        engine.dispose()


def _new_epoch(random: Random) -> str:
    return f"{random.getrandbits(64):016x}"


def _prepare(url: str, engine: Engine, epoch: str) -> str:
    """Bring the schema up to date; the epoch, which is `epoch` in a new database."""
    row = {"id": 1, "epoch": epoch}
    try:
        with _plainly():
            migrate(url)
            with engine.execution_options(writes=True).begin() as connection:
                connection.execute(insertion(_IF_NEW, connection.dialect.name), row)
                return str(connection.scalars(select(_STORE.c.epoch)).one())
    except BadDatabase:
        engine.dispose()
        raise


@contextmanager
def _plainly() -> Iterator[None]:
    """One error for whatever keeps a database from being opened."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise BadDatabase(f"the database cannot be opened: {cause}") from error
