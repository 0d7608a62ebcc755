"""Whole recordings in simulated time, read back by ffmpeg."""

from pathlib import Path

from tests.recording.stage import Stage, camera, decodes, microphone, only_file, probe


def test_a_camera_and_a_microphone_are_recorded_side_by_side(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    camera(stage)
    microphone(stage)
    stage.run(12.0)
    manifest = stage.stop()
    assert manifest.state == "finished"
    assert stage.problems() == []
    picture, sound = (only_file(manifest, track) for track in ("tr_cam", "tr_mic"))
    for entry, codec in ((picture, "vp8"), (sound, "opus")):
        found = probe(tmp_path / entry.name)
        assert found.codec == codec
        assert abs(found.duration_s - 12.0) < 0.5
        assert decodes(tmp_path / entry.name) == ""
        assert entry.complete
        assert len(entry.sha256) == 64
        assert abs(entry.offset_ms) < 150
    assert (picture.width, picture.height) == (320, 180)
    assert picture.keyframes == 2  # the first, and one after ten seconds
