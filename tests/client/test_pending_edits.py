from random import Random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.pending_edits import PendingEdits, split
from datachannels.documents.delta_json import write_delta
from datachannels.documents.document import EMPTY, Document, applied, document_of
from datachannels.documents.ops import Delete, Delta, Insert, Retain, base_length
from datachannels.refusals import RequestRefused
from tests.datachannels.documents.random_deltas import change, some_document, units

randoms = st.integers(0, 2**48).map(Random)


def parts(made: Delta) -> list[Delta]:
    found = []
    while made:
        first, made = split(made)
        found.append(first)
    return found


def in_turn(document: Document, changes: list[Delta]) -> Document:
    for each in changes:
        document = applied(document, each)
    return document


@pytest.mark.parametrize(
    "made",
    [
        (Insert("a" * 200_000),),
        (Insert("a" + units("😀" * 60_000)), Delete(2)),
        (Insert("\x01" * 50_000, {"bold": True}), Retain(1, {"bold": True}), Delete(1)),
        tuple(Insert("a", {"note": "n" * 500 + str(number)}) for number in range(300)),
    ],
    ids=["text", "emoji", "controls", "formats"],
)
def test_a_large_change_goes_out_in_messages_that_fit(made: Delta) -> None:
    document = document_of((Insert("abc\n"),))
    found = parts(made)
    assert len(found) > 3
    assert all(len(orjson.dumps(write_delta(part))) < 60 * 1024 for part in found)
    assert in_turn(document, found) == applied(document, made)


@given(randoms)
def test_a_small_change_stays_whole(random: Random) -> None:
    made = change(random, some_document(random))
    assert split(made) == (made, ())


@given(randoms)
def test_pending_edits_and_those_of_others_meet_in_one_document(random: Random) -> None:
    start = some_document(random)
    edits = PendingEdits(start)
    server = start
    for _ in range(8):
        edits.make(change(random, edits.content))
        edits.send()
        other = change(random, server)
        server = applied(server, other)
        edits.receive(other)
        if random.random() < 0.3 and edits.in_flight is not None:
            server = applied(server, edits.confirm())
        assert edits.confirmed == server
    while not edits.synchronized:
        edits.send()
        server = applied(server, edits.confirm())
    assert edits.content == server


@given(randoms)
def test_what_was_refused_is_as_if_it_had_not_been(random: Random) -> None:
    edits = PendingEdits(some_document(random))
    start = edits.content
    edits.make((Insert("refused"),))
    edits.send()
    edits.make((Insert("kept"), Retain(3), Insert("lost in it")))
    before = edits.content
    assert applied(before, edits.take_back()) == edits.content
    assert edits.content.text() == "keptlost in it" + start.text()


@pytest.mark.parametrize(
    "made", [(Retain(1), Insert("a\n")), (Insert("\n"), Delete(1)), (Insert("a\n"), Delete(1))]
)
def test_the_last_line_break_is_left_alone(made: Delta) -> None:
    edits = PendingEdits(EMPTY)
    taken = edits.make(made)
    assert edits.content == applied(EMPTY, made) == applied(EMPTY, taken)
    assert base_length(taken) == 0


def test_what_does_not_fit_is_not_taken() -> None:
    edits = PendingEdits(EMPTY)
    with pytest.raises(RequestRefused):
        edits.make((Retain(1), Insert("a")))
    assert edits.synchronized
    assert edits.content == EMPTY
