"""The last pass over files: what was cut off is whole, and every browser plays it."""

import subprocess
import sys
from pathlib import Path

import pytest

from recording.exit_codes import REPAIRED
from recording.manifest import FileEntry, Manifest, TrackEntry, read_manifest, write_manifest
from recording.repair import recover
from tests.recording.recorded_meeting import write_video
from tests.recording.stage import decodes, probe

WHO, LAST_MS = 1, 3_000


def interrupted(folder: Path, name: str, *, cut: bool) -> FileEntry:
    """A recording of one camera whose recorder died."""
    entry = write_video(folder, name, WHO, 0, LAST_MS)
    if cut:
        path = folder / name
        path.write_bytes(path.read_bytes()[:-400])
    entry.complete = not cut
    track = TrackEntry("tr_1", "video", "camera", files=[entry])
    write_manifest(folder, Manifest("re_1", 0, {}, "recording", LAST_MS, [track]))
    return entry


def test_h264_is_copied_into_what_every_browser_plays(tmp_path: Path) -> None:
    for folder, cut in ((tmp_path / "cut", True), (tmp_path / "whole", False)):
        folder.mkdir()
        before = interrupted(folder, "01-ada-camera.mkv", cut=cut)
        manifest = recover(folder)
        assert manifest is not None
        assert manifest == read_manifest(folder)
        (entry,) = manifest.files()
        assert (entry.name, entry.codec, entry.complete) == ("01-ada-camera.mp4", "H264", True)
        path = folder / entry.name
        assert {one.name for one in folder.iterdir()} == {entry.name, "manifest.json"}
        found = probe(path)
        assert (found.codec, len(found.packets)) == ("h264", entry.frames)
        assert before.frames - 12 * cut <= entry.frames <= before.frames
        assert decodes(path) == ""
        assert entry.bytes == path.stat().st_size
        # The index stands before the pictures.
        assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat")
        assert recover(folder) is None


@pytest.mark.parametrize("frames", [1, 6, 7, 8])
def test_however_few_frames_there_are_they_stay(tmp_path: Path, frames: int) -> None:
    entry = write_video(tmp_path, "01-ada-camera.mkv", WHO, 0, frames * 1000 // 15 + 1)
    track = TrackEntry("tr_1", "video", "camera", files=[entry])
    write_manifest(tmp_path, Manifest("re_1", 0, {}, "recording", LAST_MS, [track]))
    manifest = recover(tmp_path)
    assert manifest is not None
    assert [(file.name, file.frames, file.keyframes) for file in manifest.files()] == [
        ("01-ada-camera.mp4", frames, 1)
    ]
    assert len(probe(tmp_path / "01-ada-camera.mp4").packets) == frames
    assert decodes(tmp_path / "01-ada-camera.mp4") == ""


def test_what_there_was_no_room_to_copy_is_copied_once_there_is(tmp_path: Path) -> None:
    for folder, cut in ((tmp_path / "cut", True), (tmp_path / "whole", False)):
        folder.mkdir()
        interrupted(folder, "01-ada-camera.mkv", cut=cut)
        repair = ("prlimit", "--fsize=5000", sys.executable, "-m", "recording.repair", str(folder))
        assert subprocess.run(repair, check=False).returncode == REPAIRED
        manifest = read_manifest(folder)
        assert manifest is not None
        assert [(file.name, file.complete) for file in manifest.files()] == [("01-ada-camera.mkv", False)]
        manifest = recover(folder)
        assert manifest is not None
        assert [(file.name, file.complete) for file in manifest.files()] == [("01-ada-camera.mp4", True)]
        assert recover(folder) is None


def test_what_that_does_not_take_stays_as_it_was_written(tmp_path: Path) -> None:
    interrupted(tmp_path, "01-ada-camera.webm", cut=True)
    manifest = read_manifest(tmp_path)
    assert manifest is not None
    (entry,) = manifest.files()
    (tmp_path / entry.name).rename(tmp_path / "01-ada-camera.mkv")
    entry.name = "01-ada-camera.mkv"
    write_manifest(tmp_path, manifest)
    manifest = recover(tmp_path)
    assert manifest is not None
    (entry,) = manifest.files()
    assert (entry.name, entry.complete) == ("01-ada-camera.mkv", True)
    assert decodes(tmp_path / entry.name) == ""


def test_a_copy_that_was_all_but_done_leaves_nothing_behind(tmp_path: Path) -> None:
    interrupted(tmp_path, "01-ada-camera.mkv", cut=False)
    before = (tmp_path / "01-ada-camera.mkv").read_bytes()
    recover(tmp_path)
    (tmp_path / "01-ada-camera.mkv").write_bytes(before)
    assert recover(tmp_path) is None
    assert not (tmp_path / "01-ada-camera.mkv").exists()
