"""Films of recordings in the database."""

from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select

from storage.group_commit import GroupCommit
from storage.models import Film, Recording
from storage.models.model import table_of
from storage.reader import Reader
from storage.recordings import Place
from storage.write import Existing, Into, Rows, Write

_FILMS = table_of(Film)
_RECORDINGS = table_of(Recording)
_INTO = Into(_FILMS, Existing.REPLACE)


@dataclass(frozen=True, slots=True)
class FilmRecord:
    """One film that is made, of so many `octets`."""

    recording: str
    film: str
    octets: int
    place: Place = "folder"


class StoredFilms:
    """Writes are queued at once, in the order of calls. A recording that is deleted takes its films along."""

    def __init__(self, commits: GroupCommit, reader: Reader) -> None:
        self._commits = commits
        self._reader = reader

    def put(self, film: FilmRecord) -> Awaitable[None]:
        """A film as it is now."""
        return self._commits.put(Write([Rows(_INTO, [asdict(film)])]))

    def delete(self, recording: str, film: str) -> Awaitable[None]:
        """Forget it."""
        gone = delete(_FILMS).where(_FILMS.c.recording == recording, _FILMS.c.film == film)
        return self._commits.put(Write(statements=[gone]))

    async def of(self, recording: str) -> dict[str, FilmRecord]:
        """Those of a recording, by their names."""
        found = await self._read(select(_FILMS).where(_FILMS.c.recording == recording))
        return {one.film: one for one in found}

    async def in_folder(self, node: str) -> list[FilmRecord]:
        """Those that lie in the folder of a node."""
        wanted = (
            select(_FILMS)
            .join(_RECORDINGS, _RECORDINGS.c.id == _FILMS.c.recording)
            .where(_RECORDINGS.c.node == node, _FILMS.c.place == "folder")
            .order_by(_FILMS.c.recording, _FILMS.c.film)
        )
        return await self._read(wanted)

    async def octets(self, node: str) -> dict[str, int]:
        """How much the films of a node's recordings take, by recording."""
        wanted = (
            select(_FILMS.c.recording, func.sum(_FILMS.c.octets))
            .join(_RECORDINGS, _RECORDINGS.c.id == _FILMS.c.recording)
            .where(_RECORDINGS.c.node == node)
            .group_by(_FILMS.c.recording)
        )

        def query(connection: Connection) -> dict[str, int]:
            return {recording: int(octets) for recording, octets in connection.execute(wanted)}

        return await self._reader.read(query)

    async def _read(self, wanted: Select[Any]) -> list[FilmRecord]:
        def query(connection: Connection) -> list[FilmRecord]:
            return [
                FilmRecord(row.recording, row.film, row.octets, row.place)
                for row in connection.execute(wanted)
            ]

        return await self._reader.read(query)
