"""The recorder process: what is left when it, its node or its disk fails."""

import subprocess
import sys
from pathlib import Path
from random import Random

import av
import orjson

from recording.exit_codes import REPAIRED
from recording.manifest import load_manifest
from recording.repair import recover
from tests.recording.process_stage import recording_process, seconds_on_disk
from tests.recording.stage import camera, decodes, microphone, probe

FILES = ("01-ada-camera.webm", "02-ada-microphone.webm")
LENGTH_S = 12.0


def test_killed_in_the_middle_its_files_play_up_to_the_last_second(tmp_path: Path) -> None:
    with recording_process(tmp_path) as stage:
        camera(stage)
        microphone(stage)
        stage.event("began")
        stage.run(LENGTH_S)
        stage.wait_for(lambda: all(seconds_on_disk(tmp_path / name) > LENGTH_S - 1.0 for name in FILES))
        stage.wait_for(lambda: {"did": "journal", "recording": "re_1", "n": 1} in stage.told)
        stage.kill()
    assert all(decodes(tmp_path / name) == "" for name in FILES)  # as they are
    manifest = recover(tmp_path)
    assert manifest is not None
    assert manifest.state == "interrupted"
    assert [file.name for file in manifest.files()] == [*FILES]
    assert abs(manifest.duration_ms - 1000 * LENGTH_S) < 1_000
    random = Random(7)
    for entry in manifest.files():
        found = probe(tmp_path / entry.name)
        assert LENGTH_S - 1.0 < found.duration_s <= LENGTH_S + 0.1
        assert abs(found.duration_s * 1000 - entry.duration_ms) < 100
        assert decodes(tmp_path / entry.name) == ""
        assert entry.complete
        assert entry.bytes == (tmp_path / entry.name).stat().st_size
    with av.open(str(tmp_path / FILES[0])) as file:
        for _ in range(10):
            wanted = random.uniform(0.0, LENGTH_S - 1.0)
            file.seek(int(wanted * 1e6))
            first = next(file.decode(video=0)).time
            assert first is not None
            assert wanted - 10.2 <= first <= wanted
    assert [
        orjson.loads(line)["kind"] for line in (tmp_path / manifest.journal).read_bytes().splitlines()
    ] == ["began"]
    assert recover(tmp_path) is None  # there is nothing more to do
    assert sorted(path.name for path in tmp_path.iterdir()) == [*FILES, "journal.jsonl", "manifest.json"]


def test_of_a_node_that_dies_everything_is_finished(tmp_path: Path) -> None:
    with recording_process(tmp_path) as stage:
        camera(stage)
        microphone(stage)
        stage.run(LENGTH_S)
        assert stage.leave() == 0
    manifest = load_manifest((tmp_path / "manifest.json").read_bytes())
    assert manifest.state == "interrupted"
    assert recover(tmp_path) is None
    for entry in manifest.files():
        assert entry.complete
        assert abs(probe(tmp_path / entry.name).duration_s - LENGTH_S) < 0.5
        assert decodes(tmp_path / entry.name) == ""


def test_a_file_gets_its_index_as_soon_as_there_is_room_for_it(tmp_path: Path) -> None:
    with recording_process(tmp_path) as stage:
        camera(stage)  # 25 kB a second
        microphone(stage)  # 4 kB a second
        stage.run(LENGTH_S)
        stage.wait_for(lambda: all(seconds_on_disk(tmp_path / name) > LENGTH_S - 1.0 for name in FILES))
    repair = ("prlimit", "--fsize=100000", sys.executable, "-m", "recording.repair", str(tmp_path))
    assert subprocess.run(repair, check=False).returncode == REPAIRED
    manifest = load_manifest((tmp_path / "manifest.json").read_bytes())
    assert manifest.state == "interrupted"
    assert [file.complete for file in manifest.files()] == [False, True]
    picture, _ = manifest.files()
    assert (picture.bytes, len(picture.sha256)) == ((tmp_path / FILES[0]).stat().st_size, 64)
    assert decodes(tmp_path / FILES[0]) == ""  # as it is
    assert sorted(path.name for path in tmp_path.iterdir()) == [*FILES, "journal.jsonl", "manifest.json"]
    mended = recover(tmp_path)
    assert mended is not None
    assert all(file.complete for file in mended.files())
    assert mended.files()[0].sha256 != picture.sha256
    assert abs(probe(tmp_path / FILES[0]).duration_s - LENGTH_S) < 1.0
    assert recover(tmp_path) is None


def test_a_disk_that_is_full_is_told_at_once_and_what_fitted_plays(tmp_path: Path) -> None:
    with recording_process(tmp_path, file_bytes=150_000) as stage:
        camera(stage)  # 25 kB a second
        microphone(stage)  # 4 kB a second
        stage.run(LENGTH_S)
        stage.wait_for(lambda: "disk_full" in stage.problems())
        stage.say(do="stop", recording="re_1", now=stage.now)
        manifest = stage.wait_for_stopped()
    assert [(problem.code, problem.track) for problem in manifest.problems] == [("disk_full", "tr_cam")]
    picture, sound = manifest.tracks
    (gap,) = picture.gaps
    assert gap.reason == "disk"
    assert 4_000 < gap.from_ms < 7_000
    assert abs(gap.to_ms - 1000 * LENGTH_S) < 200
    assert 4.0 < seconds_on_disk(tmp_path / picture.files[0].name) < 7.0
    for entry in manifest.files():
        assert decodes(tmp_path / entry.name) == ""
        assert entry.sha256
    assert abs(probe(tmp_path / sound.files[0].name).duration_s - LENGTH_S) < 0.5
