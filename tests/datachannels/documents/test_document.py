from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datachannels.documents.algebra import compose
from datachannels.documents.delta_json import write_delta
from datachannels.documents.document import applied, document_of, read_document, replayed, write_document
from datachannels.documents.ops import Delete, Delta, Insert, Retain
from datachannels.refusals import RequestRefused
from tests.datachannels.documents.random_deltas import change, some_document

randoms = st.integers(0, 2**48).map(Random)

SMILE = document_of((Insert("a\ud83d\ude00b\n"),))


@given(randoms)
def test_looking_only_at_what_changes_gives_the_whole_document(random: Random) -> None:
    before = some_document(random, inserts=12)
    made = change(random, before)
    after = applied(before, made)
    assert after == document_of(compose(before.ops, made))
    assert after.text() == "".join(op.text for op in after.ops)


def test_what_a_change_does_not_touch_is_not_even_copied() -> None:
    before = document_of(tuple(Insert("run\n", {"header": number % 2}) for number in range(2_000)))
    after = applied(before, (Retain(4_002), Insert("x")))
    assert [op.content for op in after.ops[1_000:1_003]] == ["ru", "x", "n\n"]
    untouched = [*zip(before.ops[:1_000], after.ops, strict=False)]
    untouched += zip(before.ops[-999:], after.ops[-999:], strict=True)
    assert all(one is other for one, other in untouched)


@given(randoms)
def test_text_between_two_indexes_is_a_part_of_the_whole_text(random: Random) -> None:
    document = some_document(random)
    start, end = (random.randrange(document.length + 2) for _ in range(2))
    assert document.text(start, end) == document.text()[start : max(end, start)]


@pytest.mark.parametrize(
    "made",
    [
        (Retain(6, {"bold": True}),),
        (Retain(5), Insert("c\n"), Delete(1)),
        (Delete(6),),
        (Delete(2**53 - 1),),
        (Retain(2), Insert("x")),
        (Retain(2, {"bold": True}),),
        (Retain(2), Delete(1)),
        (Retain(1), Delete(1)),
        (Retain(3), Insert("x"), Retain(1), Delete(1)),
        (Retain(5), Insert("c")),
        (Retain(5), Insert({"image": "https://x.test"})),
        (Retain(4), Insert("c"), Delete(1)),
        (Delete(5),),
    ],
)
def test_a_change_that_does_not_fit_is_refused(made: Delta) -> None:
    with pytest.raises(RequestRefused) as refused:
        applied(SMILE, made)
    assert refused.value.code == "bad_message"


def test_text_may_go_up_to_the_last_line_break() -> None:
    assert applied(SMILE, (Delete(4),)).text() == "\n"
    assert applied(SMILE, (Retain(5), Insert("c\n"))).text() == SMILE.text() + "c\n"
    assert applied(SMILE, (Retain(4), Insert("\n"), Delete(1))).text() == SMILE.text()


def test_attributes_and_embeds_weigh_what_they_take() -> None:
    document = document_of((Insert("ab", {"bold": True}), Insert({"divider": 1}), Insert("\n")))
    assert document.weight == 4 + len('{"bold":true}') + len('{"divider":1}')


@pytest.mark.parametrize(
    ("ops", "text"),
    [
        ([], "\n"),
        ([{"insert": "a"}], "a\n"),
        ([{"insert": "a\n"}], "a\n"),
        ([{"insert": {"x": 1}}], "\ufffc\n"),
    ],
)
def test_a_new_document_gets_the_line_break_it_lacks(ops: list[Any], text: str) -> None:
    assert read_document({"ops": ops}).text() == text


@pytest.mark.parametrize("op", [{"retain": 1, "attributes": {"a": 1}}, {"delete": 1}])
def test_a_new_document_has_inserts_only(op: dict[str, Any]) -> None:
    with pytest.raises(RequestRefused):
        read_document({"ops": [op, {"insert": "\n"}]})


def test_a_document_is_written_as_the_world_reads_it() -> None:
    assert write_document(SMILE) == '{"ops":[{"insert":"a😀b\\n"}]}'.encode()
    assert read_document(write_delta(SMILE.ops)) == SMILE


@given(randoms)
def test_replaying_changes_is_applying_them_in_turn(random: Random) -> None:
    first = some_document(random)
    one = change(random, first)
    second = applied(first, one)
    other = change(random, second)
    assert replayed(first, [one, other]) == applied(second, other)
    assert replayed(first, []) == first
