"""`manifest.json`: what a recording holds, and what it lacks (docs/recording.md)."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import orjson
from pydantic import TypeAdapter

MANIFEST: Final = "manifest.json"
JOURNAL: Final = "journal.jsonl"

MAX_LISTED: Final = 1000
"""Gaps a track, and problems a recording, that are listed one by one; the others are counted."""

GAP_S: Final = {"video": 1.0, "audio": 0.1}
"""Longer times without a frame are listed as gaps."""

Reason = Literal["loss", "silence", "disk", "recorder"]
State = Literal["recording", "finished", "interrupted"]


@dataclass(slots=True)
class FileEntry:
    """A media file. It begins `offset_ms` after the recording; `complete`: it has its index and duration."""

    name: str
    codec: str
    offset_ms: int
    duration_ms: int = 0
    width: int = 0
    height: int = 0
    frames: int = 0
    keyframes: int = 0
    complete: bool = False
    bytes: int = 0
    sha256: str = ""


@dataclass(slots=True)
class Gap:
    """A time without pictures or sound: packets were lost, none were sent, no file could be written, or there
    was no recorder."""

    from_ms: int
    to_ms: int
    reason: Reason


@dataclass(slots=True)
class TrackEntry:
    """A track and its files, one after another. `lost` packets never came, `late` ones came too late, `queue`
    ones were dropped between node and recorder, `skipped` ones could not be decoded for want of others."""

    id: str
    kind: Literal["audio", "video"]
    source: str
    participant: str = ""
    identity: str = ""
    name: str = ""
    files: list[FileEntry] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    more_gaps: int = 0
    packets: int = 0
    lost: int = 0
    late: int = 0
    queue: int = 0
    skipped: int = 0
    malformed: int = 0

    def add_gap(self, gap: Gap) -> None:
        """List it, or count it."""
        if len(self.gaps) < MAX_LISTED:
            self.gaps.append(gap)
        else:
            self.more_gaps += 1


@dataclass(slots=True)
class Problem:
    """What went wrong, `at_ms` after the beginning: ``disk_full``, ``not_writable``, ``no_keyframe``,
    ``malformed``, ``clock_jump``, ``recorder_restarted``, ``queue_full``."""

    at_ms: int
    code: str
    track: str = ""
    detail: str = ""


@dataclass(slots=True)
class Manifest:
    """The whole of it. Times are milliseconds since `started_at`, which is UTC milliseconds since 1970."""

    recording: str
    started_at: int
    about: dict[str, Any] = field(default_factory=dict)
    state: State = "recording"
    duration_ms: int = 0
    tracks: list[TrackEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    journal: str = JOURNAL
    journal_bytes: int = 0
    journal_sha256: str = ""
    version: int = 1

    def files(self) -> list[FileEntry]:
        """Every file of every track."""
        return [file for track in self.tracks for file in track.files]

    def add_problem(self, problem: Problem) -> None:
        """List it, if there is room."""
        if len(self.problems) < MAX_LISTED:
            self.problems.append(problem)


_ADAPTER: Final = TypeAdapter(Manifest)


def dump_manifest(manifest: Manifest) -> bytes:
    """As it stands in the file."""
    return orjson.dumps(manifest, option=orjson.OPT_INDENT_2)


def load_manifest(content: bytes) -> Manifest:
    """Raises ValueError if it is none."""
    return _ADAPTER.validate_json(content)


def write_manifest(folder: Path, manifest: Manifest, durable: bool = True) -> None:
    """Replace the file, whole or not at all. Raises OSError.

    `durable`: it is on the disk before this returns, which may take it a while.
    """
    unfinished = folder / f".{MANIFEST}"
    try:
        with unfinished.open("wb") as file:
            file.write(dump_manifest(manifest))
            file.flush()
            if durable:
                os.fsync(file.fileno())
        unfinished.replace(folder / MANIFEST)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder; None if there is none that can be read."""
    try:
        return load_manifest((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
