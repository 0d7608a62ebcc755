"""Films of recordings, made one at a time by a process of low priority.

::

    order ──► waiting ──► files at hand ──► process ──► kept in the folder ──► put away into the bucket
                 │                            │                                  (tried until it is there)
                 └────────── delete ──────────┘

What is made stands in the database; only what waits, runs or failed is remembered. A film that a node was
stopped in is gone on with where it was when it is asked for again.
"""

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

import orjson

from datachannels.refusals import RequestRefused
from datachannels.repositories import RepositoryError
from recording.bucket import BucketError, Fetched
from recording.compose.job import FORMATS, Format, Job
from recording.compose.layout import LAYOUTS, Layout
from signaling.put_away import all_tried, put_away_on
from signaling.recording_shelf import FILMS as FOLDER
from signaling.recording_shelf import Shelf
from storage.films import FilmRecord, StoredFilms
from storage.recordings import RecordingRecord, StoredRecordings

log = logging.getLogger(__name__)

MOST_WAITING: Final = 100

State = Literal["waiting", "running", "finished", "failed"]


@dataclass(frozen=True, slots=True)
class Film:
    """What a recording can be composed to."""

    layout: Layout
    format: Format

    @property
    def id(self) -> str:
        """Its name, also of the file."""
        return f"{self.layout.replace('+', '-')}.{self.format}"


FILMS: Final = {film.id: film for film in [Film(layout, kind) for layout in LAYOUTS for kind in FORMATS]}


@dataclass(slots=True, eq=False)
class _Work:
    recording: str
    film: Film
    state: State = "waiting"
    share: float = 0.0
    problem: str = ""
    task: asyncio.Task[str] | None = None
    """That makes it: what went wrong, or nothing."""


class Compositions:
    """Those of one node, which is named `node`; `pictures_of` gives the folder of a room's pictures.

    `on_made` is called when another film takes its room.
    """

    def __init__(
        self,
        node: str,
        shelf: Shelf,
        recordings: StoredRecordings,
        films: StoredFilms,
        pictures_of: Callable[[str], Path],
        on_made: Callable[[], None] = lambda: None,
    ) -> None:
        self._node = node
        self._shelf = shelf
        self._recordings = recordings
        self._films = films
        self._pictures_of = pictures_of
        self._on_made = on_made
        self._works: dict[tuple[str, str], _Work] = {}
        self._waiting: deque[_Work] = deque()
        self._running: asyncio.Task[None] | None = None
        self._to_put_away = asyncio.Event()
        self._putting: asyncio.Task[None] | None = None
        self._noting = asyncio.Lock()
        """Held while it is noted where a film is, so that none comes back that was deleted."""

    async def open(self) -> None:
        """Begin: what an earlier life of this node made is put away."""
        await asyncio.to_thread(self._shelf.clear_scratch)
        if self._shelf.has_bucket:
            self._to_put_away.set()
            self._putting = asyncio.create_task(put_away_on(self._to_put_away, self._put_away))

    async def close(self) -> None:
        """Stop; what is done so far stays."""
        making = [work.task for work in self._works.values()]
        tasks = [task for task in (self._running, self._putting, *making) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- what is asked -----------------------------------------------------------------------------------

    async def order(self, record: RecordingRecord, film: Film) -> dict[str, Any]:
        """Make it, unless it is made or being made. Raises `RequestRefused` or RepositoryError."""
        if not record.state.over:
            raise RequestRefused("conflict", "the recording is not finished")
        made = await self._made(record.id, film.id)
        if made is not None:
            return _describe(film, made, None)
        work = self._works.get((record.id, film.id))
        if work is None or work.state in ("finished", "failed"):
            if len(self._waiting) >= MOST_WAITING:
                raise RequestRefused("rate_limited", "too many films wait to be made")
            work = self._works[record.id, film.id] = _Work(record.id, film)
            self._waiting.append(work)
            if self._running is None:
                self._running = asyncio.create_task(self._work_off())
        return _describe(film, None, work)

    async def all_of(self, record: RecordingRecord) -> list[dict[str, Any]]:
        """The films that were asked for, as docs/recording.md describes them. Raises RepositoryError."""
        made = await self._films.of(record.id)
        known = [(film, made.get(film.id), self._works.get((record.id, film.id))) for film in FILMS.values()]
        return [_describe(film, there, work) for film, there, work in known if there or work]

    async def one_of(self, record: RecordingRecord, film: Film) -> dict[str, Any] | None:
        """One film of it, None if nobody asked for that. Raises RepositoryError."""
        return next((one for one in await self.all_of(record) if one["id"] == film.id), None)

    def find(self, record: RecordingRecord, film: Film) -> Path | None:
        """A film that is made, if it is here."""
        path = self._shelf.film(record.id, film.id)
        return path if path.is_file() else None

    async def fetch(self, record: RecordingRecord, film: Film, wanted: str | None) -> Fetched | None:
        """A film, or the part that a Range header wants, from the bucket. Raises BucketError."""
        return await self._shelf.fetch(record, f"{FOLDER}/{film.id}", wanted)

    async def delete(self, record: RecordingRecord, film: Film) -> None:
        """It is no more, nor made any more. Raises `RequestRefused`."""
        await self._cancel(record.id, film.id)
        async with self._noting:
            try:
                await self._shelf.delete_film(record.id, film.id)
            except BucketError as error:
                raise RequestRefused("unavailable", str(error)) from error
            await self._films.delete(record.id, film.id)

    async def forget(self, recording: str) -> None:
        """A recording is about to be deleted: no film of it is made any more."""
        for _, film in [key for key in self._works if key[0] == recording]:
            await self._cancel(recording, film)

    async def _cancel(self, recording: str, film: str) -> None:
        work = self._works.pop((recording, film), None)
        if work is None:
            return
        with suppress(ValueError):
            self._waiting.remove(work)
        if work.task is not None:
            work.task.cancel()
            await asyncio.wait([work.task])

    async def _made(self, recording: str, film: str) -> FilmRecord | None:
        """A film that is made; one that was when the node died is noted now."""
        made = (await self._films.of(recording)).get(film)
        here = self._shelf.film(recording, film).is_file()
        if made is None and here:
            return await self._keep(recording, film)
        return made if made is None or made.place == "bucket" or here else None

    # --- making ------------------------------------------------------------------------------------------

    async def _work_off(self) -> None:
        while self._waiting:
            work = self._waiting.popleft()
            work.state = "running"
            work.task = asyncio.create_task(self._make(work))
            try:
                await asyncio.wait([work.task])
            finally:
                work.task.cancel()
            if work.task.cancelled():
                continue
            work.problem = work.task.result()
            work.state = "failed" if work.problem else "finished"
            if work.problem:
                log.error("recording %s: no %s: %s", work.recording, work.film.id, work.problem)
            else:
                self._works.pop((work.recording, work.film.id), None)
        self._running = None

    async def _make(self, work: _Work) -> str:
        try:
            problem = await self._compose(work)
            if not problem:
                await self._keep(work.recording, work.film.id)
        except (OSError, BucketError, RepositoryError) as error:
            problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return problem

    async def _compose(self, work: _Work) -> str:
        """What went wrong, or nothing."""
        record = await self._recordings.get(work.recording)
        if record is None:
            return "there is no such recording any more"
        film = work.film
        async with self._shelf.at_hand(record) as folder:
            out = self._shelf.film(record.id, film.id)
            await asyncio.to_thread(out.parent.mkdir, parents=True, exist_ok=True)
            pictures = str(self._pictures_of(record.room))
            return await _run(Job(str(folder), str(out), film.layout, film.format, pictures=pictures), work)

    async def _keep(self, recording: str, film: str) -> FilmRecord:
        """A film lies in the folder."""
        path = self._shelf.film(recording, film)
        made = FilmRecord(recording, film, (await asyncio.to_thread(path.stat)).st_size)
        await self._films.put(made)
        self._to_put_away.set()
        self._on_made()
        return made

    # --- putting away ------------------------------------------------------------------------------------

    async def _put_away(self) -> None:
        films = await self._films.in_folder(self._node)
        await all_tried(partial(self._put_one_away, film) for film in films)

    async def _put_one_away(self, film: FilmRecord) -> None:
        if not self._shelf.film(film.recording, film.film).is_file():
            return
        failed: Exception | None = None
        try:
            await self._shelf.put_film_away(film.recording, film.film)
        except (BucketError, OSError) as error:
            failed = error
        async with self._noting:
            if film.film not in await self._films.of(film.recording):  # deleted meanwhile, perhaps made anew
                await self._shelf.take_film_back(film.recording, film.film)
            elif failed is not None:
                raise failed
            else:
                await self._films.put(replace(film, place="bucket"))
                await self._shelf.remove_film_here(film.recording, film.film)


def _describe(film: Film, made: FilmRecord | None, work: _Work | None) -> dict[str, Any]:
    """The composition object of docs/recording.md."""
    said = {"id": film.id, "layout": film.layout, "format": film.format}
    if made is not None:
        return said | {"state": "finished", "progress": 1.0, "bytes": made.octets, "problem": ""}
    if work is None:
        return said | {"state": "waiting", "progress": 0.0, "bytes": None, "problem": ""}
    return said | {"state": work.state, "progress": work.share, "bytes": None, "problem": work.problem}


async def _run(job: Job, work: _Work) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "recording.compose.process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    problem = "it was ended"
    try:
        process.stdin.write(orjson.dumps(asdict(job)) + b"\n")
        process.stdin.close()
        async for line in process.stdout:
            said = orjson.loads(line)
            work.share = said.get("share", work.share)
            problem = "" if "done" in said else said.get("message", problem)
        await process.wait()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
    return problem
