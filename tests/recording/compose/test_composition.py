"""Films of a recording whose pictures say the time, looked at moment by moment."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import av
import numpy as np
import orjson
import pytest

from loadtests.pattern import read
from recording.compose.canvas import Canvas
from recording.compose.composition import CannotCompose, Order, compose
from recording.compose.director import Director, Look
from recording.compose.job import Format, Job
from recording.compose.layout import Cell, Content, Layout
from recording.compose.meeting import Meeting
from recording.compose.tiles import BoardTile
from recording.journal_reader import JournalLine
from recording.manifest import TrackEntry, read_manifest, write_manifest
from recording.repair import recover
from tests.recording.recorded_meeting import (
    ADA,
    BOARD_INK,
    GRACE,
    LIN,
    MARK_INK,
    SCREEN,
    Seen,
    seen,
    write_recording,
    write_video,
)
from tests.recording.stage import decodes

WIDTH, HEIGHT, FPS = 640, 360, 15
DURATION_S = 9.0
SLACK_S = 0.2
"""Tenths of a second in the pattern, and the frame times of camera and film."""

GRID_OF_3 = [(0, 0), (324, 0), (162, 182)]
GRID_OF_4 = [(0, 0), (324, 0), (0, 182), (324, 182)]
CELL = (316, 176)
STAGE = (0, 0, 504, 360)

Picture = np.ndarray


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recording")
    write_recording(folder)
    return folder


def look(layout: Layout) -> Look:
    return Look(layout, WIDTH, HEIGHT, FPS)


@pytest.fixture(scope="module")
def film(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Layout, Format], Path]:
    out = tmp_path_factory.mktemp("films")
    made: dict[tuple[Layout, Format], Path] = {}

    def make(layout: Layout, kind: Format = "mp4") -> Path:
        if (layout, kind) not in made:
            order = Order(recorded, out / f"{layout}.{kind}", kind, look(layout))
            made[layout, kind] = compose(order)
        return made[layout, kind]

    return make


def pictures(path: Path, *at_s: float) -> list[Picture]:
    """RGB, at these moments."""
    found = []
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        frame = next(frames)
        for moment in at_s:
            while frame.time is not None and frame.time < moment - 0.5 / FPS:
                frame = next(frames)
            found.append(frame.to_ndarray(format="rgb24"))
    return found


def part(picture: Picture, x: int, y: int, w: int, h: int) -> Picture:
    return picture[y : y + h, x : x + w]


def says(picture: Picture) -> Seen | None:
    return seen(read(picture.mean(axis=2)))


def near(colour: str, picture: Picture) -> np.ndarray:
    """Which pixels are of a colour."""
    wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    return np.asarray((np.abs(picture.astype(int) - wanted) < 28).all(axis=2))


def assert_shows(picture: Picture, who: int, at_s: float) -> None:
    said = says(picture)
    assert said is not None
    assert said.who == who
    assert abs(said.at_s - at_s) <= SLACK_S


def test_a_grid_shows_everybody_at_the_right_moment(film: Callable[..., Path]) -> None:
    for at_s, picture in zip((1.0, 2.5), pictures(film("grid"), 1.0, 2.5), strict=True):
        for who, (x, y) in zip((ADA, GRACE, LIN), GRID_OF_3, strict=True):
            assert_shows(part(picture, x, y, *CELL), who, at_s)
    (with_screen,) = pictures(film("grid"), 5.0)
    for who, (x, y) in zip((ADA, GRACE, LIN), GRID_OF_4[1:], strict=True):
        assert_shows(part(with_screen, x, y, *CELL), who, 5.0)


def test_names_stand_in_the_cells(film: Callable[..., Path]) -> None:
    (picture,) = pictures(film("grid"), 2.0)
    for x, y in GRID_OF_3:
        plate = part(picture, x + 8, y + CELL[1] - 20, 60, 12)
        assert np.median(plate) < 90
        assert (plate > 130).all(axis=2).sum() > 30  # letters; what shines through the plate is darker


def test_who_has_no_picture_yet_is_shown_by_their_letters(film: Callable[..., Path]) -> None:
    (picture,) = pictures(film("grid"), 0.0)
    cell = part(picture, *GRID_OF_3[1], *CELL)
    assert says(cell) is None
    assert (cell > 200).all(axis=2).sum() > 60


def test_the_screen_takes_the_stage_with_what_is_drawn_on_it(film: Callable[..., Path]) -> None:
    before, drawn, after = pictures(film("screen+speaker"), 3.6, 5.0, 6.3)
    assert_shows(part(before, 0, 38, 504, 282), SCREEN, 3.6)
    assert near(MARK_INK, before).sum() == 0
    line = near(MARK_INK, part(drawn, *STAGE))
    rows, columns = np.flatnonzero(line.any(axis=1)), np.flatnonzero(line.any(axis=0))
    assert abs(int(columns[0]) - 0.2 * 504) < 10
    assert abs(int(columns[-1]) - 0.8 * 504) < 10
    assert abs(int(rows[0]) - (38 + 0.2 * 283)) < 10
    shown = says(part(after, 0, 38, 504, 282))
    assert shown is not None
    assert shown.who != SCREEN
    assert near(MARK_INK, after).sum() == 0


def test_the_board_is_shown_while_it_is_open_with_its_strokes(film: Callable[..., Path]) -> None:
    empty, drawn = pictures(film("screen+speaker"), 6.8, 8.0)
    assert (part(empty, 20, 20, 400, 100) > 240).all()
    assert near(BOARD_INK, part(drawn, 100, 100, 300, 150)).mean() > 0.9
    (tile,) = pictures(film("grid"), 8.0)
    assert near(BOARD_INK, part(tile, 100, 50, 100, 80)).all()


def test_the_speaker_is_shown_large(film: Callable[..., Path]) -> None:
    ada, grace, lin = pictures(film("speaker"), 1.5, 4.5, 8.5)
    for who, at_s, picture in ((ADA, 1.5, ada), (GRACE, 4.5, grace), (LIN, 8.5, lin)):
        assert_shows(part(picture, 0, 38, 504, 282), who, at_s)


@pytest.mark.parametrize(("starter", "large"), [("lin", ADA), ("ada", GRACE), ("", GRACE)])
def test_what_whoever_recorded_kept_pinned_goes_before_who_speaks(
    recorded: Path, tmp_path: Path, starter: str, large: int
) -> None:
    manifest = read_manifest(recorded)
    assert manifest is not None
    manifest.about = {"started_by": {"identity": starter}}
    for file in manifest.files():
        (tmp_path / file.name).symlink_to(recorded / file.name)
    pinned = {"at_ms": 4_000, "kind": "pinned", "participant": "pa_lin", "tracks": ["tr_cam1"]}
    journal = (recorded / manifest.journal).read_bytes() + orjson.dumps(pinned)
    (tmp_path / manifest.journal).write_bytes(journal)
    director = Director(tmp_path, manifest, look("speaker"))
    for at_ms in (3_000, 4_500):
        director.advance(at_ms)
    director.close()
    shown = seen(read(part(director.canvas.pixels[:HEIGHT], 0, 38, 504, 282)))
    assert shown is not None
    assert shown.who == large


@pytest.mark.parametrize(("kind", "codecs"), [("mp4", ["h264", "aac"]), ("webm", ["vp9", "opus"])])
def test_a_film_is_whole(film: Callable[..., Path], kind: Format, codecs: list[str]) -> None:
    path = film("grid", kind)
    assert decodes(path) == ""
    with av.open(str(path)) as container:
        assert [stream.codec_context.name.removeprefix("lib") for stream in container.streams] == codecs
        assert container.duration is not None
        assert abs(container.duration / 1e6 - DURATION_S) < 0.5
        frames = [frame.time for frame in container.decode(video=0)]
    assert np.diff(frames) == pytest.approx(1 / FPS, abs=0.002)


@pytest.mark.parametrize("frames", [1, 7, 17])
def test_a_part_may_have_any_number_of_frames(recorded: Path, tmp_path: Path, frames: int) -> None:
    folder = altered(recorded, tmp_path / "short", duration_ms=frames * 100)
    order = Order(folder, tmp_path / "film.mp4", "mp4", Look("grid", 160, 160, 10), part_s=1)
    with av.open(str(compose(order))) as container:
        assert len([*container.decode(video=0)]) == frames


def test_voices_are_heard_together_from_when_they_began(film: Callable[..., Path]) -> None:
    with av.open(str(film("grid"))) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])

    def loud(hertz: int, from_s: float, to_s: float) -> float:
        piece = sound[int(from_s * 48_000) : int(to_s * 48_000)]
        wave = np.exp(-2j * np.pi * hertz * np.arange(len(piece)) / 48_000)
        return float(2 * abs((piece * wave).mean()))

    for who in (ADA, GRACE, LIN):
        begin_s = 0.2 * who
        assert loud(220 * who, 4.0, 5.0) == pytest.approx(0.2, abs=0.05)
        assert loud(220 * who, begin_s + 0.04, begin_s + 0.14) > 0.1
    assert loud(660, 0.2, 0.56) < 0.03
    assert float(np.abs(sound[: int(0.17 * 48_000)]).max()) < 0.02


def start(job: Job) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "recording.compose.process"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(orjson.dumps(asdict(job)) + b"\n")
    process.stdin.close()
    return process


def test_who_was_killed_goes_on_where_it_was(recorded: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    job = Job(str(recorded), str(out), "grid", "mp4", WIDTH, HEIGHT, FPS, part_s=2)
    with start(job) as killed:
        assert killed.stdout is not None
        for line in killed.stdout:
            if orjson.loads(line)["share"] > 0.6:
                break
        os.kill(killed.pid, signal.SIGKILL)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob(".*/*.nut")}
    assert len(kept) >= 3
    assert not out.exists()
    with start(job) as again:
        assert again.stdout is not None
        (first, *_, last) = [orjson.loads(line) for line in again.stdout]
        assert first["share"] > 0.4
        assert last == {"done": True}
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]
    assert decodes(out) == ""
    for at_s, picture in zip((1.5, 4.5, 8.5), pictures(out, 1.5, 4.5, 8.5), strict=True):
        cells = [Cell(Content("person", ""), *place, *CELL) for place in (GRID_OF_4 + GRID_OF_3)]
        said = [says(part(picture, cell.x, cell.y, cell.w, cell.h)) for cell in cells]
        assert any(one is not None and abs(one.at_s - at_s) <= SLACK_S for one in said)


def test_a_film_is_made_by_one_at_a_time(recorded: Path, tmp_path: Path) -> None:
    order = Order(recorded, tmp_path / "film.mp4", "mp4", look("grid"))
    codes: list[str] = []

    def meanwhile(share: float) -> None:
        if not codes:
            with pytest.raises(CannotCompose) as refused:
                compose(order)
            codes.append(refused.value.code)

    compose(order, meanwhile)
    assert codes == ["conflict"]


def altered(recorded: Path, folder: Path, **fields: object) -> Path:
    manifest = read_manifest(recorded)
    assert manifest is not None
    for name, value in fields.items():
        setattr(manifest, name, value)
    folder.mkdir()
    write_manifest(folder, manifest)
    return folder


def test_what_cannot_be_composed_is_said(recorded: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    cases = [
        ("not_found", tmp_path / "nothing"),
        ("conflict", altered(recorded, tmp_path / "running", state="recording")),
        ("empty", altered(recorded, tmp_path / "empty", tracks=[])),
    ]
    for code, folder in cases:
        with pytest.raises(CannotCompose) as refused:
            compose(Order(folder, tmp_path / "film.mp4"))
        assert refused.value.code == code


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_a_recording_of_voices_or_pictures_alone_is_a_film_too(
    recorded: Path, tmp_path: Path, kind: str
) -> None:
    manifest = read_manifest(recorded)
    assert manifest is not None
    alone = [track for track in manifest.tracks if track.kind == kind]
    folder = altered(recorded, tmp_path / kind, tracks=alone, duration_ms=1_500)
    for file in manifest.files():
        (folder / file.name).symlink_to(recorded / file.name)
    film = compose(Order(folder, tmp_path / "film.mp4", "mp4", look("grid")))
    assert decodes(film) == ""
    with av.open(str(film)) as container:
        assert {stream.type for stream in container.streams} == {"video", kind}
    (picture,) = pictures(film, 1.2)
    seen_there = [says(part(picture, x, y, *CELL)) for x, y in GRID_OF_3]
    assert (None not in seen_there) == (kind == "video")


def test_files_that_are_missing_or_broken_leave_their_places_empty(recorded: Path, tmp_path: Path) -> None:
    folder = altered(recorded, tmp_path / "broken", duration_ms=2_000)
    whole = (recorded / "11-ada-camera.webm").read_bytes()
    (folder / "11-ada-camera.webm").write_bytes(whole[: len(whole) // 3])
    (folder / "12-ada-microphone.webm").write_bytes(b"no sound")
    (folder / "journal.jsonl").write_bytes((recorded / "journal.jsonl").read_bytes()[:700])
    film = compose(Order(folder, tmp_path / "film.mp4", "mp4", look("grid")))
    assert decodes(film) == ""
    (picture,) = pictures(film, 1.5)
    assert picture.shape == (HEIGHT, WIDTH, 3)


FRAME: dict[str, Any] = {"track": "tr_screen", "participant": "pa_lin", "mark": "m2", "tool": "rect"}
FRAME |= {"color": MARK_INK, "width": 0.03, "points": [0.2, 0.2, 0.8, 0.8]}
CARD: dict[str, Any] = {"type": "rect", "page": "p1", "points": [-1, 5, 0]}
CARD |= {"style": {"width": 0.1, "opacity": 0.5, "fill": "#ff0000"}}
CARD |= {"box": [-174681943.8404376, -200343381.8670246, 220927819.7011611, 220927819.7011611, 0]}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("draw", {**FRAME, "color": "\0"}),
        ("draw", {**FRAME, "points": [0.2, 0.2, 1e308, 0.8]}),
        ("draw", {**FRAME, "points": [0.2, -4.6e18, 0.8, 0.8]}),
        ("published", {"track": "tr_screen", "participant": ["pa_lin"], "source": "screen"}),
        ("board", {"board": "bo_1", "version": 1, "pages": [{"id": "p1", "z": 1}], "elements": []}),
    ],
)
def test_what_nothing_can_be_made_of_is_passed_over(
    recorded: Path, tmp_path: Path, kind: str, fields: dict[str, Any]
) -> None:
    manifest = read_manifest(recorded)
    assert manifest is not None
    screen = next(track for track in manifest.tracks if track.id == "tr_screen")
    manifest.tracks = [screen]
    (tmp_path / screen.files[0].name).symlink_to(recorded / screen.files[0].name)
    line = orjson.dumps({"at_ms": 4_200, "kind": kind, **fields})
    (tmp_path / manifest.journal).write_bytes((recorded / manifest.journal).read_bytes() + line)
    director = Director(tmp_path, manifest, Look("grid", 1280, 720, FPS))
    for at_ms in (4_100, 4_500, 7_500):
        director.advance(at_ms)
    director.close()


def test_a_shape_that_no_picture_holds_is_passed_over() -> None:
    meeting = Meeting()
    board = {"board": "bo_1", "title": "", "pages": [{"id": "p1"}], "elements": [{"id": "e1", **CARD}]}
    meeting.take(JournalLine(0, "board", board))
    cell = Cell(Content("board", "bo_1"), 0, 0, 1280, 720)
    assert BoardTile(cell, meeting.boards["bo_1"], None, 22).draw(Canvas(1280, 720), 0, afresh=True)


def test_a_word_that_is_none_in_a_file_hides_nothing(recorded: Path, tmp_path: Path) -> None:
    folder = altered(recorded, tmp_path / "damaged", duration_ms=1_000)
    for name in ("11-ada-camera.webm", "12-ada-microphone.webm"):
        (folder / name).write_bytes((recorded / name).read_bytes().replace(b"Lavf", b"\xb5avf"))
    film = compose(Order(folder, tmp_path / "film.mp4", "mp4", look("grid")))
    (picture,) = pictures(film, 0.8)
    assert_shows(part(picture, *GRID_OF_3[0], *CELL), ADA, 0.8)
    with av.open(str(film)) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert float(np.abs(sound).max()) > 0.1


def test_what_is_mended_while_a_film_is_made_is_shown(recorded: Path, tmp_path: Path) -> None:
    screen = write_video(tmp_path, "91-grace-screen.mkv", SCREEN, 0, 500)
    track = TrackEntry("tr_screen", "video", "screen", "pa_grace", "grace", "Grace", [screen])
    folder = altered(recorded, tmp_path / "mended", tracks=[track], state="interrupted")
    (tmp_path / screen.name).rename(folder / screen.name)
    manifest = read_manifest(folder)
    assert manifest is not None
    director = Director(folder, manifest, look("screen+speaker"))
    assert recover(folder) is not None
    director.advance(300)
    director.close()
    shown = seen(read(part(director.canvas.pixels[:HEIGHT], 0, 38, 504, 282)))
    assert shown is not None
    assert shown.who == SCREEN
