"""The node's recorder: recordings are started, told and stopped here; a process of its own writes them.

Whatever happens to that process, the calls go on: it is started again, told everything again, and the
recording goes on in new files.
"""

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from recording.exit_codes import NOTHING_TO_DO, REPAIRED
from recording.link import RecorderLink
from recording.manifest import Manifest, Problem, TrackEntry, read_manifest
from recording.records import write_record
from recording.supervisor import Supervisor
from sfu.driver import MediaDriver
from sfu.errors import LocalError
from sfu.identifiers import TrackId
from sfu.messages import AskKeyframe, CloseTap, TapTrack

log = logging.getLogger(__name__)

START_S: Final = 60.0
"""From the first start of the process to its first word."""

STOP_S: Final = 300.0
"""Repair and checksums of hours of files on a slow disk."""

MAX_EVENT_BYTES: Final = 8 * 1024 * 1024
MAX_UNWRITTEN_BYTES: Final = 64 * 1024 * 1024
"""Events kept for a recorder that does not write them, of one recording."""

_MANIFEST: Final = TypeAdapter(Manifest)
_PROBLEM: Final = TypeAdapter(Problem)
_TOLD_OF_TRACKS: Final = ("id", "kind", "source", "participant", "identity", "name")


class RecordingError(LocalError):
    """A recording that cannot be started or stopped. `code`: ``conflict``, ``not_found``, ``disk_full``,
    ``not_writable``, ``unavailable``, ``too_large``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class _Active:
    """A recording as it has to be told to a recorder that knows nothing."""

    id: str
    folder: Path
    about: dict[str, Any]
    keyframe_every_s: float
    started: asyncio.Future[None]
    origin: float = 0.0
    started_at: int = 0
    tracks: dict[str, tuple[int, TrackEntry]] = field(default_factory=dict)
    events: int = 0
    unwritten: deque[tuple[int, bytes]] = field(default_factory=deque)
    unwritten_bytes: int = 0
    stopped_at: float | None = None
    stopped: asyncio.Future[Manifest] | None = None


class Recorder:
    """Records tracks of one node's media. `on_problem` is told what goes wrong as soon as it does.

    The process is started with the first recording. Times are those of `time.monotonic`, as everywhere.
    """

    def __init__(self, media: MediaDriver, on_problem: Callable[[str, Problem], None]) -> None:
        self._media = media
        self._on_problem = on_problem
        self._recordings: dict[str, _Active] = {}
        self._taps = 0
        self._link = RecorderLink(self._message, self._lost, self._overflowed)
        self._supervisor = Supervisor(self._link.connect)
        self._ready = False
        media.node.outlet = self._link

    @property
    def pid(self) -> int | None:
        """The recorder process, while there is one."""
        return self._supervisor.pid

    @property
    def recordings(self) -> tuple[str, ...]:
        """Those that run."""
        return tuple(self._recordings)

    # --- control -------------------------------------------------------------------------------------------

    async def start(
        self,
        recording: str,
        folder: Path,
        about: Mapping[str, Any] | None = None,
        keyframe_every_s: float = 10.0,
    ) -> int:
        """Begin to write into `folder`, made if need be; the UTC milliseconds that its times count from.

        `about` goes into the manifest as it is. Raises RecordingError.
        """
        active = self._begin(recording, folder, dict(about or {}), keyframe_every_s)
        if self._ready:
            self._tell_start(active, again=False)
        self._supervisor.start()
        try:
            async with asyncio.timeout(START_S):
                await asyncio.shield(active.started)
        except TimeoutError:
            raise RecordingError("unavailable", "the recorder does not start") from None
        finally:
            if not active.started.done():
                self._give_up(active)
        return active.started_at

    def _give_up(self, active: _Active) -> None:
        """Whoever wanted it waits no more; the recorder may yet get so far."""
        active.stopped_at = time.monotonic()
        active.started.cancel()
        self._close_taps(active)
        self._tell_stop(active)
        del self._recordings[active.id]

    def _begin(self, recording: str, folder: Path, about: dict[str, Any], keyframe_every_s: float) -> _Active:
        folder = folder.absolute()
        if recording in self._recordings or any(one.folder == folder for one in self._recordings.values()):
            raise RecordingError("conflict", f"{recording} is being recorded")
        started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        active = _Active(recording, folder, about, keyframe_every_s, started)
        self._recordings[recording] = active
        return active

    def add_track(self, recording: str, track: TrackEntry) -> None:
        """Record a track, now or from when it is published. Raises RecordingError (not_found)."""
        active = self._running(recording)
        if track.id not in active.tracks:
            self._tap(active, track)

    def remove_track(self, recording: str, track: str) -> None:
        """The track is over, or no longer to be recorded. Raises RecordingError (not_found)."""
        tapped = self._running(recording).tracks.pop(track, None)
        if tapped is not None:
            self._media.handle(CloseTap(tapped[0]))
            self._send({"do": "untrack", "tap": tapped[0], "now": time.monotonic()})

    def event(self, recording: str, event: Mapping[str, Any], at: float | None = None) -> bool:
        """A line of the journal: `event` with ``at_ms``. `at` is a time of `time.monotonic`, now if None.

        It is kept until it is written, whatever happens to the recorder. False if it was left out: too much
        waits. Raises RecordingError (not_found, too_large).
        """
        active = self._running(recording)
        when = time.monotonic() if at is None else at
        number = active.events + 1
        record = write_record(
            {"do": "event", "recording": recording, "n": number, "at": when, "event": dict(event)}
        )
        if len(record) > MAX_EVENT_BYTES:
            raise RecordingError("too_large", f"an event of {len(record)} bytes")
        if active.unwritten_bytes + len(record) > MAX_UNWRITTEN_BYTES:
            return False
        active.events = number
        active.unwritten.append((number, record))
        active.unwritten_bytes += len(record)
        self._link.send(record)
        return True

    async def stop(self, recording: str) -> Manifest:
        """Finish the files: what was recorded, with checksums. Raises RecordingError."""
        active = self._recordings.get(recording)
        if active is None:
            raise _not_found(recording)
        if active.stopped is None:
            active.stopped = asyncio.get_running_loop().create_future()
            active.stopped_at = time.monotonic()
            self._close_taps(active)
            self._tell_stop(active)
        try:
            async with asyncio.timeout(STOP_S):
                return await asyncio.shield(active.stopped)
        except TimeoutError:
            self._recordings.pop(recording, None)
            raise RecordingError("unavailable", "the recorder does not answer") from None

    async def recover(self, folder: Path) -> Manifest | None:
        """Finish a recording whose node died; None if there is nothing to do. Raises RecordingError.

        Its recorder may still be at it, which is waited for.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "recording.repair", os.fspath(folder)),
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await process.communicate()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        if process.returncode == NOTHING_TO_DO:
            return None
        if process.returncode != REPAIRED:
            raise RecordingError("not_writable", said.decode(errors="replace").strip()[-200:])
        return await asyncio.to_thread(read_manifest, folder)

    async def close(self, within_s: float = STOP_S) -> None:
        """Finish every recording, then end the process. Either may take `within_s`; a process that takes
        longer is killed, and `recover` finishes what it had."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                stopping = (self.stop(recording) for recording in self.recordings)
                await asyncio.gather(*stopping, return_exceptions=True)
        self._recordings.clear()
        self._link.close()
        await self._supervisor.stop(within_s)

    # --- the process ---------------------------------------------------------------------------------------

    def _listens(self) -> None:
        """A recorder is there that knows nothing."""
        self._ready = True
        for active in [*self._recordings.values()]:
            self._tell_start(active, again=active.started.done())
            for _, record in active.unwritten:
                self._link.send(record)
            for tap, entry in [*active.tracks.values()]:
                self._media.handle(CloseTap(tap))
                if active.stopped_at is None:
                    self._tap(active, entry)
            if active.stopped_at is not None:
                self._tell_stop(active)

    def _lost(self) -> None:
        self._ready = False
        for active in self._recordings.values():
            log.error("recording %s: the recorder is gone, another is started", active.id)

    def _overflowed(self, tap: int) -> None:
        for active in self._recordings.values():
            for number, entry in active.tracks.values():
                if number == tap:
                    at_ms = round((time.monotonic() - active.origin) * 1000)
                    self._on_problem(active.id, Problem(at_ms, "queue_full", entry.id))

    def _send(self, message: dict[str, Any]) -> None:
        self._link.send(write_record(message))

    def _tell_start(self, active: _Active, again: bool) -> None:
        now = time.monotonic()
        if not again:  # its time begins when somebody is there to write it
            active.origin, active.started_at = now, round(self._media.wall.unix(now) * 1000)
        self._send(
            {
                "do": "start",
                "recording": active.id,
                "folder": str(active.folder),
                "at": active.origin,
                "now": now,
                "started_at": active.started_at,
                "about": active.about,
                "again": again,
            }
        )

    def _tell_stop(self, active: _Active) -> None:
        self._send({"do": "stop", "recording": active.id, "now": active.stopped_at})

    def _tap(self, active: _Active, entry: TrackEntry) -> None:
        self._taps += 1
        active.tracks[entry.id] = (self._taps, entry)
        track = {name: getattr(entry, name) for name in _TOLD_OF_TRACKS}
        self._send({"do": "track", "recording": active.id, "tap": self._taps, "track": track})
        self._media.handle(TapTrack(self._taps, TrackId(entry.id), float(active.keyframe_every_s)))

    def _close_taps(self, active: _Active) -> None:
        for tap, _ in active.tracks.values():
            self._media.handle(CloseTap(tap))

    def _running(self, recording: str) -> _Active:
        active = self._recordings.get(recording)
        if active is None or active.stopped is not None:
            raise _not_found(recording)
        return active

    def _message(self, message: dict[str, Any]) -> None:
        active = self._recordings.get(message.get("recording", ""))
        match message.get("did"):
            case "ready":
                self._listens()
            case "keyframe":
                self._media.handle(AskKeyframe(message["tap"]))
            case _ if active is None:
                pass
            case "started" if not active.started.done():
                active.started.set_result(None)
            case "failed":
                self._failed(active, RecordingError(message["code"], message["detail"]))
            case "problem":
                self._on_problem(active.id, _PROBLEM.validate_python(message["problem"]))
            case "journal":
                self._written(active, message["n"])
            case "stopped":
                self._stopped(active, message["manifest"])

    def _failed(self, active: _Active, error: RecordingError) -> None:
        del self._recordings[active.id]
        self._close_taps(active)
        if not active.started.done():
            active.started.set_exception(error)
            return
        self._on_problem(active.id, Problem(0, error.code, "", str(error)))  # after a restart: tried no more
        if active.stopped is not None and not active.stopped.done():
            active.stopped.set_exception(error)

    def _written(self, active: _Active, number: int) -> None:
        unwritten = active.unwritten
        while unwritten and unwritten[0][0] <= number:
            active.unwritten_bytes -= len(unwritten.popleft()[1])

    def _stopped(self, active: _Active, manifest: dict[str, Any] | None) -> None:
        if active.stopped is None or active.stopped.done():
            return  # the answer to one that was given up
        del self._recordings[active.id]
        if manifest is None:
            active.stopped.set_exception(RecordingError("unavailable", "the recorder does not know of it"))
        else:
            active.stopped.set_result(_MANIFEST.validate_python(manifest))


def _not_found(recording: str) -> RecordingError:
    return RecordingError("not_found", f"{recording} is not being recorded")
