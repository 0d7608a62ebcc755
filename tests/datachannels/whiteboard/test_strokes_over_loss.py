"""Strokes over a network that loses packets: whole peers, SCTP and the services, in simulated time."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson

from datachannels.channel import PRIORITY
from sfu.identifiers import PeerId
from sfu.messages import ChannelMessage, ChannelOpened, SendMessage
from tests.datachannels.table import Person, Seat
from tests.datachannels.whiteboard.board_table import BOARD, BoardTable
from tests.sim.meeting import SERVER, Meeting

LOSS, DELAY_MS = 0.02, 10.0
PUMP_S = 0.001
"""What the node's loop takes at most until it looks again."""

MESSAGES_PER_S, POINTS_A_MESSAGE, TAIL_POINTS = 60, 4, 64
REPEATS, REPEAT_S = 3, 0.02
"""Of a stroke's last points, once the pen is up: `web/src/client/board_live.ts`."""

STROKE_MESSAGES, STROKES, REST_S = 24, 25, 0.05
COMPLETE_S = 0.1


@dataclass(slots=True)
class Seen:
    """A stroke on somebody's screen: how many points of it without a gap, and since when all."""

    points: int = 0
    whole_at: float | None = None


@dataclass(slots=True)
class Drawn:
    """A stroke of `points`, and when the pen went up."""

    points: int
    up_at: float = 0.0
    seen: dict[str, Seen] = field(default_factory=dict)


class Studio:
    """A node with the services behind it, as the signaling layer connects them."""

    def __init__(self, seed: int) -> None:
        self.meeting = Meeting(seed)
        self.table = BoardTable()
        self.people: dict[PeerId, Person] = {}
        self.strokes: dict[str, Drawn] = {}
        self._seats: dict[tuple[PeerId, int], Seat] = {}
        self._taken = 0
        self._pump(self.meeting.now)

    def _pump(self, now: float) -> None:
        table, events = self.table, self.meeting.events
        table.work.now = now
        while self._taken < len(events):
            event = events[self._taken]
            self._taken += 1
            if isinstance(event, ChannelOpened):
                seat = table.sit(self.people[event.peer], event.label)
                self._seats[event.peer, event.channel] = seat
            elif isinstance(event, ChannelMessage):
                table.services.received(self._seats[event.peer, event.channel].number, event.text, now)
        table.services.handle_timeout(now)
        table.settle()
        for end, seat in self._seats.items():
            for message in seat.take():
                priority = PRIORITY.get(seat.label, "edits")
                self.meeting.handle(SendMessage((end,), orjson.dumps(message).decode(), priority))
        self.meeting.simulation.at(now + PUMP_S, self._pump)


class Artist:
    """Somebody who draws as the page does, one stroke after the other, and sees what others draw."""

    def __init__(self, studio: Studio, name: str) -> None:
        self.studio, self.name = studio, name
        self.member = studio.meeting.join()
        studio.people[self.member.peer] = Person(f"pa_{name}", name, name)
        connection, now = self.member.connection, studio.meeting.now
        self.board = connection.open_channel("whiteboard", now)
        self.live = connection.open_channel("live", now, ordered=False, max_retransmits=0)
        self.board.on_message = self.live.on_message = self._hear
        self.holes = 0
        self._strokes = self._messages = 0
        self.member.connect()
        studio.meeting.run(0.1)
        self._say({"t": "open", "board": BOARD, "client": name, "version": None})
        studio.meeting.run(0.1)
        studio.meeting.lossy(self.member, up=LOSS, down=LOSS, delay_ms=DELAY_MS)

    def draw(self, now: float) -> None:
        """The next points, and again with the next message until all strokes are drawn."""
        element = f"{self.name}.{self._strokes}"
        drawn = self.studio.strokes.setdefault(element, Drawn(STROKE_MESSAGES * POINTS_A_MESSAGE))
        self._messages += 1
        count = self._messages * POINTS_A_MESSAGE
        first = max(0, count - TAIL_POINTS)
        points = [1, 1, 128] * (count - first)
        stroke = {"t": "stroke", "board": BOARD, "element": element, "from": first, "points": points}
        text = orjson.dumps(stroke).decode()
        self._show(text, now)
        pause = 1 / MESSAGES_PER_S
        if self._messages == STROKE_MESSAGES:
            drawn.up_at, pause = now, REST_S
            self._messages, self._strokes = 0, self._strokes + 1
            props = {"type": "stroke", "points": [1, 1, 128] * count, "z": "a0"}
            put = {"op": "put", "id": element, "props": props}
            self._say({"t": "submit", "board": BOARD, "seq": self._strokes, "changes": [put]})
            for number in range(REPEATS):
                at = now + (number + 1) * REPEAT_S
                self.studio.meeting.simulation.at(at, partial(self._show, text))
        if self._strokes < STROKES:
            self.studio.meeting.simulation.at(now + pause, self.draw)

    def _show(self, stroke: str, now: float) -> None:
        self.live.send(stroke, now)
        self.studio.meeting.simulation.touch(self.member.connection)

    def _say(self, message: dict[str, Any]) -> None:
        self.board.send(orjson.dumps(message).decode(), self.studio.meeting.now)

    def _hear(self, data: str | bytes) -> None:
        value = orjson.loads(data)
        for message in value if isinstance(value, list) else [value]:
            if message["t"] == "stroke":
                first, count = message["from"], len(message["points"]) // 3
                seen = self._seen(message["element"])
                self.holes += first > seen.points
                seen.points = max(seen.points, first + count)
                self._look(message["element"], seen)
            elif message["t"] == "change":
                for put in message["changes"]:
                    seen = self._seen(put["id"])
                    seen.points = self.studio.strokes[put["id"]].points
                    self._look(put["id"], seen)

    def _seen(self, element: str) -> Seen:
        return self.studio.strokes[element].seen.setdefault(self.name, Seen())

    def _look(self, element: str, seen: Seen) -> None:
        if seen.whole_at is None and seen.points == self.studio.strokes[element].points:
            seen.whole_at = self.studio.meeting.now


def test_every_stroke_is_whole_soon_after_the_pen_is_up_though_packets_are_lost() -> None:
    studio = Studio(seed=6)
    artists = [Artist(studio, name) for name in ("ada", "bo", "cy")]
    drawing = artists[:2]
    for artist in drawing:
        studio.meeting.simulation.at(studio.meeting.now + 0.01, artist.draw)
    studio.meeting.run(STROKES * (STROKE_MESSAGES / MESSAGES_PER_S + REST_S) + 1)
    assert len(studio.strokes) == 2 * STROKES
    waits: list[float] = []
    for element, drawn in studio.strokes.items():
        others = {artist.name for artist in artists} - {element.partition(".")[0]}
        assert drawn.seen.keys() == others
        for seen in drawn.seen.values():
            assert seen.whole_at is not None
            waits.append(seen.whole_at - drawn.up_at)
    assert max(waits) <= COMPLETE_S
    assert [artist.holes for artist in artists] == [0, 0, 0]
    links = [studio.meeting.simulation.links(artist.member.address, SERVER) for artist in artists]
    assert min(link.lost for both in links for link in both) > 0
