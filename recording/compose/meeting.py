"""The meeting as it was at a moment: the journal, folded line by line.

A journal may have been cut off, and its fields are what programs of another version wrote: what does not fit
is passed over.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from typing import Any, Final

import orjson

from datachannels.refusals import RequestRefused
from datachannels.whiteboard.board import Board, Element, Page, replay
from datachannels.whiteboard.entries import read_back
from recording.journal_reader import JournalLine
from recording.manifest import Manifest

BOARD_STAYS_MS: Final = 15_000
"""A board that nobody has open is shown for so long after its last change."""

SEEN: Final = "seen"
UNSEEN: Final = "unseen"
"""Lines of our own, by the files of a track: what a journal without its beginning leaves out."""


@dataclass(slots=True)
class Person:
    """Somebody in the meeting."""

    id: str
    identity: str
    name: str
    by_files: bool = False


@dataclass(slots=True)
class PublishedTrack:
    """A track while it is published; `marks` are what was drawn on it, by (participant, id)."""

    id: str
    participant: str
    source: str
    since_ms: int
    muted: bool = False
    marks: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    marked: int = 0
    """Grows with each change of the marks."""
    by_files: bool = False


@dataclass(slots=True)
class ShownBoard:
    """A board; `changes` grows with each change of its content."""

    id: str
    title: str
    content: Board
    since_ms: int
    open_by: set[str]
    changed_ms: int = -BOARD_STAYS_MS
    changes: int = 0

    def is_looked_at(self, at_ms: int) -> bool:
        """Whether it belongs on the stage."""
        return bool(self.open_by) or at_ms < self.changed_ms + BOARD_STAYS_MS


class Meeting:
    """`take` lines in order. `follows` is the identity of whose pins count, "" if it is nobody's."""

    def __init__(self, follows: str = "") -> None:
        self.people: dict[str, Person] = {}
        self.tracks: dict[str, PublishedTrack] = {}
        self.boards: dict[str, ShownBoard] = {}
        self._follows = follows
        self._pins: dict[str, list[str]] = {}
        self._looked_at: dict[str, set[str]] = {}
        """Documents and boards, by whom: of a board we may hear before we are told what is on it."""

    def take(self, line: JournalLine) -> None:
        """What happened next."""
        handler = _HANDLERS.get(line.kind)
        if handler is not None:
            try:
                handler(self, line.at_ms, line.fields)
            except (KeyError, TypeError, ValueError, AttributeError, RequestRefused):
                return

    @property
    def pinned(self) -> str:
        """The track that is kept before all; "" for none. Of several of that identity the newest decides."""
        if not self._follows:
            return ""
        own = [person.id for person in self.people.values() if person.identity == self._follows]
        pins = self._pins.get(own[-1], []) if own else []
        return next((track for track in pins if track in self.tracks), "")

    def track_of(self, participant: str, source: str) -> PublishedTrack | None:
        """What somebody shows from this source."""
        return next(
            (one for one in self.tracks.values() if one.participant == participant and one.source == source),
            None,
        )

    # --- people and tracks -------------------------------------------------------------------------------

    def _joined(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        identity, name = str(fields.get("identity", "")), str(fields["name"])
        self.people[fields["participant"]] = Person(fields["participant"], identity, name)

    def _renamed(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        self.people[fields["participant"]].name = str(fields["name"])

    def _left(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        gone = fields["participant"]
        self.people.pop(gone, None)
        self._pins.pop(gone, None)
        self.tracks = {name: track for name, track in self.tracks.items() if track.participant != gone}
        for lookers in self._looked_at.values():
            lookers.discard(gone)

    def _published(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        participant, source = str(fields["participant"]), str(fields["source"])
        self.tracks[fields["track"]] = PublishedTrack(
            fields["track"], participant, source, at_ms, bool(fields.get("muted"))
        )

    def _muted(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        self.tracks[fields["track"]].muted = bool(fields["muted"])

    def _unpublished(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        self.tracks.pop(fields["track"], None)

    def _pinned(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        self._pins[fields["participant"]] = [str(track) for track in fields["tracks"]]

    def _seen(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        participant = fields["participant"]
        if participant not in self.people:
            self.people[participant] = Person(
                participant, str(fields["identity"]), str(fields["name"]), by_files=True
            )
        if fields["track"] not in self.tracks:
            self.tracks[fields["track"]] = PublishedTrack(
                fields["track"], participant, fields["source"], at_ms, by_files=True
            )

    def _unseen(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        track = self.tracks.get(fields["track"])
        if track is not None and track.by_files:
            del self.tracks[track.id]
        person = self.people.get(fields["participant"])
        if person is not None and person.by_files and not self._shows_anything(person.id):
            del self.people[person.id]

    def _shows_anything(self, participant: str) -> bool:
        return any(track.participant == participant for track in self.tracks.values())

    # --- marks ---------------------------------------------------------------------------------------------

    def _marks(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        track = self.tracks[fields["track"]]
        track.marks = {(mark["participant"], mark["mark"]): mark for mark in fields["marks"]}
        track.marked += 1

    def _draw(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        track = self.tracks[fields["track"]]
        mark = dict(fields)
        if fields.get("fade_ms") and fields.get("done", True):
            mark["ends_ms"] = at_ms + fields["fade_ms"]
        # Of marks that fade nobody tells the end.
        track.marks = {key: one for key, one in track.marks.items() if one.get("ends_ms", at_ms + 1) > at_ms}
        track.marks[fields["participant"], fields["mark"]] = mark
        track.marked += 1

    def _erase(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        track = self.tracks[fields["track"]]
        track.marks.pop((fields["participant"], fields["mark"]), None)
        track.marked += 1

    def _clear(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        track = self.tracks[fields["track"]]
        own = fields["scope"] == "own"
        track.marks = {
            key: mark for key, mark in track.marks.items() if own and key[0] != fields["participant"]
        }
        track.marked += 1

    # --- boards --------------------------------------------------------------------------------------------

    def _board(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        content = Board()
        content.pages.clear()
        content.fill([_element(one) for one in fields["elements"]], [_page(one) for one in fields["pages"]])
        known = self.boards.get(fields["board"])
        if known is None:
            lookers = self._looked_at.setdefault(fields["board"], set())
            known = ShownBoard(fields["board"], str(fields.get("title", "")), content, at_ms, lookers)
            self.boards[known.id] = known
        else:
            known.title, known.content = str(fields.get("title", "")), content
            known.changes += 1

    def _board_change(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        board = self.boards[fields["board"]]
        if not board.is_looked_at(at_ms):
            board.since_ms = at_ms
        replay(board.content, read_back(fields["changes"]))
        board.changed_ms = at_ms
        board.changes += 1

    def _opened(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        board = self.boards.get(fields["topic"])
        if board is not None and not board.is_looked_at(at_ms):
            board.since_ms = at_ms
        self._looked_at.setdefault(fields["topic"], set()).add(fields["participant"])

    def _closed(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        self._looked_at[fields["topic"]].discard(fields["participant"])

    def _deleted(self, at_ms: int, fields: Mapping[str, Any]) -> None:
        self.boards.pop(fields["topic"], None)


def _element(described: dict[str, Any]) -> Element:
    props = {name: value for name, value in described.items() if name != "id"}
    return Element(described["id"], described["type"], described["page"], orjson.dumps(props))


def _page(described: dict[str, Any]) -> Page:
    return Page(
        described["id"], described.get("title", ""), described.get("z", ""), bool(described.get("deleted"))
    )


_HANDLERS: Mapping[str, Callable[[Meeting, int, Mapping[str, Any]], None]] = {
    "joined": Meeting._joined,
    "renamed": Meeting._renamed,
    "left": Meeting._left,
    "published": Meeting._published,
    "muted": Meeting._muted,
    "unpublished": Meeting._unpublished,
    "pinned": Meeting._pinned,
    SEEN: Meeting._seen,
    UNSEEN: Meeting._unseen,
    "marks": Meeting._marks,
    "draw": Meeting._draw,
    "erase": Meeting._erase,
    "clear": Meeting._clear,
    "board": Meeting._board,
    "board_change": Meeting._board_change,
    "opened": Meeting._opened,
    "closed": Meeting._closed,
    "deleted": Meeting._deleted,
}


def with_files(manifest: Manifest, journal: Iterable[JournalLine]) -> Iterator[JournalLine]:
    """The journal, and what the files say where it is silent."""
    by_files: list[JournalLine] = []
    for track in manifest.tracks:
        if not track.files:
            continue
        fields = {
            "track": track.id,
            "participant": track.participant or track.name,
            "identity": track.identity,
            "name": track.name,
            "source": track.source,
        }
        first, last = track.files[0], track.files[-1]
        by_files.append(JournalLine(first.offset_ms, SEEN, fields))
        by_files.append(JournalLine(last.offset_ms + last.duration_ms, UNSEEN, fields))
    by_files.sort(key=lambda line: line.at_ms)
    # The journal's own lines of the same moment come first: then nothing is left to be guessed.
    return merge(journal, by_files, key=lambda line: line.at_ms)
