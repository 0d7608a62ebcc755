"""`sfumato compose` as it is typed."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recording.compose.command import compose, film_of
from tests.recording.recorded_meeting import write_recording
from tests.recording.stage import decodes

SMALL = ("--size", "320x180", "--fps", "10")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings") / "re_1"
    write_recording(folder, 2_000)
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(compose, [*map(str, arguments), *SMALL])


def test_several_recordings_become_films_at_once(recorded: Path, tmp_path: Path) -> None:
    other = tmp_path / "re_2"
    shutil.copytree(recorded, other)
    result = run(recorded, other, "--out", tmp_path, "--jobs", "2", "--layout", "screen+speaker")
    films = [tmp_path / "re_1-screen-speaker.mp4", tmp_path / "re_2-screen-speaker.mp4"]
    assert (result.exit_code, sorted(result.stdout.split())) == (0, [str(film) for film in films])
    assert [decodes(film) for film in films] == ["", ""]


def test_a_folder_without_a_recording_is_named_and_the_others_are_made(
    recorded: Path, tmp_path: Path
) -> None:
    result = run(tmp_path, recorded, "--out", tmp_path)
    assert (result.exit_code, result.stdout.split()) == (1, [str(tmp_path / "re_1-grid.mp4")])
    assert f"{tmp_path} holds no recording" in result.stderr


@pytest.mark.parametrize(
    "wrong",
    [("--size", "1280"), ("--size", "1281x720"), ("--size", "8x8"), ("--layout", "circle"), ("--fps", "0")],
)
def test_options_that_make_no_sense_are_refused(tmp_path: Path, wrong: tuple[str, str]) -> None:
    assert CliRunner().invoke(compose, [str(tmp_path), *wrong]).exit_code == 2


@pytest.mark.parametrize(
    ("out", "alone", "expected"),
    [
        (None, True, "re_1/speaker.mp4"),
        ("film.mp4", True, "film.mp4"),
        ("", True, "re_1-speaker.mp4"),
        ("", False, "re_1-speaker.mp4"),
    ],
)
def test_a_film_stands_beside_its_recording_or_where_it_is_told(
    tmp_path: Path, out: str | None, alone: bool, expected: str
) -> None:
    folder = tmp_path / "re_1"
    told = None if out is None else tmp_path / out
    assert film_of(folder, "speaker", "mp4", told, alone=alone) == tmp_path / expected
