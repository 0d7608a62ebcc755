"""Live messages: merged, to whom they concern, never kept."""

from typing import Any

import orjson
import pytest

from datachannels.live import GATHER_S, MAX_DATAGRAM_BYTES, MAX_WAITING
from tests.datachannels.table import Seat, Table


def pointer(x: float, board: str = "b") -> dict[str, Any]:
    return {"t": "pointer", "board": board, "x": x, "y": 0.0}


def seats(*names: str) -> tuple[Table, list[Seat]]:
    table = Table()
    return table, [table.sit(name, "live") for name in names]


def heard(seat: Seat) -> list[Any]:
    """Every message, out of its datagram."""
    return [
        one for datagram in seat.take() for one in (datagram if isinstance(datagram, list) else [datagram])
    ]


def test_the_first_message_after_a_pause_goes_on_at_once_and_not_to_its_sender() -> None:
    table, (anna, bert) = seats("anna", "bert")
    for x in (1, 2):
        anna.send(pointer(x))
        assert bert.take() == [{"t": "pointer", "participant": anna.person.id, "board": "b", "x": x, "y": 0}]
        table.advance(1.0)
    assert anna.take() == []


def test_the_newest_of_a_kind_and_topic_wins() -> None:
    table, (anna, bert) = seats("anna", "bert")
    anna.send(pointer(0))
    bert.take()
    for x in range(1, 6):
        anna.send(pointer(x))
        anna.send(pointer(-x, "c"))
        anna.send({"t": "viewport", "board": "b", "x": x, "y": 0, "zoom": 1})
    table.advance(GATHER_S)
    ((first, second, third),) = bert.take()
    assert [(m["t"], m["board"], m["x"]) for m in (first, second, third)] == [
        ("pointer", "b", 5),
        ("pointer", "c", -5),
        ("viewport", "b", 5),
    ]


def test_one_receiver_gets_sixty_datagrams_a_second_however_many_send() -> None:
    table, (receiver, *senders) = seats("zoe", *(f"p{number}" for number in range(10)))
    for step in range(200):
        for sender in senders:
            sender.send(pointer(step))
        table.advance(0.005)
    assert 55 <= len(receiver.take()) <= 61


def test_who_hears_the_same_gets_the_same_bytes() -> None:
    table, (anna, bert, carol, dora) = seats("anna", "bert", "carol", "dora")
    for x in (1, 2):
        anna.send(pointer(x))
        bert.send(pointer(-x))
    table.advance(GATHER_S)
    assert carol.raw[-1] is dora.raw[-1]
    assert [m["participant"] for m in heard(anna)] == [bert.person.id]
    assert bert.person.id not in [m["participant"] for m in heard(bert)]


def test_typing_and_cursors_go_to_those_who_have_the_topic_open() -> None:
    table, (anna, bert, carol) = seats("anna", "bert", "carol")
    chat = table.sit(bert.person)
    chat.open("b")
    anna.send({"t": "typing", "topic": "chat"})
    assert [m["topic"] for m in heard(bert)] == ["chat"]
    assert carol.take() == []
    chat.send({"t": "close"})
    table.advance(1.0)
    anna.send({"t": "typing", "topic": "chat"})
    anna.send({"t": "cursor", "doc": "do_1", "version": 1, "index": 0, "length": 0})
    table.advance(1.0)
    assert bert.take() == []


def test_live_messages_stay_in_their_meeting() -> None:
    table, (anna,) = seats("anna")
    other = table.sit(table.person("bert", meeting="rm_2"), "live")
    anna.send(pointer(1))
    table.advance(1.0)
    assert other.take() == []


def test_an_array_is_its_messages_and_a_bad_one_spoils_no_other() -> None:
    table, (anna, bert) = seats("anna", "bert")
    anna.send(
        [pointer(1), {"t": "nope", "id": 3}, {"t": "viewport", "board": "b", "x": 0, "y": 0, "zoom": 1}]
    )
    table.advance(GATHER_S)
    assert [m["t"] for m in heard(bert)] == ["pointer", "viewport"]
    assert [(m["code"], m["re"]) for m in anna.take()] == [("bad_message", 3)]


def test_one_who_is_not_shown_shows_nothing() -> None:
    table, (bert,) = seats("bert")
    table.sit(table.person("ghost", hidden=True), "live").send(pointer(1))
    table.advance(1.0)
    assert bert.take() == []


def test_who_is_in_no_list_is_named_and_hears_only_what_it_has_open() -> None:
    table, (anna, bert) = seats("anna", "bert")
    holder = table.sit(table.person("holder", listed=False), "live")
    anna.send(pointer(1))
    assert holder.take() == [] != bert.take()
    for seat in (anna, holder):
        table.node.watchers.add("rm_1", "b", seat.person.id)
    table.advance(1.0)
    anna.send(pointer(2))
    assert [(message["x"], message["name"]) for message in holder.take()] == [(2, "Anna")]
    table.advance(1.0)
    cursor = {"t": "cursor", "doc": "b", "version": 1, "index": 0, "length": 0}
    holder.send(cursor)
    assert anna.take() == [{**cursor, "participant": holder.person.id, "name": "Holder"}]


def test_nobody_can_tell_that_somebody_is_there_who_is_not_shown() -> None:
    table, (anna, bert) = seats("anna", "bert")
    agent = table.sit(table.person("agent", listed=False, hidden=True), "live")
    anna.send(pointer(1))
    assert [message.get("name") for message in bert.take()] == [None]
    assert agent.take() == []


def test_who_moves_to_another_meeting_keeps_channels_and_what_is_open_there() -> None:
    table, (anna,) = seats("anna")
    holder = table.sit(table.person("holder", listed=False, meeting=""), "live")
    table.node.watchers.add("", "do_1", holder.person.id)
    table.node.watchers.add("rm_1", "do_1", anna.person.id)
    cursor = {"t": "cursor", "doc": "do_1", "version": 1, "index": 0, "length": 0}
    anna.send(cursor)
    assert holder.take() == []
    holder.person.meeting = "rm_1"
    table.services.rehome(holder.person.id, "", "rm_1")
    anna.send(cursor)
    assert [message["t"] for message in holder.take()] == ["cursor"]
    table.node.watchers.remove("rm_1", "do_1", holder.person.id)
    holder.lose()
    assert table.node.watchers.of("rm_1", "do_1") == {anna.person.id}
    assert table.node.channels.labelled("", "live") == []


@pytest.mark.parametrize(
    ("message", "action"),
    [
        ({"t": "typing", "topic": "chat"}, "say"),
        ({"t": "typing", "topic": "do_1"}, "edit_document"),
        ({"t": "stroke", "board": "b", "element": "e", "from": 0, "points": [1, 2, 3]}, "edit_board"),
    ],
)
def test_who_may_not_write_shows_no_writing(message: dict[str, Any], action: str) -> None:
    _, (anna,) = seats("anna")
    anna.person.forbidden.add(action)
    assert anna.ask(message)["code"] == "forbidden"


def test_a_growing_stroke_and_a_view_say_how_they_look() -> None:
    table, (anna, bert) = seats("anna", "bert")
    look = {"page": "p1", "color": "#a0b1C2", "width": 2.5, "opacity": 0.5}
    view = {"t": "viewport", "board": "b", "x": 1, "y": 2, "zoom": 1, "page": "p1", "width": 9, "height": 8}
    table.node.watchers.add("rm_1", "b", bert.person.id)
    anna.send({**STROKE, "points": [1, 2, 3], **look})
    anna.send(view)
    table.advance(1.0)
    stroke, seen = heard(bert)
    assert {name: stroke[name] for name in look} == look
    assert {name: seen[name] for name in view} == view


STROKE = {"t": "stroke", "board": "b", "element": "e", "from": 0}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"t": "nope"}, "bad_message"),
        ({"t": "pointer", "x": 1, "y": 1}, "bad_message"),
        ({**pointer(1), "track": "tr_1"}, "bad_message"),
        ({**pointer(1), "x": "1"}, "bad_message"),
        ({**pointer(1), "x": 1e300}, "bad_message"),
        ({"t": "cursor", "doc": "d", "version": -1, "index": 0, "length": 0}, "bad_message"),
        ({"t": "cursor", "doc": "d" * 65, "version": 1, "index": 0, "length": 0}, "too_large"),
        ({**STROKE, "points": [0] * 193}, "too_large"),
        ({**STROKE, "points": [0.5]}, "bad_message"),
        ({**STROKE, "points": "[]"}, "bad_message"),
        ({**STROKE, "points": [], "color": "red"}, "bad_message"),
        ({**STROKE, "points": [], "width": -1}, "bad_message"),
        ({"t": "viewport", "board": "b", "x": 0, "y": 0, "zoom": 1, "height": "1"}, "bad_message"),
    ],
)
def test_what_is_no_live_message_is_refused(message: dict[str, Any], code: str) -> None:
    _, (anna,) = seats("anna")
    assert anna.ask(message)["code"] == code


def test_what_does_not_fit_a_datagram_goes_with_the_next() -> None:
    table, (anna, bert) = seats("anna", "bert")
    for number in range(100):
        anna.send(pointer(number, f"{number:064}"))
    table.advance(2 * GATHER_S)
    sizes = [len(raw) for raw in bert.raw]
    assert max(sizes) <= MAX_DATAGRAM_BYTES + 2
    assert [m["x"] for m in heard(bert)] == list(range(100))


def test_what_waits_is_bounded() -> None:
    table, (bert, *others) = seats("bert", *(f"p{number}" for number in range(20)))
    for other in others:
        for number in range(200):
            other.send(pointer(number, f"b{number}"))
    assert table.live.dropped == 20 * 200 - 1 - MAX_WAITING
    table.advance(5.0)
    assert len(heard(bert)) == MAX_WAITING + 1


def test_nothing_is_due_once_all_is_sent() -> None:
    table, (anna, bert) = seats("anna", "bert")
    anna.send(pointer(1))
    anna.send(pointer(2))
    assert table.services.next_timeout() == table.now + GATHER_S
    table.advance(1.0)
    assert table.services.next_timeout() is None
    assert orjson.loads(bert.raw[-1])["x"] == 2
