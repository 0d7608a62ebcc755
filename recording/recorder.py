"""The node's recorder: recordings are started, told and stopped here; a process of its own writes them.

Whatever happens to that process, the calls go on: it is started again, told everything again, and the
recording goes on in new files.
"""

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from recording.link import RecorderLink
from recording.manifest import Manifest, Problem, TrackEntry
from recording.supervisor import Supervisor
from sfu.driver import MediaDriver
from sfu.errors import LocalError
from sfu.identifiers import TrackId
from sfu.messages import AskKeyframe, CloseTap, TapTrack

log = logging.getLogger(__name__)

START_S: Final = 20.0
"""From the first start of the process to its first word."""

STOP_S: Final = 300.0
"""Repair and checksums of hours of files on a slow disk."""

_MANIFEST: Final = TypeAdapter(Manifest)
_PROBLEM: Final = TypeAdapter(Problem)


class RecordingError(LocalError):
    """A recording that cannot be started or stopped. `code`: ``conflict``, ``not_found``, ``disk_full``,
    ``not_writable``, ``unavailable``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class _Active:
    """A recording as it has to be told to a recorder that knows nothing."""

    id: str
    folder: Path
    origin: float
    started_at: int
    about: dict[str, Any]
    keyframe_every_s: float
    started: asyncio.Future[None]
    tracks: dict[str, tuple[int, TrackEntry]] = field(default_factory=dict)
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
        self._link = RecorderLink(self._message, self._lost)
        self._supervisor = Supervisor(self._connected)
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
        if self._link.connected:
            self._tell_start(active)
        self._supervisor.start()
        try:
            async with asyncio.timeout(START_S):
                await active.started
        except TimeoutError:
            raise RecordingError("unavailable", "the recorder does not start") from None
        finally:
            if not active.started.done() or active.started.cancelled() or active.started.exception():
                self._recordings.pop(recording, None)
        return active.started_at

    def _begin(self, recording: str, folder: Path, about: dict[str, Any], keyframe_every_s: float) -> _Active:
        folder = folder.absolute()
        if recording in self._recordings or any(one.folder == folder for one in self._recordings.values()):
            raise RecordingError("conflict", f"{recording} is being recorded")
        now = time.monotonic()
        started_at = round(self._media.wall.unix(now) * 1000)
        started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        active = _Active(recording, folder, now, started_at, about, keyframe_every_s, started)
        self._recordings[recording] = active
        return active

    def add_track(self, recording: str, track: TrackEntry) -> None:
        """Record a track, now or from when it is published. Raises RecordingError (not_found)."""
        active = self._active(recording)
        if track.id not in active.tracks:
            self._tap(active, track)

    def remove_track(self, recording: str, track: str) -> None:
        """The track is over, or no longer to be recorded. Raises RecordingError (not_found)."""
        tapped = self._active(recording).tracks.pop(track, None)
        if tapped is not None:
            self._media.handle(CloseTap(tapped[0]))
            self._link.send({"do": "untrack", "tap": tapped[0], "at": time.monotonic()})

    def event(self, recording: str, event: Mapping[str, Any], at: float | None = None) -> None:
        """A line of the journal: `event` with ``at_ms``. `at` is a time of `time.monotonic`, now if None."""
        when = time.monotonic() if at is None else at
        self._link.send({"do": "event", "recording": recording, "event": dict(event), "at": when})

    async def stop(self, recording: str) -> Manifest:
        """Finish the files: what was recorded, with checksums. Raises RecordingError."""
        active = self._active(recording)
        if active.stopped is None:
            active.stopped = asyncio.get_running_loop().create_future()
            active.stopped_at = time.monotonic()
            for tap, _ in active.tracks.values():
                self._media.handle(CloseTap(tap))
            self._link.send({"do": "stop", "recording": recording, "at": active.stopped_at})
        try:
            async with asyncio.timeout(STOP_S):
                return await asyncio.shield(active.stopped)
        except TimeoutError:
            self._recordings.pop(recording, None)
            raise RecordingError("unavailable", "the recorder does not answer") from None

    async def close(self) -> None:
        """Finish every recording and end the process."""
        await asyncio.gather(*(self.stop(recording) for recording in self.recordings), return_exceptions=True)
        self._link.close()
        await self._supervisor.stop()

    # --- the process ---------------------------------------------------------------------------------------

    def _connected(self, end: socket.socket) -> None:
        self._link.connect(end)
        for active in [*self._recordings.values()]:
            self._tell_start(active)
            for tap, entry in [*active.tracks.values()]:
                self._media.handle(CloseTap(tap))
                if active.stopped_at is None:
                    self._tap(active, entry)
            if active.stopped_at is not None:
                self._link.send({"do": "stop", "recording": active.id, "at": active.stopped_at})

    def _lost(self) -> None:
        for active in self._recordings.values():
            log.error("recording %s: the recorder is gone, another is started", active.id)

    def _tell_start(self, active: _Active) -> None:
        self._link.send(
            {
                "do": "start",
                "recording": active.id,
                "folder": str(active.folder),
                "at": active.origin,
                "now": time.monotonic(),
                "started_at": active.started_at,
                "about": active.about,
            }
        )

    def _tap(self, active: _Active, entry: TrackEntry) -> None:
        self._taps += 1
        active.tracks[entry.id] = (self._taps, entry)
        track = {
            name: getattr(entry, name) for name in ("id", "kind", "source", "participant", "identity", "name")
        }
        self._link.send({"do": "track", "recording": active.id, "tap": self._taps, "track": track})
        self._media.handle(TapTrack(self._taps, TrackId(entry.id), active.keyframe_every_s))

    def _active(self, recording: str) -> _Active:
        active = self._recordings.get(recording)
        if active is None:
            raise RecordingError("not_found", f"{recording} is not being recorded")
        return active

    def _message(self, message: dict[str, Any]) -> None:
        active = self._recordings.get(message.get("recording", ""))
        match message.get("did"):
            case "started" if active is not None and not active.started.done():
                active.started.set_result(None)
            case "failed" if active is not None:
                self._failed(active, RecordingError(message["code"], message["detail"]))
            case "problem" if active is not None:
                self._on_problem(active.id, _PROBLEM.validate_python(message["problem"]))
            case "keyframe":
                self._media.handle(AskKeyframe(message["tap"]))
            case "stopped" if active is not None:
                del self._recordings[active.id]
                if active.stopped is not None and not active.stopped.done():
                    active.stopped.set_result(_MANIFEST.validate_python(message["manifest"]))

    def _failed(self, active: _Active, error: RecordingError) -> None:
        if not active.started.done():
            active.started.set_exception(error)
            return
        self._on_problem(active.id, Problem(0, error.code, "", str(error)))  # after a restart: tried no more
        if active.stopped is not None and not active.stopped.done():
            active.stopped.set_exception(error)
        self._recordings.pop(active.id, None)
