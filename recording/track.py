"""One recorded track: packets of its runs in, frames into its files."""

from collections.abc import Callable
from dataclasses import dataclass
from errno import EDQUOT, EFBIG, ENOSPC
from typing import Final, Protocol

from recording.depacketize import depacketizer
from recording.frames import Frame, FrameAssembler
from recording.manifest import GAP_S, FileEntry, Gap, Reason, TrackEntry
from recording.records import TapPacket
from recording.reorder import PATIENCE_S, ReorderBuffer
from recording.timeline import Timeline
from sfu.codecs.opus import duration_samples
from sfu.errors import RemoteError

NO_KEYFRAME_S: Final = 5.0
"""Packets without a picture for so long are a problem worth telling."""

SILENT_AFTER_S: Final = 2.0
"""Where no packet comes for so long nobody waits for a picture: the camera is muted, the screen still."""

ASK_KEYFRAME_S: Final = 2.0
"""A key frame that came and was broken is asked for again."""

FIRST_RETRY_S: Final = 10.0
LONGEST_RETRY_S: Final = 300.0
"""After an error of the disk, in pauses that grow from error to error: perhaps somebody made room."""

STEADY_MS: Final = 60_000
"""A file that went on for so long was no vain try."""

SILENT_OPUS: Final = b"\xf8\xff\xfe"
SILENT_S: Final = 0.020
"""20 ms of silence (as mediasoup and Chromium write it): what fills the times when nothing was sent."""

FILL_AFTER_S: Final = 2 * PATIENCE_S
"""Silence is written for times this far back: nothing comes for them any more."""

OVERLAP_S: Final = 0.040
"""Sound that reaches further back than this over what is written is left out."""

MAX_RUNS: Final = 8
"""Runs whose first key frame is awaited; the oldest is forgotten."""

TELL_JUMP_EVERY_S: Final = 10.0

OPUS_HZ: Final = 48_000
VIDEO_HZ: Final = 90_000
UNKNOWN_SIZE: Final = (640, 360)
"""For the file's header where a stream does not tell; players believe the stream."""


class NoSuchMedia(Exception):
    """A frame is not what its codec says, and no file takes it."""


class Output(Protocol):
    """An open file: `recording.media_file.MediaFile`. Raises OSError, or NoSuchMedia."""

    def write(self, data: bytes, at_ms: int, keyframe: bool) -> None:
        """The next frame."""

    def close(self) -> None:
        """Finish it."""


OpenedFile = tuple[FileEntry, Output]


class Shelf(Protocol):
    """Where a track's files stand: its recording."""

    def open(self, track: TrackEntry, codec: str, at: float, width: int, height: int) -> OpenedFile:
        """A new file of the track, that begins `at` seconds of the recording. Raises OSError, NoSuchMedia."""

    def problem(self, code: str, at: float, track: str, detail: str = "") -> None:
        """Something went wrong at that time of the server's clock."""


class Run:
    """A stretch of packets numbered together; `frames` is None for audio."""

    def __init__(self, codec: str) -> None:
        self.codec = codec
        self.buffer = ReorderBuffer()
        self.frames = None if codec == "opus" else FrameAssembler(codec, depacketizer(codec))


@dataclass(slots=True)
class Counters:
    """Of runs, as in `TrackEntry`."""

    lost: int
    late: int
    skipped: int
    malformed: int

    def add(self, run: Run) -> None:
        """Count a run's in."""
        self.lost += run.buffer.lost
        self.late += run.buffer.late
        if run.frames is not None:
            self.skipped += run.frames.skipped
            self.malformed += run.frames.malformed


class RecordedTrack:
    """Follows a track from run to run and file to file.

    A new run takes over with its first frame, in video a key frame; a new file begins where the codec
    changes, or the old one could not be written on. Times are seconds of the server's clock.
    """

    def __init__(
        self, entry: TrackEntry, origin: float, shelf: Shelf, want_keyframe: Callable[[], None]
    ) -> None:
        self.entry = entry
        self._shelf = shelf
        self._want_keyframe = want_keyframe
        self._origin = origin
        self._audio = entry.kind == "audio"
        self._timeline = Timeline(origin, OPUS_HZ if self._audio else VIDEO_HZ)
        self._runs: dict[int, Run] = {}
        self._active = -1
        self._file: FileEntry | None = None
        self._output: Output | None = None
        self._end: float | None = None  # of what is written, silence included, since the recording began
        self._heard: float | None = None  # the same without silence
        self._lost_before = 0
        self._disk_failed = False  # since `_heard`
        self._retry_at = -float("inf")
        self._retry_s = FIRST_RETRY_S
        self._arrived_at = -float("inf")
        self._waiting_since: float | None = None
        self._asked_at = 0.0
        self._told = False
        self._tell_jump_at = -float("inf")
        self._over = Counters(entry.lost, entry.late, entry.skipped, entry.malformed)

    def begin_run(self, number: int, codec: str) -> None:
        """Packets of a new run may come; LocalError for a codec that cannot be recorded."""
        while len(self._runs) >= MAX_RUNS:
            oldest = min(run for run in self._runs if run != self._active)
            self._over.add(self._runs.pop(oldest))
        self._runs[number] = Run(codec)

    def receive(self, packet: TapPacket) -> None:
        """A packet came, in any order; of a run that is over it is dropped."""
        run = self._runs.get(packet.run)
        if run is None:
            return
        self.entry.packets += 1
        self._arrived_at = packet.arrival
        for ordered in run.buffer.put(packet):
            self._advance(packet.run, run, ordered)

    def tick(self, now: float) -> None:
        """Some time passed: give up on what is missing, fill silence, see whether there is a picture."""
        for number, run in [*self._runs.items()]:
            for packet in run.buffer.expire(now):
                self._advance(number, run, packet)
        if self._audio:
            self._fill(now - self._origin - FILL_AFTER_S, now)
        else:
            self._look_for_picture(now)
        self._count()

    def finish(self, now: float) -> None:
        """Nothing more comes."""
        for number, run in [*self._runs.items()]:
            for packet in run.buffer.flush():
                self._advance(number, run, packet)
        if self._audio:
            self._fill(now - self._origin, now)
        self._note_gap(now - self._origin)
        self._count()
        self._runs.clear()
        self._close(now)

    # --- frames ------------------------------------------------------------------------------------------

    def _advance(self, number: int, run: Run, packet: TapPacket) -> None:
        if number < self._active:
            return
        if run.frames is None:
            frame = Frame(packet.payload, packet.timestamp, packet.capture, packet.arrival, True)
            self._place(number, run, frame)
            return
        for frame in run.frames.push(packet):
            self._place(number, run, frame)
        if run.frames.waiting:
            if self._waiting_since is None:
                self._waiting_since = packet.arrival
            if packet.lost:
                self._ask_keyframe(packet.arrival)
        elif number == self._active:
            self._waiting_since = None

    def _place(self, number: int, run: Run, frame: Frame) -> None:
        if number != self._active:
            self._take_over(number, run, frame)
        length_s = 0.0
        if self._audio:
            try:
                length_s = duration_samples(frame.data) / OPUS_HZ
            except RemoteError:
                self._over.malformed += 1
                return
        placed = self._timeline.place(frame.timestamp, frame.capture)
        if placed.leapt and frame.arrival >= self._tell_jump_at:
            self._tell_jump_at = frame.arrival + TELL_JUMP_EVERY_S
            detail = f"{abs(placed.leapt):.3f} s"  # which of its clocks was set is not known
            self._shelf.problem("clock_jump", frame.arrival, self.entry.id, detail)
        if self._audio:
            if self._end is not None and self._end - placed.at > OVERLAP_S:
                self._over.skipped += 1  # its time is taken: silence was written, or a clock was set back
                return
            self._fill(placed.at, frame.arrival)
        if self._write(frame, run.codec, placed.at):
            self._note_gap(placed.at)
            self._heard = self._end = max(placed.at + length_s, self._end or 0.0)

    def _take_over(self, number: int, run: Run, first: Frame) -> None:
        """The first frame of a newer run: what the older had before it is still written."""
        for older in sorted(old for old in self._runs if old < number):
            self._finish_run(older, first.capture)
        self._active = number
        self._timeline.begin_run()
        self._waiting_since = None
        self._told = False
        if self._file is not None and self._file.codec != run.codec:
            self._close(first.arrival)

    def _finish_run(self, number: int, until: float) -> None:
        run = self._runs[number]
        for packet in run.buffer.flush():
            if packet.capture < until:
                self._advance(number, run, packet)
        self._over.add(run)
        del self._runs[number]

    def _note_gap(self, at: float) -> None:
        end, lost = self._heard, self._over.lost + sum(run.buffer.lost for run in self._runs.values())
        if end is not None and at - end > GAP_S[self.entry.kind]:
            reason: Reason = "silence"
            if self._disk_failed:
                reason = "disk"
            elif lost != self._lost_before:
                reason = "loss"
            self.entry.add_gap(Gap(round(end * 1000), round(at * 1000), reason))
        self._disk_failed = False
        self._lost_before = lost

    def _fill(self, until: float, now: float) -> None:
        """Silence up to about `until`, so that a file plays in step whatever was not sent."""
        end = self._end
        if end is None or self._output is None:
            return
        while until - end >= SILENT_S and self._output is not None:
            self._write(Frame(SILENT_OPUS, 0, now, now, True), "opus", end)
            end += SILENT_S
        self._end = end

    # --- files -------------------------------------------------------------------------------------------

    def _write(self, frame: Frame, codec: str, at: float) -> bool:
        """Whether the file took it."""
        if self._output is None and not self._open(frame, codec, at):
            return False
        file, output = self._file, self._output
        assert file is not None
        assert output is not None
        at_ms = max(round(at * 1000) - file.offset_ms, file.duration_ms + 1 if file.frames else 0)
        try:
            output.write(frame.data, at_ms, frame.keyframe)
        except (OSError, NoSuchMedia) as error:
            self._fail(error, frame.arrival)
            return False
        file.frames += 1
        file.keyframes += frame.keyframe and not self._audio
        file.duration_ms = at_ms
        file.width, file.height = max(file.width, frame.width), max(file.height, frame.height)
        return True

    def _open(self, frame: Frame, codec: str, at: float) -> bool:
        if frame.arrival < self._retry_at:
            return False
        if not frame.keyframe:
            self._ask_keyframe(frame.arrival)
            return False
        width, height = (frame.width, frame.height) if frame.width else UNKNOWN_SIZE
        try:
            self._file, self._output = self._shelf.open(self.entry, codec, at, width, height)
        except (OSError, NoSuchMedia) as error:
            self._fail(error, frame.arrival)
            return False
        return True

    def _fail(self, error: OSError | NoSuchMedia, now: float) -> None:
        self._disk_failed = True
        if self._file is not None and self._file.duration_ms >= STEADY_MS:
            self._retry_s = FIRST_RETRY_S
        self._retry_at = now + self._retry_s
        self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)
        self._tell(error, now)
        self._close(now, broken=True)

    def _tell(self, error: OSError | NoSuchMedia, now: float) -> None:
        if isinstance(error, OSError):
            self._shelf.problem(problem_code(error), now, self.entry.id, error.strerror or str(error))
        else:
            self._shelf.problem("malformed", now, self.entry.id, str(error))

    def _close(self, now: float, broken: bool = False) -> None:
        file, output = self._file, self._output
        self._file = self._output = None
        if file is None or output is None:
            return
        try:
            output.close()
            file.complete = not broken
        except (OSError, NoSuchMedia) as error:
            if not broken:
                self._tell(error, now)

    # --- what is missing -----------------------------------------------------------------------------------

    def _ask_keyframe(self, now: float) -> None:
        if now - self._asked_at >= ASK_KEYFRAME_S / 10:
            self._asked_at = now
            self._want_keyframe()

    def _look_for_picture(self, now: float) -> None:
        if now - self._arrived_at > SILENT_AFTER_S:
            self._waiting_since = None  # nobody sends: there is no picture to be had
        since = self._waiting_since
        if since is None:
            self._told = False
            return
        if now - self._asked_at >= ASK_KEYFRAME_S:
            self._ask_keyframe(now)
        if now - since >= NO_KEYFRAME_S and not self._told:
            self._told = True
            self._shelf.problem("no_keyframe", now, self.entry.id)

    def _count(self) -> None:
        """Bring the counters of the manifest up to date: those of runs that are over, and of those that
        last."""
        over, entry = self._over, self.entry
        total = Counters(over.lost, over.late, over.skipped, over.malformed)
        for run in self._runs.values():
            total.add(run)
        entry.lost, entry.late = total.lost, total.late
        entry.skipped, entry.malformed = total.skipped, total.malformed


def problem_code(error: OSError) -> str:
    """A word for what the disk says."""
    return "disk_full" if error.errno in (ENOSPC, EDQUOT, EFBIG) else "not_writable"
