"""Recordings in the database."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, Select, delete, select, tuple_

from storage.group_commit import GroupCommit
from storage.models import Film, Recording
from storage.models.model import table_of
from storage.reader import Reader
from storage.write import Existing, Into, Row, Rows, Write

_RECORDINGS = table_of(Recording)
_FILMS = table_of(Film)
_INTO = Into(_RECORDINGS, Existing.REPLACE)

Place = Literal["folder", "bucket"]


class RecordingState(StrEnum):
    """What becomes of a recording.

    `FINISHING`: nothing is added any more, files are checked. `INTERRUPTED`: its node died, what was written
    by then is there. `FAILED`: nothing was.
    """

    RECORDING = "recording"
    FINISHING = "finishing"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """True once nothing changes any more."""
        return self not in (RecordingState.RECORDING, RecordingState.FINISHING)


@dataclass(frozen=True, slots=True)
class RecordingRecord:
    """One recording. Times are UTC milliseconds since 1970; `files` as the manifest lists them."""

    id: str
    room: str
    meeting: str
    node: str
    started_by: str
    started_by_name: str
    started_at: int
    layout: str = ""
    state: RecordingState = RecordingState.RECORDING
    ended_at: int | None = None
    duration_ms: int = 0
    octets: int = 0
    place: Place = "folder"
    files: Sequence[Mapping[str, Any]] = ()
    problems: Sequence[Mapping[str, Any]] = ()


class StoredRecordings:
    """Writes are queued at once, in the order of calls; they are done when committed."""

    def __init__(self, commits: GroupCommit, reader: Reader) -> None:
        self._commits = commits
        self._reader = reader

    def put(self, record: RecordingRecord) -> Awaitable[None]:
        """A recording as it is now."""
        row: Row = asdict(record)
        for column in ("files", "problems"):
            row[column] = orjson.dumps(row[column]).decode()
        row["state"] = record.state.value
        return self._commits.put(Write([Rows(_INTO, [row])]))

    def delete(self, recording: str) -> Awaitable[None]:
        """Forget it, and its films."""
        films = delete(_FILMS).where(_FILMS.c.recording == recording)
        gone = delete(_RECORDINGS).where(_RECORDINGS.c.id == recording)
        return self._commits.put(Write(statements=[films, gone]))

    async def get(self, recording: str) -> RecordingRecord | None:
        """One of them."""
        found = await self._read(select(_RECORDINGS).where(_RECORDINGS.c.id == recording))
        return found[0] if found else None

    async def newest(self, room: str | None, after: str, limit: int) -> list[RecordingRecord]:
        """Of a room, None: of all, the newest first; those older than the recording `after`, "" for all."""
        order = (_RECORDINGS.c.started_at, _RECORDINGS.c.id)
        wanted = select(_RECORDINGS)
        if room is not None:
            wanted = wanted.where(_RECORDINGS.c.room == room)
        if after:
            mark = select(*order).where(_RECORDINGS.c.id == after)
            wanted = wanted.where(tuple_(*order) < mark.scalar_subquery())
        return await self._read(wanted.order_by(*(column.desc() for column in order)).limit(limit))

    async def unfinished(self, node: str) -> list[RecordingRecord]:
        """What a node that died has left behind."""
        states = [RecordingState.RECORDING.value, RecordingState.FINISHING.value]
        return await self._oldest_first(node, states)

    async def over(self, node: str) -> list[RecordingRecord]:
        """Those of a node that are over, the oldest first."""
        states = [state.value for state in RecordingState if state.over]
        return await self._oldest_first(node, states)

    async def _oldest_first(self, node: str, states: Sequence[str]) -> list[RecordingRecord]:
        wanted = select(_RECORDINGS).where(_RECORDINGS.c.node == node, _RECORDINGS.c.state.in_(states))
        return await self._read(wanted.order_by(_RECORDINGS.c.started_at, _RECORDINGS.c.id))

    async def _read(self, wanted: Select[Any]) -> list[RecordingRecord]:
        def query(connection: Connection) -> list[RecordingRecord]:
            return [_record(row) for row in connection.execute(wanted)]

        return await self._reader.read(query)


def _record(row: Any) -> RecordingRecord:
    return RecordingRecord(
        id=row.id,
        room=row.room,
        meeting=row.meeting,
        node=row.node,
        started_by=row.started_by,
        started_by_name=row.started_by_name,
        started_at=row.started_at,
        layout=row.layout,
        state=RecordingState(row.state),
        ended_at=row.ended_at,
        duration_ms=row.duration_ms,
        octets=row.octets,
        place=row.place,
        files=orjson.loads(row.files),
        problems=orjson.loads(row.problems),
    )
