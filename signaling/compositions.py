"""Films of recordings, made one at a time by a process of low priority.

What is made is what lies in the recording's folder; only what waits, runs or failed is remembered. So a node
that was restarted knows its films, and one that was interrupted goes on where it was when it is asked again.
"""

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

import orjson

from datachannels.refusals import RequestRefused
from recording.bucket import BucketError
from recording.compose.job import FORMATS, Format, Job
from recording.compose.layout import LAYOUTS, Layout
from signaling.recording_shelf import Shelf
from storage.recordings import RecordingRecord

log = logging.getLogger(__name__)

FOLDER: Final = "compositions"
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


@dataclass(slots=True)
class _Work:
    record: RecordingRecord
    film: Film
    state: State = "waiting"
    share: float = 0.0
    problem: str = ""


class Compositions:
    """Those of one node; `pictures_of` gives the folder of a room's pictures."""

    def __init__(self, shelf: Shelf, pictures_of: Callable[[str], Path]) -> None:
        self._shelf = shelf
        self._pictures_of = pictures_of
        self._works: dict[tuple[str, str], _Work] = {}
        self._waiting: deque[_Work] = deque()
        self._running: asyncio.Task[None] | None = None

    def order(self, record: RecordingRecord, film: Film) -> dict[str, Any]:
        """Make it, unless it is made or being made. Raises `RequestRefused`."""
        if not record.state.over:
            raise RequestRefused("conflict", "the recording is not finished")
        known = self._works.get((record.id, film.id))
        going_on = known is not None and known.state in ("waiting", "running")
        if not going_on and not self.path(record, film).is_file():
            if len(self._waiting) >= MOST_WAITING:
                raise RequestRefused("rate_limited", "too many films wait to be made")
            work = self._works[record.id, film.id] = _Work(record, film)
            self._waiting.append(work)
            if self._running is None:
                self._running = asyncio.create_task(self._work_off())
        return self.describe(record, film)

    def path(self, record: RecordingRecord, film: Film) -> Path:
        """Where it is, or will be."""
        return self._shelf.folder(record.id) / FOLDER / film.id

    def known(self, record: RecordingRecord, film: Film) -> bool:
        """Was it ever asked for?"""
        return (record.id, film.id) in self._works or self.path(record, film).is_file()

    def describe(self, record: RecordingRecord, film: Film) -> dict[str, Any]:
        """The composition object of docs/recording.md."""
        said = {"id": film.id, "layout": film.layout, "format": film.format}
        work = self._works.get((record.id, film.id))
        path = self.path(record, film)
        if path.is_file():
            return said | {"state": "finished", "progress": 1.0, "bytes": path.stat().st_size, "problem": ""}
        if work is None:
            return said | {"state": "waiting", "progress": 0.0, "bytes": None, "problem": ""}
        return said | {"state": work.state, "progress": work.share, "bytes": None, "problem": work.problem}

    async def delete(self, record: RecordingRecord, film: Film) -> None:
        """It is no more. Raises `RequestRefused` while it is being made."""
        work = self._works.get((record.id, film.id))
        if work is not None and work.state == "running":
            raise RequestRefused("conflict", "it is being made")
        self._works.pop((record.id, film.id), None)
        if work is not None and work in self._waiting:
            self._waiting.remove(work)
        await asyncio.to_thread(self.path(record, film).unlink, True)

    async def close(self) -> None:
        """Stop; what is done so far stays."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _work_off(self) -> None:
        while self._waiting:
            work = self._waiting.popleft()
            work.state = "running"
            try:
                work.problem = await self._compose(work)
            except (OSError, BucketError) as error:
                work.problem = str(error) or type(error).__name__
            work.state = "failed" if work.problem else "finished"
            if work.problem:
                log.error("recording %s: no %s: %s", work.record.id, work.film.id, work.problem)
        self._running = None

    async def _compose(self, work: _Work) -> str:
        """What went wrong, or nothing."""
        folder = await self._shelf.bring(work.record)
        out = self.path(work.record, work.film)
        await asyncio.to_thread(out.parent.mkdir, parents=True, exist_ok=True)
        pictures = self._pictures_of(work.record.room)
        film = work.film
        job = Job(str(folder), str(out), film.layout, film.format, pictures=str(pictures))
        try:
            return await _run(job, work)
        finally:
            await self._shelf.leave(work.record)


async def _run(job: Job, work: _Work) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "recording.compose.process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
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
