"""The recordings of a node: begun, told to everybody in the room, ended, kept, and deleted when they are old.

::

    start ──► Recorder.start ──► everybody is told ──► stop, or the room is empty ──► files finished, kept
                  │                                          ▲
                  └── tracks that come and go, the journal ──┘

Files are written by a process of their own (`recording.recorder`); here is who asked for them, and what
became of them.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Final

from config.settings import RecordingSettings
from datachannels.refusals import RequestRefused
from datachannels.repositories import RepositoryError
from datachannels.tracks import SharedTrack
from recording.bucket import BucketError
from recording.disk_room import has_room
from recording.manifest import Manifest, Problem, TrackEntry, read_manifest
from recording.recorder import Recorder, RecordingError
from sfu.identifiers import TrackId
from sfu.messages import KIND_OF_SOURCE
from signaling.audit import Concerned
from signaling.directory import RoomId
from signaling.driver import SignalingDriver
from signaling.identifiers import new_identifier
from signaling.meeting_journal import MeetingJournal
from signaling.node import SignalingNode
from signaling.permissions import Action, Subject, allowed
from signaling.put_away import FIRST_PAUSE_S, LONGEST_PAUSE_S, all_tried, put_away_on
from signaling.recording_shelf import Shelf
from signaling.room import Room
from signaling.services import SharedWork
from signaling.told import EventName
from signaling.track import Track
from storage.films import StoredFilms
from storage.recordings import RecordingRecord, RecordingState, StoredRecordings

log = logging.getLogger(__name__)

TICK_S: Final = 1.0
RETIRE_EVERY_S: Final = 3_600.0
CLOSE_S: Final = 60.0
"""What is not finished by then the recorder finishes alone, and the next start of the node notes it."""

LATE_S: Final = 5.0
"""For the recorder to end, if it is behind by then."""

MEND_EVERY_S: Final = 300.0
"""What there was no room for is tried so often."""

MAX_PROBLEMS: Final = 100
DAY_MS: Final = 24 * 3_600 * 1_000

LAYOUTS: Final = ("grid", "speaker", "screen+speaker")
"""What a recording is composed to unless it is said again."""

AUTOMATIC: Final = Subject("", "", admin=True)
"""Who starts the recordings that nobody asked for."""

CODES: Final = {"disk_full": "unavailable", "not_writable": "unavailable"}
"""Of the recorder, as the protocol says it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be recorded; `tracks` None: all there are and will be."""

    tracks: frozenset[TrackId] | None = None
    layout: str = "grid"

    def wants(self, track: str) -> bool:
        """Is this track to be recorded?"""
        return self.tracks is None or track in self.tracks


@dataclass(slots=True, eq=False)
class Active:
    """One that runs."""

    record: RecordingRecord
    room: Room
    wish: Wish
    journal: MeetingJournal
    problems: list[dict[str, Any]] = field(default_factory=list)
    running: bool = False
    """The recorder listens."""


class Recordings:
    """One for a node, on its loop; a `TrackFollower`. `shelf` is where they are."""

    def __init__(
        self,
        driver: SignalingDriver,
        work: SharedWork,
        stored: StoredRecordings,
        films: StoredFilms,
        shelf: Shelf,
        make_recorder: Callable[[Callable[[str, Problem], None]], Recorder],
    ) -> None:
        self._driver = driver
        self._work = work
        self._stored = stored
        self._films = films
        self.shelf = shelf
        self.on_delete: Callable[[str], Awaitable[None]] = _nothing
        """Waited for before a recording is deleted: nobody works on it any more."""
        self._recorder = make_recorder(self._problem)
        self._active: dict[str, Active] = {}
        self._ended: dict[str, RecordingRecord] = {}
        """What is told of, and not stored yet."""
        self._starting: set[RoomId] = set()
        self._declined: set[RoomId] = set()
        """Meetings whose recording somebody stopped: it does not begin again by itself."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()
        self._to_put_away = asyncio.Event()
        self._noting = asyncio.Lock()
        """Held while it is noted what became of one that is over: none comes back that was deleted."""
        self._mending = asyncio.Lock()
        self._beyond_mending: set[str] = set()
        """Recordings with files that stay as they are though there is room; tried again by the next node."""
        self._endless: list[asyncio.Task[None]] = []
        self._retired_at = -RETIRE_EVERY_S

    @property
    def _node(self) -> SignalingNode:
        return self._driver.rooms.node

    @property
    def _settings(self) -> RecordingSettings:
        return self._node.settings.recording

    # --- life --------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Begin: what an earlier life of this node left is finished meanwhile."""
        self._node.tracks.follow(self)
        self._driver.rooms.registry.on_topic_opened = self._topic_opened
        loop = asyncio.get_running_loop()
        self._endless.append(loop.create_task(self._tick_on()))
        if self.shelf.has_bucket:
            self._endless.append(loop.create_task(put_away_on(self._to_put_away, self._put_all_away)))
        self._endless.append(loop.create_task(self._mend_on()))
        self._run(self._recover())

    def end(self) -> None:
        """The node stops: whoever is still there hears that nothing is recorded any more."""
        for active in [*self._active.values()]:
            self._end(active)

    async def close(self) -> None:
        """Every recording is finished, and the recorder ends."""
        for task in self._endless:
            task.cancel()
        self._closing.set()
        self.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        late = [*self._tasks]
        for task in late:
            task.cancel()
        await self._recorder.close(LATE_S if late else CLOSE_S)

    def _run(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            try:
                await work
            except Exception:
                log.exception("a recording's affairs")

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tick_on(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            meetings = self._driver.rooms.registry
            self._declined = {one for one in self._declined if meetings.with_id(one) is not None}
            for active in [*self._active.values()]:
                if active.running and (active.room.ended or active.room.audience.count() == 0):
                    self._end(active)
            if time.monotonic() - self._retired_at >= RETIRE_EVERY_S:
                self.retire_soon()

    # --- start and stop ----------------------------------------------------------------------------------

    async def start(
        self, room: Room, by: Subject, name: str, wish: Wish, recording: str | None = None
    ) -> RecordingRecord:
        """Record a meeting, from now on, called `recording` if that is said. Raises `RequestRefused`."""
        self._check_free(room)
        missing = [track for track in wish.tracks or () if not _shown(room, track)]
        if missing:
            raise RequestRefused("not_found", f"no track {min(missing)}")
        if self._driver.rooms.draining:
            raise RequestRefused("unavailable", "this node is shutting down")
        try:
            free = await asyncio.to_thread(self.shelf.free_bytes)
        except OSError as error:
            raise RequestRefused("unavailable", f"cannot be written: {error.strerror}") from error
        if free < self._settings.min_free_bytes:
            raise RequestRefused("unavailable", f"the disk is full: {free >> 20} MiB are free")
        self._check_free(room)
        self._starting.add(room.id)
        try:
            return await self._start(
                room, by, name, wish, recording or new_identifier("re", self._node.random)
            )
        finally:
            self._starting.discard(room.id)

    def _check_free(self, room: Room) -> None:
        if room.recording or room.id in self._starting or room.ended:
            raise RequestRefused("conflict", "the room is being recorded, or over")

    async def _start(self, room: Room, by: Subject, name: str, wish: Wish, recording: str) -> RecordingRecord:
        node, now = self._node, time.monotonic()
        journal = MeetingJournal(recording, room, self._driver, self._work)
        record = RecordingRecord(
            recording,
            room.name,
            room.id,
            node.name,
            by.identity,
            name,
            node.unix_ms(now),
            wish.layout,
        )
        active = self._active[recording] = Active(record, room, wish, journal)
        about = {
            "room": room.name,
            "meeting": room.id,
            "session": str(room.record.id),
            "node": node.name,
            "started_by": {"identity": by.identity, "name": name},
            "layout": wish.layout,
        }
        try:
            started_at = await self._recorder.start(
                recording, self.shelf.folder(recording), about, self._settings.keyframe_s
            )
        except RecordingError as error:
            self._forget(active)
            raise RequestRefused(CODES.get(error.code, error.code), str(error)) from error
        except asyncio.CancelledError:  # whoever asked for it is gone
            self._forget(active)
            raise
        active.record = replace(record, started_at=started_at)
        active.running = True
        room.recording = recording
        journal.begin(lambda line, at: self._write(recording, line, at))
        for track in room.tracks.values():
            self._add(active, track)
        room.audit("record", by, now, recording=recording)
        await self._keep(active.record)
        self._tell("recording_started", active.record)
        if active.running:
            self._announce(active, running=True)
        return active.record

    def stop(self, recording: str, by: Subject) -> RecordingRecord:
        """End one that runs; its files are finished soon. Raises `RequestRefused`."""
        active = self._active.get(recording)
        if active is None or not active.running:
            raise RequestRefused("not_found", "no such recording runs")
        active.room.audit("stop_recording", by, time.monotonic(), recording=recording)
        self._declined.add(active.room.id)
        self._end(active)
        return active.record

    def _end(self, active: Active) -> None:
        if not active.running:
            return
        active.running = False
        self._forget(active)
        ended_at = self._node.unix_ms(time.monotonic())
        active.record = replace(active.record, state=RecordingState.FINISHING, ended_at=ended_at)
        self._announce(active, running=False)
        self._run(self._finish(active))

    def _forget(self, active: Active) -> None:
        """It runs no more."""
        active.journal.close()
        del self._active[active.record.id]
        if active.room.recording == active.record.id:
            active.room.recording = ""

    def _announce(self, active: Active, *, running: bool) -> None:
        room = active.room
        room.audience.tell_everybody(event_of(active.record.id, running=running))
        if not room.ended:
            room.tell_room()
        self._driver.pump()

    async def _finish(self, active: Active) -> None:
        """The files are whole, and where they are to be kept."""
        record = active.record
        await self._keep(record)
        try:
            manifest: Manifest | None = await self._recorder.stop(record.id)
        except RecordingError as error:
            log.error("recording %s: %s", record.id, error)
            manifest = await self._salvage(record)
        await self._put_away(finished(record, manifest))

    async def _salvage(self, record: RecordingRecord) -> Manifest | None:
        """What there is of one that nobody writes any more."""
        folder = self.shelf.folder(record.id)
        recovered = None
        try:
            recovered = await self._recorder.recover(folder)
        except RecordingError as error:  # its files play all the same
            log.error("recording %s: %s", record.id, error)
        try:
            return recovered or await asyncio.to_thread(read_manifest, folder)
        except OSError as error:
            log.error("recording %s: %s", record.id, error)
            return None

    async def _put_away(self, record: RecordingRecord) -> None:
        # Told first: a node that dies in between tells it once more, not never.
        self._ended[record.id] = record
        self._tell("recording_finished", record)
        try:
            await self._store(record)
        finally:
            self._ended.pop(record.id, None)
        self.retire_soon()
        self._to_put_away.set()

    async def _store(self, record: RecordingRecord) -> None:
        """Again and again, until it is stored or deleted; a node that stops leaves it to the next one."""
        pause_s = FIRST_PAUSE_S
        while record.id in self._ended:
            try:
                await self._stored.put(record)
            except RepositoryError as error:
                if self._closing.is_set():
                    raise
                log.error("recording %s: how it ended is not stored yet: %s", record.id, error)
            else:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _tell(self, name: EventName, record: RecordingRecord) -> None:
        self._node.told.event(name, record.room, record.meeting, {"recording": describe(record)})

    async def _put_all_away(self) -> None:
        over = await self._stored.over(self._node.name)
        # The whole ones first: that makes room to mend the others.
        here = [record for record in sorted(over, key=lacks_index) if record.place == "folder"]
        await all_tried(partial(self._mend_and_put_away, record) for record in here)

    async def _mend_and_put_away(self, record: RecordingRecord) -> None:
        await self._put_one_away(await self._mended(record))

    async def _put_one_away(self, record: RecordingRecord) -> None:
        failed: Exception | None = None
        try:
            await self.shelf.put_away(record)
        except (BucketError, OSError) as error:
            failed = error
        async with self._noting:
            if await self._stored.get(record.id) is None:  # deleted meanwhile: what was on its way goes, too
                await self.shelf.delete(record)
            elif failed is not None:
                raise failed
            else:
                await self._stored.put(replace(record, place="bucket"))

    async def _recover(self) -> None:
        """What a node that died left behind is repaired, and said to be interrupted."""
        self._to_put_away.set()
        for record in await self._stored.unfinished(self._node.name):
            manifest = await self._salvage(record)
            await self._put_away(finished(record, manifest))
        await self._mend()

    async def _mend_on(self) -> None:
        while True:
            await asyncio.sleep(MEND_EVERY_S)
            self._run(self._mend())

    async def _mend(self) -> None:
        """Files that lack their index get it, where there is room now."""
        for record in await self._stored.over(self._node.name):
            if record.place == "folder" and lacks_index(record) and record.id not in self._beyond_mending:
                await self._mended(record)

    async def _mended(self, record: RecordingRecord) -> RecordingRecord:
        async with self._mending:
            kept = await self._stored.get(record.id)
            if kept is None or not lacks_index(kept) or not await self._has_room(kept):
                return kept or record
            manifest = await self._salvage(kept)
            mended = kept if manifest is None else finished(kept, manifest)
            if mended.files != kept.files:
                async with self._noting:
                    there = await self._stored.get(kept.id) is not None
                if there:
                    await self._put_away(mended)
            elif lacks_index(mended):
                self._beyond_mending.add(kept.id)
            return mended

    async def _has_room(self, record: RecordingRecord) -> bool:
        """For the smallest that needs any."""
        size = min(int(file["bytes"]) for file in record.files if not file["complete"])
        try:
            return await asyncio.to_thread(has_room, self.shelf.folder(record.id), size)
        except OSError:
            return False

    async def _keep(self, record: RecordingRecord) -> None:
        """Without the database it goes on: how it ended is written at the end."""
        with suppress(RepositoryError):
            await self._stored.put(record)

    # --- while it runs -----------------------------------------------------------------------------------

    def _add(self, active: Active, track: Track) -> None:
        room = active.room
        if not active.running or not active.wish.wants(track.id) or not _shown(room, track.id):
            return
        owner = room.participants[track.participant]
        entry = TrackEntry(
            track.id,
            KIND_OF_SOURCE[track.source],
            track.source,
            owner.id,
            owner.subject.identity,
            owner.name,
        )
        with suppress(RecordingError):
            self._recorder.add_track(active.record.id, entry)

    def _write(self, recording: str, line: Mapping[str, object], at: float) -> bool:
        try:
            return self._recorder.event(recording, line, at)
        except RecordingError:  # it is over, or the line is too long
            return True

    def _problem(self, recording: str, problem: Problem) -> None:
        """Said at once, to those who could do something about it."""
        active = self._active.get(recording)
        if active is None:
            return
        described = asdict(problem)
        if len(active.problems) < MAX_PROBLEMS:
            active.problems.append(described)
        message = {"type": "recording_problem", "recording": recording, **described}
        for member in active.room.participants.values():
            if allowed(member.subject, Action.RECORD):
                active.room.audience.tell(member, message)
        self._driver.pump_soon()

    def _topic_opened(self, room: Room, topic: str) -> None:
        active = self._active.get(room.recording)
        if active is not None:
            active.journal.topics([topic])

    # --- as a follower of tracks -------------------------------------------------------------------------

    def track_began(self, track: SharedTrack) -> None:
        """See `TrackFollower`."""
        room = self._driver.rooms.registry.with_id(RoomId(track.meeting))
        if room is None:
            return
        active = self._active.get(room.recording)
        if active is not None:
            self._add(active, room.tracks[TrackId(track.id)])
        elif room.id not in self._declined and self._automatic(room.name):
            self._run(self._start_automatically(room))

    def track_changed(self, track: SharedTrack) -> None:
        """See `TrackFollower`."""

    def track_ended(self, track: SharedTrack) -> None:
        """See `TrackFollower`."""
        room = self._driver.rooms.registry.with_id(RoomId(track.meeting))
        active = self._active.get(room.recording) if room is not None else None
        if active is not None and active.running:
            with suppress(RecordingError):
                self._recorder.remove_track(active.record.id, track.id)

    def away(self, participant: str) -> None:
        """See `TrackFollower`."""

    def _automatic(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self._settings.automatic)

    async def _start_automatically(self, room: Room) -> None:
        try:
            await self.start(room, AUTOMATIC, "", Wish())
        except RequestRefused as refusal:
            if refusal.code != "conflict":
                log.error("room %s cannot be recorded: %s", room.id, refusal.message)

    # --- what is kept ------------------------------------------------------------------------------------

    def now(self, record: RecordingRecord) -> RecordingRecord:
        """A recording that was read, as it is at this moment."""
        active = self._active.get(record.id)
        if active is None:
            return self._ended.get(record.id, record)
        duration_ms = max(0, self._node.unix_ms(time.monotonic()) - record.started_at)
        return replace(active.record, duration_ms=duration_ms, problems=[*active.problems])

    async def delete(self, record: RecordingRecord, by: Subject) -> None:
        """Its files go, and that there was one. Raises `RequestRefused`."""
        if not record.state.over:
            raise RequestRefused("conflict", "it is not finished")
        await self.on_delete(record.id)
        async with self._noting:
            try:
                await self.shelf.delete(record)
            except BucketError as error:
                raise RequestRefused("unavailable", str(error)) from error
            self._ended.pop(record.id, None)
            await self._stored.delete(record.id)
        at = self._node.unix_ms(time.monotonic())
        detail = {"recording": record.id}
        self._node.audit.done(at, record.room, "delete_recording", by, Concerned(record.started_by), detail)

    def retire_soon(self) -> None:
        """Something takes more room: is there too much?"""
        self._retired_at = time.monotonic()
        if self._settings.keep_days or self._settings.keep_bytes:
            self._run(self._retire())

    async def _retire(self) -> None:
        films = await self._films.octets(self._node.name)
        records = [
            replace(record, octets=record.octets + films.get(record.id, 0))
            for record in await self._stored.over(self._node.name)
        ]
        now_ms = self._node.unix_ms(time.monotonic())
        for record in too_old(records, self._settings.keep_days, self._settings.keep_bytes, now_ms):
            log.info("recording %s is deleted: it was kept long enough", record.id)
            try:
                await self.delete(record, AUTOMATIC)
            except RequestRefused as refusal:
                log.error("recording %s cannot be deleted: %s", record.id, refusal.message)


def too_old(
    records: Sequence[RecordingRecord], keep_days: float, keep_bytes: int, now_ms: int
) -> list[RecordingRecord]:
    """Which of these, the oldest first, are to go: 0 keeps any age, any size."""
    total = sum(record.octets for record in records)
    gone: list[RecordingRecord] = []
    for record in records:
        age_ms = now_ms - (record.ended_at or record.started_at)
        if (keep_days and age_ms > keep_days * DAY_MS) or (keep_bytes and total > keep_bytes):
            gone.append(record)
            total -= record.octets
    return gone


def lacks_index(record: RecordingRecord) -> bool:
    """Is there a file that could not be finished? It plays, but cannot be sought in."""
    return any(not file["complete"] for file in record.files)


def finished(record: RecordingRecord, manifest: Manifest | None) -> RecordingRecord:
    """As its manifest says it is."""
    if manifest is None:
        return replace(record, state=RecordingState.FAILED, ended_at=record.ended_at or record.started_at)
    files = [
        {"track": track.id, "participant": track.participant, "source": track.source, **asdict(file)}
        for track in manifest.tracks
        for file in track.files
    ]
    return replace(
        record,
        state=RecordingState.INTERRUPTED if manifest.state == "recording" else RecordingState(manifest.state),
        ended_at=record.ended_at or manifest.started_at + manifest.duration_ms,
        duration_ms=manifest.duration_ms,
        octets=sum(file.bytes for file in manifest.files()),
        files=files,
        problems=[asdict(problem) for problem in manifest.problems[:MAX_PROBLEMS]],
    )


def event_of(recording: str, *, running: bool) -> dict[str, Any]:
    """The event that everybody is told."""
    return {"type": "recording", "active": running, "recording": recording}


def describe(record: RecordingRecord) -> dict[str, Any]:
    """The recording object of PROTOCOL.md 4."""
    return {
        "id": record.id,
        "room": record.room,
        "meeting": record.meeting,
        "state": record.state.value,
        "started_by": {"identity": record.started_by, "name": record.started_by_name},
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "duration_ms": record.duration_ms,
        "bytes": record.octets,
        "layout": record.layout,
        "files": list(record.files),
        "problems": list(record.problems),
    }


async def _nothing(recording: str) -> None:
    """Nobody works on it."""


def _shown(room: Room, track: str) -> bool:
    """Is it there, and of somebody whom the others see?"""
    known = room.tracks.get(TrackId(track))
    return known is not None and not room.participants[known.participant].hidden
