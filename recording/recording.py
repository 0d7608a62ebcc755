"""One recording: its tracks, its journal, its manifest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import orjson

from recording.manifest import (
    JOURNAL,
    Manifest,
    Problem,
    TrackEntry,
    read_manifest,
    write_manifest,
)
from recording.records import TapPacket
from recording.track import Output, RecordedTrack, problem_code

MANIFEST_EVERY_S: Final = 5.0
"""How old `manifest.json` may be when a machine dies."""


class OpenFile(Protocol):
    """Makes a media file: `recording.media_file.open_media_file`. Raises OSError."""

    def __call__(self, path: Path, codec: str, width: int, height: int) -> Output: ...


class Outside(Protocol):
    """Who a recording tells things: the node."""

    def problem(self, recording: str, problem: Problem) -> None:
        """Something went wrong, just now."""

    def want_keyframe(self, tap: int) -> None:
        """A track cannot go on without one."""


class Recording:
    """Writes into `folder`, from the server's time `origin` on, which was `started_at` UTC milliseconds.

    A folder that has the manifest of this recording is gone on with: the recorder was restarted. Raises
    OSError if the folder cannot be written.
    """

    def __init__(
        self,
        identifier: str,
        folder: Path,
        origin: float,
        started_at: int,
        about: dict[str, Any],
        open_file: OpenFile,
        outside: Outside,
        suffix_of: Callable[[str], str],
    ) -> None:
        self.id = identifier
        self.folder = folder
        self._origin = origin
        self._open_file = open_file
        self._suffix_of = suffix_of
        self._outside = outside
        self._tracks: dict[int, RecordedTrack] = {}
        self._lines: list[bytes] = []
        folder.mkdir(parents=True, exist_ok=True)
        before = read_manifest(folder)
        resumed = before is not None and before.recording == identifier
        self.manifest = (
            before if before is not None and resumed else Manifest(identifier, started_at, about=about)
        )
        self._files = len(self.manifest.files())
        self._written_at = -float("inf")
        self._disk_told = False
        write_manifest(folder, self.manifest)
        (folder / JOURNAL).open("ab").close()

    @property
    def resumed(self) -> bool:
        """Whether an earlier recorder wrote files here."""
        return self._files > 0

    # --- what comes --------------------------------------------------------------------------------------

    def add_track(self, tap: int, entry: TrackEntry) -> None:
        """Packets of `tap` are this track's; one that was here before goes on with its entry."""
        known = next((track for track in self.manifest.tracks if track.id == entry.id), None)
        if known is None:
            self.manifest.tracks.append(entry)
        self._tracks[tap] = RecordedTrack(
            known or entry, self._origin, self, lambda: self._outside.want_keyframe(tap)
        )

    def remove_track(self, tap: int, now: float) -> None:
        """The track is over; its file is finished."""
        track = self._tracks.pop(tap, None)
        if track is not None:
            track.finish(now)

    def begin_run(self, tap: int, run: int, codec: str) -> None:
        """See `RecordedTrack.begin_run`."""
        if tap in self._tracks:
            self._tracks[tap].begin_run(run, codec)

    def receive(self, packet: TapPacket) -> None:
        """A packet of one of the tracks."""
        track = self._tracks.get(packet.tap)
        if track is not None:
            track.receive(packet)

    def dropped(self, tap: int, packets: int, now: float) -> None:
        """The node could not hand over so many packets."""
        if tap in self._tracks:
            entry = self._tracks[tap].entry
            entry.queue += packets
            self.problem("queue_full", now, entry.id, f"{packets} packets")

    def event(self, event: dict[str, Any], at: float) -> None:
        """Something for the journal, at that time of the server's clock."""
        self._lines.append(orjson.dumps({"at_ms": self._ms(at), **event}) + b"\n")

    def tick(self, now: float) -> None:
        """Some time passed."""
        for track in self._tracks.values():
            track.tick(now)
        self._write_journal(now)
        if now - self._written_at >= MANIFEST_EVERY_S:
            self._written_at = now
            self._write(now)

    def stop(self, now: float, interrupted: bool = False) -> None:
        """Finish every file."""
        for track in self._tracks.values():
            track.finish(now)
        self._tracks.clear()
        self._write_journal(now)
        self.manifest.state = "interrupted" if interrupted else "finished"
        self._write(now)

    # --- as the shelf of its tracks ----------------------------------------------------------------------

    def open(self, stem: str, codec: str, width: int, height: int) -> tuple[str, Output]:
        """A new media file; the number in its name is its own."""
        self._files += 1
        name = f"{self._files:02}-{stem}{self._suffix_of(codec)}"
        return name, self._open_file(self.folder / name, codec, width, height)

    def problem(self, code: str, at: float, track: str, detail: str = "") -> None:
        """Note it, and tell it at once."""
        problem = Problem(self._ms(at), code, track, detail)
        self.manifest.add_problem(problem)
        self._outside.problem(self.id, problem)

    # --- files -------------------------------------------------------------------------------------------

    def _ms(self, at: float) -> int:
        return round((at - self._origin) * 1000)

    def _write_journal(self, now: float) -> None:
        lines = b"".join(self._lines)
        if not lines:
            return
        try:
            with (self.folder / JOURNAL).open("ab") as journal:
                journal.write(lines)
        except OSError as error:
            self._tell_disk(error, now)  # the lines are kept for the next try
            del self._lines[:-MAX_LINES_KEPT]
        else:
            self._lines.clear()

    def _write(self, now: float) -> None:
        self.manifest.duration_ms = self._ms(now)
        try:
            write_manifest(self.folder, self.manifest)
        except OSError as error:
            self._tell_disk(error, now)
        else:
            self._disk_told = False

    def _tell_disk(self, error: OSError, now: float) -> None:
        if not self._disk_told:
            self._disk_told = True
            self.problem(problem_code(error), now, "", error.strerror or str(error))


MAX_LINES_KEPT: Final = 10_000
"""Of the journal, while the disk takes none."""
