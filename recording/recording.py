"""One recording: its tracks, its journal, its manifest."""

from collections.abc import Callable
from errno import EMFILE
from pathlib import Path
from typing import Any, Final, Protocol

from recording.file_names import file_word
from recording.journal_file import JournalFile
from recording.manifest import (
    JOURNAL,
    FileEntry,
    Manifest,
    Problem,
    TrackEntry,
    read_manifest,
    write_manifest,
)
from recording.records import TapPacket
from recording.track import OpenedFile, Output, RecordedTrack, problem_code
from sfu.errors import LocalError

MANIFEST_EVERY_S: Final = 5.0
"""How old `manifest.json` may be when a machine dies."""


TELL_DISK_EVERY_S: Final = 60.0
"""Manifest and journal are tried more often than somebody wants to hear that they cannot be written."""


MAX_FILES: Final = 10_000
"""Of a recording; a track begins one for each time that it changes its codec."""


class OpenFile(Protocol):
    """Makes a media file: `recording.media_file.open_media_file`. Raises OSError."""

    def __call__(self, path: Path, codec: str, width: int, height: int) -> Output: ...


class Occupied(LocalError):
    """The folder holds another recording."""


class Outside(Protocol):
    """Who a recording tells things: the node."""

    def problem(self, recording: str, problem: Problem) -> None:
        """Something went wrong, just now."""

    def want_keyframe(self, tap: int) -> None:
        """A track cannot go on without one."""

    def written(self, recording: str, number: int) -> None:
        """The journal is on the disk up to that line."""


class Recording:
    """Writes into `folder`, from the server's time `origin` on, which was `started_at` UTC milliseconds.

    A folder that has the manifest of this recording is gone on with: the recorder was restarted. Raises
    Occupied, and OSError if the folder cannot be written; `again` never for that: it was written before.
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
        now: float,
        again: bool = False,
    ) -> None:
        self.id = identifier
        self.folder = folder
        self._origin = origin
        self._open_file = open_file
        self._suffix_of = suffix_of
        self._outside = outside
        self._tracks: dict[int, RecordedTrack] = {}
        before = read_manifest(folder)
        if before is not None and (before.recording, before.started_at) != (identifier, started_at):
            raise Occupied(f"the folder holds {before.recording}")
        self.manifest = before or Manifest(identifier, started_at, about=about)
        self.manifest.state = "recording"
        self._files = len(self.manifest.files())
        self._journal = JournalFile(folder / JOURNAL)
        self._now = now
        self._saved_at = now
        self._disk_told_at = -float("inf")
        try:
            write_manifest(folder, self.manifest)
            self._journal.write()
        except OSError as error:
            if not again:
                raise
            self._tell_disk(error)
        if again:
            self.problem("recorder_restarted", now, "")
        self._outside.written(identifier, self._journal.written)

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

    def event(self, number: int, event: dict[str, Any], at: float) -> None:
        """A line for the journal, at that time of the server's clock; what came before the beginning stands
        there."""
        self._journal.add(number, {"at_ms": max(self._ms(at), 0), **event})

    def tick(self, now: float) -> None:
        """Some time passed."""
        self._now = now = max(now, self._now)
        for track in self._tracks.values():
            track.tick(now)
        self._write_journal()
        if now - self._saved_at >= MANIFEST_EVERY_S:
            self._saved_at = now
            self._save()

    def stop(self, now: float, interrupted: bool = False) -> None:
        """Finish every file."""
        self._now = now = max(now, self._now)
        for track in self._tracks.values():
            track.finish(now)
        self._tracks.clear()
        self._write_journal()
        self.manifest.state = "interrupted" if interrupted else "finished"
        self._save()

    # --- as the shelf of its tracks ----------------------------------------------------------------------

    def open(self, track: TrackEntry, codec: str, at: float, width: int, height: int) -> OpenedFile:
        """A new media file; the number in its name is its own.

        The manifest knows of it before it is there, so that no crash forgets it.
        """
        if len(self.manifest.files()) >= MAX_FILES:
            raise OSError(EMFILE, "too many files")
        stem = f"{file_word(track.name, 'someone')}-{file_word(track.source, track.kind)}"
        while True:
            self._files += 1
            name = f"{self._files:02}-{stem}{self._suffix_of(codec)}"
            if not (self.folder / name).exists():
                break
        entry = FileEntry(name, codec, round(at * 1000))
        track.files.append(entry)
        self._save(durable=False)
        try:
            return entry, self._open_file(self.folder / name, codec, width, height)
        except BaseException:
            track.files.remove(entry)
            raise

    def problem(self, code: str, at: float, track: str, detail: str = "") -> None:
        """Note it, and tell it at once."""
        problem = Problem(self._ms(at), code, track, detail)
        self.manifest.add_problem(problem)
        self._outside.problem(self.id, problem)

    # --- files -------------------------------------------------------------------------------------------

    def _ms(self, at: float) -> int:
        return round((at - self._origin) * 1000)

    def _write_journal(self) -> None:
        before = self._journal.written
        try:
            self._journal.write()
        except OSError as error:
            self._tell_disk(error)
        if self._journal.written != before:
            self._outside.written(self.id, self._journal.written)

    def _save(self, durable: bool = True) -> None:
        self.manifest.duration_ms = self._ms(self._now)
        try:
            write_manifest(self.folder, self.manifest, durable)
        except OSError as error:
            self._tell_disk(error)

    def _tell_disk(self, error: OSError) -> None:
        if self._now - self._disk_told_at >= TELL_DISK_EVERY_S:
            self._disk_told_at = self._now
            self.problem(problem_code(error), self._now, "", error.strerror or str(error))
