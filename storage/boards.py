"""Boards in the database."""

from collections.abc import Awaitable, Sequence

from datachannels.repositories import Change
from storage.change_log import LogTables, StoredLog
from storage.group_commit import GroupCommit
from storage.models import Board, BoardChange, BoardSnapshot
from storage.models.model import table_of
from storage.reader import Reader
from storage.write import Raise, Write

_TABLES = LogTables(table_of(Board), table_of(BoardChange), table_of(BoardSnapshot))


class StoredBoards(StoredLog):
    """`datachannels.repositories.BoardRepository`."""

    def __init__(self, commits: GroupCommit, reader: Reader, epoch: str) -> None:
        super().__init__(commits, reader, epoch, _TABLES)

    def append(self, topic: str, head: int, changes: Sequence[Change]) -> Awaitable[None]:
        """See `BoardRepository`."""
        rows = self.change_rows(topic, changes)
        return self._commits.put(Write(rows, Raise(topic, head, head + len(changes))))
