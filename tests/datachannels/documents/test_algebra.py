"""The laws that all else stands on."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from datachannels.documents.algebra import compose, invert, transform, transform_position
from datachannels.documents.document import applied
from datachannels.documents.ops import Delete, Insert, Retain
from tests.datachannels.documents.random_deltas import change, some_document

randoms = st.integers(0, 2**48).map(Random)


@given(randoms)
def test_two_changes_lead_to_one_document_in_either_order(random: Random) -> None:
    document = some_document(random)
    first, second = change(random, document), change(random, document)
    one = compose(first, transform(second, first, over_first=True))
    other = compose(second, transform(first, second, over_first=False))
    assert applied(document, one) == applied(document, other)
    assert one == other


@given(randoms)
def test_changes_compose_in_any_grouping(random: Random) -> None:
    documents, changes = [some_document(random)], []
    for _ in range(3):
        changes.append(change(random, documents[-1]))
        documents.append(applied(documents[-1], changes[-1]))
    a, b, c = changes
    assert applied(documents[0], compose(compose(a, b), c)) == documents[3]
    assert applied(documents[0], compose(a, compose(b, c))) == documents[3]
    assert compose(compose(a, b), c) == compose(a, compose(b, c))


@given(randoms)
def test_an_inverse_leads_back(random: Random) -> None:
    document = some_document(random)
    made = change(random, document)
    assert applied(applied(document, made), invert(made, document.ops)) == document


@given(randoms)
def test_positions_keep_their_order_and_stay_in_the_document(random: Random) -> None:
    document = some_document(random)
    made = change(random, document)
    after = applied(document, made)
    for stays in (False, True):
        moved = [transform_position(at, made, stays) for at in range(document.length + 1)]
        assert moved == sorted(moved)
        assert moved[0] >= 0
        assert moved[-1] <= after.length
    for at in range(document.length + 1):
        assert transform_position(at, made, stays=True) <= transform_position(at, made, stays=False)


def test_the_committed_insert_stays_left_and_its_attribute_wins() -> None:
    committed = (Insert("a"), Retain(1, {"bold": True}))
    own = (Insert("b"), Retain(1, {"bold": None, "length": 1}))
    assert transform(own, committed, over_first=True) == (Retain(1), Insert("b"), Retain(1, {"length": 1}))
    assert transform(own, committed, over_first=False) == (
        Insert("b"),
        Retain(1),
        Retain(1, own[1].attributes),
    )


def test_what_both_delete_goes_once() -> None:
    assert transform((Retain(1), Delete(3)), (Delete(2),), over_first=True) == (Delete(2),)
    assert transform((Delete(2),), (Delete(2),), over_first=True) == ()
