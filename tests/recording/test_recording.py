"""Whole recordings in simulated time, read back by ffmpeg."""

from itertools import pairwise
from pathlib import Path
from random import Random

import av
import orjson
import pytest

from tests.recording.stage import Stage, camera, decodes, microphone, only_file, pictures, probe

NAMES = {"VP8": "vp8", "VP9": "vp9", "H264": "h264", "AV1": "av1"}
KEYFRAME_EVERY_S = 10.0


def test_a_camera_and_a_microphone_are_recorded_side_by_side(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    camera(stage)
    microphone(stage)
    stage.run(12.0)
    manifest = stage.stop()
    assert manifest.state == "finished"
    assert stage.problems() == []
    assert manifest.duration_ms == 12_000
    picture, sound = (only_file(manifest, track) for track in ("tr_cam", "tr_mic"))
    for entry, codec in ((picture, "vp8"), (sound, "opus")):
        found = probe(tmp_path / entry.name)
        assert found.codec == codec
        assert abs(found.duration_s - 12.0) < 0.5
        assert abs(found.duration_s * 1000 - entry.duration_ms) < 100
        assert decodes(tmp_path / entry.name) == ""
        assert entry.complete
        assert len(entry.sha256) == 64
        assert entry.bytes == (tmp_path / entry.name).stat().st_size
        assert abs(entry.offset_ms) < 150
    assert (picture.width, picture.height) == (320, 180)
    assert picture.keyframes in (2, 3)  # the first, and one each interval from a moment of its own
    assert all(not track.gaps and not track.lost and not track.skipped for track in manifest.tracks)


@pytest.mark.parametrize("codec", NAMES)
def test_any_moment_of_a_file_is_found(tmp_path: Path, codec: str) -> None:
    stage = Stage(tmp_path)
    stage.start()
    camera(stage, codec)
    stage.run(32.0)
    manifest = stage.stop()
    entry = only_file(manifest, "tr_cam")
    found = probe(tmp_path / entry.name)
    assert found.codec == NAMES[codec]
    assert (found.width, found.height) == (entry.width, entry.height) == (320, 180)
    assert len(found.packets) == entry.frames == 481
    assert abs(found.duration_s - 32.0) < 0.5
    assert decodes(tmp_path / entry.name) == ""
    assert max(after - before for before, after in pairwise(found.keyframes)) <= KEYFRAME_EVERY_S
    random = Random(3)
    with av.open(str(tmp_path / entry.name)) as file:
        assert file.duration is not None
        for _ in range(10):
            wanted = random.uniform(0.0, file.duration / 1e6)
            file.seek(int(wanted * 1e6))
            first = next(file.decode(video=0))
            assert first.time is not None
            assert wanted - KEYFRAME_EVERY_S <= first.time <= wanted


def test_a_track_that_was_muted_goes_on_in_step_in_its_file(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    tracks = camera(stage), microphone(stage)
    stage.run(4.0)
    for sender in tracks:
        sender.track.publication.mute(True, stage.now)
        sender.sending = False
    stage.run(5.0)
    for sender in tracks:
        sender.track.publication.mute(False, stage.now)
        sender.sending = True
    stage.run(4.0)
    manifest = stage.stop()
    assert stage.problems() == []
    for name in ("tr_cam", "tr_mic"):
        entry = only_file(manifest, name)
        found = probe(tmp_path / entry.name)
        assert abs(found.duration_s - 13.0) < 0.5
        assert decodes(tmp_path / entry.name) == ""
        (gap,) = next(track for track in manifest.tracks if track.id == name).gaps
        assert gap.reason == "silence"
        assert abs(gap.from_ms - 4_000) < 150
        assert abs(gap.to_ms - 9_000) < 150
    sound = probe(tmp_path / only_file(manifest, "tr_mic").name)
    assert max(after - before for (before, _), (after, _) in pairwise(sound.packets)) <= 0.045


def test_a_track_that_leaves_and_comes_back_has_a_file_for_each_time(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    sender = microphone(stage)
    stage.run(2.0)
    stage.untap(sender)
    stage.run(3.0)
    stage.tap(sender)
    stage.run(2.0)
    (track,) = stage.stop().tracks
    assert [(file.offset_ms // 1000, file.duration_ms // 500) for file in track.files] == [(0, 3), (5, 3)]
    assert all(decodes(tmp_path / file.name) == "" for file in track.files)


def test_the_largest_picture_there_is_is_recorded_in_one_file(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    sender = camera(stage)
    stage.run(3.0)
    sender.publish("VP8", pictures("VP8", 640, 360))
    stage.run(3.0)
    sender.publish("VP8", pictures("VP8"))
    stage.run(3.0)
    entry = only_file(stage.stop(), "tr_cam")
    assert (entry.width, entry.height) == (640, 360)
    assert decodes(tmp_path / entry.name) == ""
    with av.open(str(tmp_path / entry.name)) as file:
        widths = [frame.width for frame in file.decode(video=0)]
    assert [now for before, now in pairwise([0, *widths]) if now != before] == [320, 640, 320]
    assert abs(len(widths) - 135) <= 3


def test_the_journal_is_on_the_clock_of_the_media(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    stage.now -= 0.2
    stage.event("was there")
    stage.now += 0.2
    stage.event("began")
    stage.run(1.5)
    stage.event("went on")
    manifest = stage.stop()
    lines = [orjson.loads(line) for line in (tmp_path / manifest.journal).read_bytes().splitlines()]
    assert lines == [
        {"n": 1, "at_ms": 0, "kind": "was there"},
        {"n": 2, "at_ms": 0, "kind": "began"},
        {"n": 3, "at_ms": 1500, "kind": "went on"},
    ]
    assert manifest.journal_bytes == (tmp_path / manifest.journal).stat().st_size
    assert len(manifest.journal_sha256) == 64
    assert stage.told[-1] == {"did": "journal", "recording": "re_1", "n": 3}


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b\\c", "..", "", "\x00\n", "名前", "x" * 500, "CON:|*?"]
)
def test_a_name_is_never_more_than_a_part_of_a_files_name(tmp_path: Path, name: str) -> None:
    stage = Stage(tmp_path / "recording")
    stage.start(tmp_path / "recording")
    microphone(stage, person=name)
    stage.run(0.5)
    manifest = stage.stop()
    entry = only_file(manifest, "tr_mic")
    assert manifest.tracks[0].name == name
    assert (tmp_path / "recording" / entry.name).is_file()
    assert Path(entry.name).name == entry.name
    assert probe(tmp_path / "recording" / entry.name).codec == "opus"
    assert decodes(tmp_path / "recording" / entry.name) == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["recording"]


def test_senders_of_many_names_are_told_apart(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    for number in range(3):
        microphone(stage, name=f"tr_{number}", person="Ada/Eva")
    stage.run(0.5)
    names = [file.name for file in stage.stop().files()]
    assert names == [f"0{number}-ada-eva-microphone.webm" for number in (1, 2, 3)]
