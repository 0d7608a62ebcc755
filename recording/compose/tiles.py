"""What stands in the cells of a picture: each tile draws itself anew only when something in it changed."""

from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import orjson

from datachannels.refusals import RequestRefused
from datachannels.whiteboard.drawing import Rect, draw, extent, in_order
from datachannels.whiteboard.picture import HEAD_BYTES, read_picture
from datachannels.whiteboard.svg import svg
from datachannels.whiteboard.typeface import bundled
from recording.compose.canvas import BACKGROUND, TILE, Canvas, Patch
from recording.compose.layout import Cell
from recording.compose.marks import drawn
from recording.compose.meeting import Person, PublishedTrack, ShownBoard
from recording.compose.raster import drawable, rasterise
from recording.compose.video_source import VideoSource
from recording.compose.words import draw as draw_marks
from recording.compose.words import name_plate, portrait

REDRAW_MS: Final = 200
"""A board that changes all the time is drawn five times a second."""

UNFIT: Final = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError)
"""What comes of elements and marks that nothing can be made of: a journal that was cut off, or written by
another version, may leave some, and people put shapes on boards that no picture holds."""


class Tile(Protocol):
    """One cell."""

    def draw(self, canvas: Canvas, at_ms: int, afresh: bool) -> bool:
        """Bring the cell up to the moment; whether anything in it is different. `afresh`: the canvas was
        cleared."""


class PersonTile:
    """Somebody's camera, or their name where there is no picture."""

    def __init__(
        self,
        cell: Cell,
        person: Person,
        track: PublishedTrack | None,
        video: VideoSource | None,
        line: int,
    ) -> None:
        self._cell = cell
        self._track = track
        self._video = video
        self._portrait = portrait(person.identity, person.name, cell.w, cell.h)
        self._plate = name_plate(person.name, cell.w, cell.h, line)
        self._shown: object = None

    def draw(self, canvas: Canvas, at_ms: int, afresh: bool) -> bool:
        """See `Tile`."""
        cell, video, track = self._cell, self._video, self._track
        seen = video is not None and track is not None and not track.muted
        if seen and video is not None:
            video.advance(at_ms)
        frame = video.frame if seen and video is not None else None
        shown: object = frame if frame is not None else "portrait"
        if shown is self._shown and not afresh:
            return False
        self._shown = shown
        if video is not None and frame is not None:
            _picture(canvas, cell, video)
        else:
            canvas.fill(cell.x, cell.y, cell.w, cell.h, TILE)
            if self._portrait is not None:
                canvas.lay(self._portrait, cell.x, cell.y)
        if self._plate is not None:
            canvas.lay(self._plate, cell.x, cell.y)
        return True


class ScreenTile:
    """A shared screen with the marks on it."""

    def __init__(self, cell: Cell, name: str, track: PublishedTrack, video: VideoSource, line: int) -> None:
        self._cell = cell
        self._track = track
        self._video = video
        self._plate = name_plate(name, cell.w, cell.h, line)
        self._shown: tuple[object, object] | None = None
        self._marks: Patch | None = None
        self._marks_of: object = None

    def draw(self, canvas: Canvas, at_ms: int, afresh: bool) -> bool:
        """See `Tile`."""
        cell, video = self._cell, self._video
        video.advance(at_ms)
        frame = None if self._track.muted else video.frame
        marks = self._mark_ids(at_ms)
        if not afresh and self._shown is not None and self._shown[0] is frame and self._shown[1] == marks:
            return False
        self._shown = (frame, marks)
        canvas.fill(cell.x, cell.y, cell.w, cell.h, TILE)
        if frame is not None:
            x, y, w, h = _picture(canvas, cell, video)
            if self._marks_of != (marks, w, h):
                self._marks_of = (marks, w, h)
                standing = [self._track.marks[key] for key in marks[1]]
                self._marks = None
                with suppress(*UNFIT):
                    self._marks = draw_marks(drawn(standing, w, h), w, h) if standing else None
            if self._marks is not None:
                canvas.lay(self._marks, x, y)
        if self._plate is not None:
            canvas.lay(self._plate, cell.x, cell.y)
        return True

    def _mark_ids(self, at_ms: int) -> tuple[int, tuple[tuple[str, str], ...]]:
        track = self._track
        standing = [key for key, mark in track.marks.items() if mark.get("ends_ms", at_ms + 1) > at_ms]
        return track.marked, tuple(standing)


class BoardTile:
    """A board, all of its page that is in use."""

    def __init__(self, cell: Cell, board: ShownBoard, pictures: Path | None, line: int) -> None:
        self._cell = cell
        self._board = board
        self._pictures = pictures
        self._plate = name_plate(board.title, cell.w, cell.h, line)
        self._changes = -1
        self._drawn_ms = 0
        self._patch: Patch | None = None

    def draw(self, canvas: Canvas, at_ms: int, afresh: bool) -> bool:
        """See `Tile`."""
        # Who waits for a large board to be drawn waits less often.
        pause_ms = REDRAW_MS + len(self._board.content.elements)
        due = self._changes < 0 or at_ms - self._drawn_ms >= pause_ms
        changed = self._board.changes != self._changes and due
        if changed:
            self._changes, self._drawn_ms = self._board.changes, at_ms
            with suppress(*UNFIT):
                self._patch = self._rendered()
        if not changed and not afresh:
            return False
        cell = self._cell
        if self._patch is not None:
            canvas.lay(self._patch, cell.x, cell.y)
        if self._plate is not None:
            canvas.lay(self._plate, cell.x, cell.y)
        return True

    def _rendered(self) -> Patch | None:
        content, cell = self._board.content, self._cell
        pages = [one for one in content.pages.values() if not one.deleted]
        pages.sort(key=lambda page: (page.z.encode(), page.id))
        last = next(reversed([one.page for one in content.elements.values()]), None)
        page = next((one.id for one in pages if one.id == last), pages[0].id if pages else "")
        elements = in_order([orjson.loads(one.text) for one in content.elements.values() if one.page == page])
        region = _widened(extent(elements), cell.w / cell.h)
        marks = drawable(draw(elements, bundled()), region, cell.w / region[2])
        text = svg(marks, region, self._image)
        return rasterise(text, cell.w, cell.h)

    def _image(self, name: str) -> tuple[str, bytes] | None:
        if self._pictures is None or not name.isalnum():
            return None
        try:
            data = (self._pictures / name).read_bytes()
            return read_picture(data[:HEAD_BYTES]).type, data
        except (OSError, RequestRefused):
            return None


def _picture(canvas: Canvas, cell: Cell, video: VideoSource) -> tuple[int, int, int, int]:
    """The frame in the middle of its cell; where it is."""
    planes = video.planes(cell.w, cell.h)
    h, w = planes[0].shape
    x, y = cell.x + (cell.w - w) // 4 * 2, cell.y + (cell.h - h) // 4 * 2
    if (w, h) != (cell.w, cell.h):
        canvas.fill(cell.x, cell.y, cell.w, cell.h, BACKGROUND)
    canvas.paste(planes, x, y)
    return x, y, w, h


def _widened(region: Rect, ratio: float) -> Rect:
    """A region of that shape with this one in its middle."""
    x, y, w, h = region
    wide, high = max(w, h * ratio), max(h, w / ratio)
    return (x - (wide - w) / 2, y - (high - h) / 2, wide, high)
