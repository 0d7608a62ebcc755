"""The last pass over a recording: files that were cut off get their index and duration, all their checksums.

H264 is written to Matroska while it comes, which plays up to the last second whatever happens, and copied
into MP4 at the end, which every browser plays.

``python -m recording.repair FOLDER`` does it for a recording whose node and recorder both died.
"""

import hashlib
import os
import sys
from errno import ENOSPC
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Final

import av

from recording.disk_room import has_room
from recording.exit_codes import NOTHING_TO_DO, REPAIRED
from recording.folder_lock import FolderLock
from recording.manifest import FileEntry, Gap, Manifest, TrackEntry, read_manifest, write_manifest

NICE: Final = 10
"""Nobody waits for it."""

RESTART_GAP_MS: Final = 100
"""Of pictures too: what was lost with a recorder is said, however little a viewer misses."""


WRITTEN: Final = ".mkv"
PLAYED: Final = ".mp4"

FORMATS: Final = {
    ".webm": ("webm", {}),
    WRITTEN: ("matroska", {}),
    # The index in front: who watches over a network sees the first picture sooner.
    PLAYED: ("mp4", {"movflags": "+faststart"}),
}


class Unplayable(Exception):
    """There is nothing in the file that could be played."""


def finish(folder: Path, manifest: Manifest) -> None:
    """Repair and check every file of `manifest`, and write it. Raises OSError if that cannot be written.

    Files that hold nothing are removed.
    """
    for track in manifest.tracks:
        track.files = [entry for entry in track.files if _finish_entry(folder, entry)]
        _note_restarts(track, [one.at_ms for one in manifest.problems if one.code == "recorder_restarted"])
    journal = folder / manifest.journal
    if journal.exists():
        manifest.journal_bytes, manifest.journal_sha256 = _checksum(journal)
    write_manifest(folder, manifest)
    _remove_copied(folder, manifest)


def _note_restarts(track: TrackEntry, restarts_ms: list[int]) -> None:
    """What went by while there was no recorder: only now is it known how far the files before it reach."""
    for before, after in pairwise(track.files):
        end_ms = before.offset_ms + before.duration_ms
        gap = Gap(end_ms, after.offset_ms, "recorder")
        restarted = any(end_ms <= at_ms <= after.offset_ms + after.duration_ms for at_ms in restarts_ms)
        if restarted and after.offset_ms - end_ms > RESTART_GAP_MS and gap not in track.gaps:
            track.add_gap(gap)
    track.gaps.sort(key=attrgetter("from_ms"))


def _remove_copied(folder: Path, manifest: Manifest) -> None:
    """What the manifest does not need any more."""
    for file in manifest.files():
        if file.name.endswith(PLAYED):
            (folder / file.name).with_suffix(WRITTEN).unlink(missing_ok=True)


def recover(folder: Path) -> Manifest | None:
    """Finish a recording that nobody writes any more; None if the folder has none, or it is whole.

    What there was no room for may be `complete` the next time. Waits while a recorder still has the folder.
    Raises OSError.
    """
    if not folder.is_dir():
        return None
    lock = FolderLock(folder, wait=True)
    try:
        manifest = read_manifest(folder)
        if manifest is None:
            return None
        if _whole(manifest):
            _remove_copied(folder, manifest)
            return None
        if manifest.state == "recording":
            manifest.state = "interrupted"
        finish(folder, manifest)
        ends = [file.offset_ms + file.duration_ms for file in manifest.files()]
        manifest.duration_ms = max([manifest.duration_ms, *ends])
        write_manifest(folder, manifest)
        return manifest
    finally:
        lock.release()


def _whole(manifest: Manifest) -> bool:
    return manifest.state != "recording" and all(file.complete and file.sha256 for file in manifest.files())


def _finish_entry(folder: Path, entry: FileEntry) -> bool:
    """Whether the file stays in the manifest."""
    path = folder / entry.name
    targets = [path.with_suffix(PLAYED)] if path.suffix == WRITTEN else []
    if not entry.complete:
        targets.append(path)
    for target in targets:
        try:
            _check_room(path)
            entry.frames, entry.keyframes, entry.duration_ms = remux(path, target)
        except Unplayable:
            path.unlink(missing_ok=True)
            return False
        except OSError:
            entry.complete = False  # no room now: it plays all the same
            continue
        except (ValueError, av.FFmpegError):
            continue  # nothing for that format
        entry.name, entry.complete, entry.sha256 = target.name, True, ""
        break
    if not entry.sha256:
        entry.bytes, entry.sha256 = _checksum(folder / entry.name)
    return True


def _check_room(path: Path) -> None:
    """The copy must not fill the disk on its way to failing."""
    if not path.is_file():
        raise Unplayable(path.name)
    if not has_room(path.parent, path.stat().st_size):
        raise OSError(ENOSPC, os.strerror(ENOSPC))


def _checksum(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def remux(path: Path, target: Path) -> tuple[int, int, int]:
    """Write a file anew, with index and duration, as `target`, which may be itself: (packets, key frames of
    video, duration in ms).

    Raises OSError, ValueError or FFmpegError, with everything as it was, and Unplayable.
    """
    whole = target.with_name(f".{target.name}")
    try:
        copied = _copy(path, whole)
    except BaseException:
        whole.unlink(missing_ok=True)
        raise
    whole.replace(target)
    return copied


def _copy(path: Path, whole: Path) -> tuple[int, int, int]:
    frames = keyframes = duration_ms = 0
    try:
        source = av.open(str(path), metadata_errors="replace")
    except (FileNotFoundError, EOFError, av.error.InvalidDataError) as error:
        raise Unplayable(path.name) from error
    with source:
        if not source.streams:
            raise Unplayable(path.name)
        stream = source.streams[0]
        form, options = FORMATS[whole.suffix]
        with av.open(str(whole), "w", format=form, options=options) as target:
            copy = target.add_stream_from_template(stream)
            last = -1
            for packet in source.demux(stream):
                # Frames are written as they are decoded, at growing times. Of H264 FFmpeg guesses an order of
                # its own from the first ones, and of some files leaves the first, or all, without a place.
                at = packet.pts
                if at is None or at <= last or packet.is_corrupt:
                    continue
                last = packet.dts = at
                frames += 1
                keyframes += packet.is_keyframe and stream.type == "video"
                duration_ms = round(last * float(packet.time_base) * 1000)
                packet.stream = copy
                target.mux_one(packet)
    if not frames:
        raise Unplayable(path.name)
    return frames, keyframes, duration_ms


def main() -> None:
    """The program: one folder."""
    os.setpgrp()  # see `recording.process`
    os.nice(NICE)
    try:
        repaired = recover(Path(sys.argv[1]))
    except OSError as error:
        sys.exit(f"{error.strerror or error}")
    sys.exit(NOTHING_TO_DO if repaired is None else REPAIRED)


if __name__ == "__main__":
    main()
