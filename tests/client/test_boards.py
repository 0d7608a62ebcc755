"""A client's board against the real service: shown at once, and in the end the same for everybody."""

from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.boards import OpenBoard
from datachannels.whiteboard.board import Board, replay
from datachannels.whiteboard.entries import read_back
from tests.datachannels.table import Person, Seat
from tests.datachannels.whiteboard.board_table import BOARD, BoardTable


class Artist:
    """A board on a seat, which may be lost and taken again. `inbox` has come, and was not read yet."""

    def __init__(self, table: BoardTable, name: str) -> None:
        self.table = table
        self.person = Person(f"pa_{name}", name, name.title())
        self.board = OpenBoard(BOARD, f"c{name}", {"identity": name, "name": name.title()})
        self.seat: Seat | None = None

    def connect(self) -> None:
        if self.seat is not None:
            self.seat.lose()
        self.board.messages()
        self.seat = self.table.sit(self.person)
        self.board.open()

    def flush(self) -> None:
        for message in self.board.messages():
            if self.seat is not None and not self.seat.closed:
                self.seat.send(message)

    def read(self, count: int = 1_000) -> None:
        if self.seat is None:
            return
        taken, self.seat.inbox = self.seat.inbox[:count], self.seat.inbox[count:]
        for message in taken:
            self.board.receive(self.fetched(message))

    def fetched(self, message: dict[str, Any]) -> dict[str, Any]:
        """With what it refers to."""
        url = message.get("url")
        if url is None:
            return message
        if "/content" in url:
            content: dict[str, Any] = self.table.content(int(url.rpartition("=")[2]))
            return message | content
        change = self.table.boards.kept[BOARD].log[int(url.rpartition("/")[2]) - 1]
        return message | {"changes": orjson.loads(change.body)}


def settle(table: BoardTable, artists: list[Artist]) -> None:
    """Until everybody has said and heard all."""
    for _ in range(200):
        table.advance(1.0)
        for artist in artists:
            if artist.board.retry_ms is not None:
                artist.board.retry()
            artist.flush()
        table.settle()
        for artist in artists:
            artist.read()
            artist.flush()
        if all(artist.board.synchronized for artist in artists):
            return
    raise AssertionError("they never agree")


def folded(table: BoardTable, version: int) -> dict[str, Any]:
    """The stored changes up to a version, as elements."""
    board = Board()
    for change in table.boards.kept[BOARD].log[:version]:
        replay(board, read_back(orjson.loads(change.body)))
    return {name: orjson.loads(element.text) for name, element in board.elements.items()}


def rect(element: str, **props: Any) -> dict[str, Any]:
    return {"op": "put", "id": element, "props": {"type": "rect", **props}}


def test_own_value_is_shown_until_it_is_acknowledged() -> None:
    table = BoardTable()
    ada, bob = Artist(table, "ada"), Artist(table, "bob")
    ada.connect()
    bob.connect()
    ada.board.draw(rect("e", text="ada"))
    assert ada.board.shown.elements["e"]["text"] == "ada"
    settle(table, [ada, bob])
    bob.board.draw({"op": "put", "id": "e", "props": {"text": "bob"}})
    bob.flush()
    ada.board.draw({"op": "put", "id": "e", "props": {"text": "ada again"}})
    table.settle()
    ada.read()
    assert ada.board.stored.elements["e"]["text"] == "bob"
    assert ada.board.shown.elements["e"]["text"] == "ada again"
    settle(table, [ada, bob])
    assert bob.board.shown.elements["e"]["text"] == "ada again"


def test_refused_change_is_taken_back_and_those_behind_it_are_kept() -> None:
    table = BoardTable()
    ada = Artist(table, "ada")
    ada.connect()
    settle(table, [ada])
    ada.board.draw(rect("a"))
    ada.board.draw({"op": "put", "id": "b", "props": {"type": "nonsense"}})
    ada.board.draw(rect("c"))
    settle(table, [ada])
    assert set(ada.board.shown.elements) == {"a", "c"} == set(folded(table, 99))
    assert [code for code, _ in ada.board.refused] == ["bad_message"]


def test_what_was_drawn_without_a_connection_is_sent_later() -> None:
    table = BoardTable()
    ada, bob = Artist(table, "ada"), Artist(table, "bob")
    ada.board.draw(rect("a"))
    for index in range(40):
        ada.board.draw({"op": "put", "id": "a", "props": {"text": str(index)}})
    ada.connect()
    bob.connect()
    settle(table, [ada, bob])
    assert bob.board.shown.elements["a"]["text"] == "39"


@pytest.mark.parametrize("size", [100, 5_000])
def test_restored_element_comes_back_whole(size: int) -> None:
    table = BoardTable()
    ada, bob = Artist(table, "ada"), Artist(table, "bob")
    ada.connect()
    settle(table, [ada])
    points = [0, 0, 128] + [123, -123, 10] * size
    ada.board.draw({"op": "put", "id": "s", "props": {"type": "stroke", "points": points}})
    ada.board.draw({"op": "delete", "id": "s"})
    settle(table, [ada])
    bob.connect()
    settle(table, [ada, bob])
    bob.board.draw({"op": "restore", "id": "s"})
    settle(table, [ada, bob])
    assert ada.board.shown.elements["s"]["points"] == bob.board.shown.elements["s"]["points"] == points


ELEMENTS = ["e1", "e2", "e3"]


def some_change(random: Random) -> dict[str, Any]:
    element = random.choice(ELEMENTS)
    match random.randrange(8):
        case 0:
            return {"op": "delete", "id": element}
        case 1:
            return {"op": "restore", "id": element}
        case 2:
            return {"op": "page", "id": random.choice(["p1", "p2"]), "title": str(random.randrange(9))}
        case 3:
            return {"op": "put", "id": element, "props": {"type": "rect", "text": None}}
        case 4:
            style = {random.choice(["width", "size"]): random.choice([None, random.randrange(1, 9)])}
            return {"op": "put", "id": element, "props": {"type": "rect", "style": style}}
        case _:
            return rect(element, text=str(random.random()), z=f"a{random.randrange(9)}")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_everybody_has_the_same_board_whatever_is_lost_on_the_way(seed: int) -> None:
    random = Random(seed)
    table = BoardTable()
    artists = [Artist(table, name) for name in ("ada", "bob", "cleo")]
    told = 0
    for _ in range(80):
        artist = random.choice(artists)
        table.advance(0.05)
        match random.randrange(12):
            case 0 | 1:
                artist.connect()
            case 2 | 3 | 4:
                artist.board.draw(*(some_change(random) for _ in range(random.randrange(1, 3))))
            case 5 | 6:
                artist.flush()
            case 7 | 8:
                artist.read(random.randrange(1, 4))
            case 9:
                table.boards.commit(random.randrange(1, 4))
            case 10:
                for _ in range(random.randrange(1, 60)):
                    table.work.step()
            case _:
                if random.random() < 0.3:
                    table.boards.fail(stored=random.randrange(2))
        for one in artists:
            # Whatever anybody was told is stored.
            told = max(told, one.board.version)
            assert one.board.version <= len(table.boards.kept[BOARD].log)
    for artist in artists:
        artist.connect()
    settle(table, artists)
    log = table.boards.kept[BOARD].log
    assert told <= len(log)
    submits = [(change.author.identity, change.client, change.seq) for change in log]
    assert len(set(submits)) == len(submits)
    assert [change.version for change in log] == list(range(1, len(log) + 1))
    expected = folded(table, len(log))
    for artist in artists:
        assert artist.board.stored.elements == expected == artist.board.shown.elements
        assert artist.board.refused == []
    pages = table.content(len(log))["pages"]
    assert all(artist.board.stored.pages == {page["id"]: page for page in pages} for artist in artists)
    for version in range(1, len(log) + 1):
        content = table.content(version)["elements"]
        assert {one["id"]: one for one in content} == folded(table, version)
