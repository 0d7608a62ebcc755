"""Places that follow changes, one by one or all at once."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from datachannels.documents.anchors import MAX_SEARCHED, Anchor, Edits, Places
from datachannels.documents.document import document_of
from datachannels.documents.ops import Insert
from tests.datachannels.documents.random_deltas import change, some_document


@given(st.integers(0, 2**48).map(Random))
def test_places_that_move_together_move_as_each_by_itself(random: Random) -> None:
    document = some_document(random, inserts=8)
    made = change(random, document)
    places = Places(made)
    for start in range(document.length + 1):
        for end in (start, random.randint(start, document.length), document.length + 1):
            one, other = Anchor(start, end), Anchor(start, end)
            one.move(made)
            places.move(other)
            assert one == other


def test_of_many_lost_quotes_each_is_looked_for_near_its_old_place() -> None:
    text = "a lost quote " * 50 + "." * MAX_SEARCHED + "a lost quote\n"
    content = document_of((Insert(text),))
    everywhere = Edits(content.ops, content, 12, 1)
    assert everywhere.nearest("a lost quote", len(text)) == len(text) - 13
    near = Edits(content.ops, content, 12, MAX_SEARCHED // 100)
    assert near.nearest("a lost quote", 130) == 130
    assert near.nearest("a lost quote", 10_000) is None
