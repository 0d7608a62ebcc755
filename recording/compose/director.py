"""Makes the picture of each moment: the meeting as it was, arranged, drawn into its cells."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recording.compose.canvas import BACKGROUND, Canvas
from recording.compose.layout import Cast, Cell, Content, Layout, arrange
from recording.compose.meeting import Meeting, PublishedTrack, with_files
from recording.compose.speaker_cut import Cut, speaker_at, speaker_cuts
from recording.compose.tiles import BoardTile, PersonTile, ScreenTile, Tile
from recording.compose.video_source import VideoSource
from recording.compose.words import LINE
from recording.journal_reader import JournalLine, read_journal
from recording.manifest import Manifest

LINES: Final = 720
"""A name's plate is `LINE` pixels high in a picture of so many."""

LEAST_LINE: Final = 16


@dataclass(frozen=True, slots=True)
class Look:
    """How a film looks: its layout and size, both even. `pictures` is the folder of boards' pictures."""

    layout: Layout = "grid"
    width: int = 1280
    height: int = 720
    fps: int = 30
    pictures: Path | None = None


class Director:
    """`advance` to moments that grow; the picture is on `canvas`."""

    def __init__(self, folder: Path, manifest: Manifest, look: Look) -> None:
        self.canvas = Canvas(look.width, look.height)
        self._folder = folder
        self._look = look
        self._line = max(LEAST_LINE, LINE * look.height // LINES)
        self._entries = {track.id: track for track in manifest.tracks if track.kind == "video"}
        self._videos: dict[str, VideoSource] = {}
        self._meeting = Meeting(_who_recorded(manifest))
        self._cuts: list[Cut] = speaker_cuts(_journal(folder, manifest), manifest.duration_ms)
        self._lines = with_files(manifest, _journal(folder, manifest))
        self._next = next(self._lines, None)
        self._cells: list[Cell] = []
        self._tiles: dict[object, Tile] = {}
        self._cast: Cast | None = None

    def advance(self, at_ms: int) -> bool:
        """Bring the canvas up to a moment; whether anything on it is different."""
        while self._next is not None and self._next.at_ms <= at_ms:
            self._meeting.take(self._next)
            self._next = next(self._lines, None)
        cast = self._now(at_ms)
        afresh = False
        if cast != self._cast:
            self._cast = cast
            cells = arrange(self._look.layout, self._look.width, self._look.height, cast)
            afresh = cells != self._cells or not self._tiles
            self._cells = cells
        if afresh:
            self.canvas.fill(0, 0, self._look.width, self._look.height, BACKGROUND)
        changed = afresh
        tiles: dict[object, Tile] = {}
        for cell in self._cells:
            key, tile = self._tile(cell)
            tiles[key] = tile
            changed = tile.draw(self.canvas, at_ms, afresh) or changed
        self._tiles = tiles
        return changed

    def close(self) -> None:
        """Close the files."""
        for video in self._videos.values():
            video.close()

    def _now(self, at_ms: int) -> Cast:
        meeting = self._meeting
        things = [
            (track.since_ms, Content("screen", track.id))
            for track in meeting.tracks.values()
            if track.source == "screen" and track.id in self._entries
        ]
        things += [
            (board.since_ms, Content("board", board.id))
            for board in meeting.boards.values()
            if board.is_looked_at(at_ms)
        ]
        kept = meeting.pinned
        things.sort(key=lambda thing: (thing[1].id != kept, -thing[0]))
        pinned = meeting.tracks.get(kept)
        speaker = pinned.participant if pinned is not None else speaker_at(self._cuts, at_ms)
        return Cast(tuple(meeting.people), tuple([content for _, content in things]), speaker)

    def _tile(self, cell: Cell) -> tuple[object, Tile]:
        meeting, content = self._meeting, cell.content
        if content.kind == "board":
            board = meeting.boards[content.id]
            key: object = (cell, board.title)
            return key, self._tiles.get(key) or BoardTile(cell, board, self._look.pictures, self._line)
        if content.kind == "screen":
            track = meeting.tracks[content.id]
            name = self._name(track.participant)
            key = (cell, name, id(track))
            kept = self._tiles.get(key)
            return key, kept or ScreenTile(cell, name, track, self._video(track.id), self._line)
        camera = meeting.track_of(content.id, "camera")
        person = meeting.people[content.id]
        key = (cell, person.name, id(camera))
        kept = self._tiles.get(key)
        return key, kept or PersonTile(cell, person, camera, self._camera(camera), self._line)

    def _name(self, participant: str) -> str:
        person = self._meeting.people.get(participant)
        return person.name if person is not None else ""

    def _camera(self, track: PublishedTrack | None) -> VideoSource | None:
        return None if track is None or track.id not in self._entries else self._video(track.id)

    def _video(self, track: str) -> VideoSource:
        return self._videos.setdefault(track, VideoSource(self._folder, self._entries[track]))


def _who_recorded(manifest: Manifest) -> str:
    """The identity of whoever started the recording; "" if that was nobody."""
    by = manifest.about.get("started_by")
    return str(by.get("identity", "")) if isinstance(by, dict) else ""


def _journal(folder: Path, manifest: Manifest) -> Iterator[JournalLine]:
    """None, if there is none: the files say enough for a film."""
    try:
        with (folder / manifest.journal).open("rb") as lines:
            yield from read_journal(lines)
    except FileNotFoundError:
        return
