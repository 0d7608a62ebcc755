from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datachannels.documents.diff import BLOCK, MAX_DIFFERENCES, diff
from datachannels.documents.document import Document, applied, document_of
from datachannels.documents.ops import Delete, Delta, Insert, Retain, base_length
from tests.datachannels.documents.random_deltas import change, some_document, units

randoms = st.integers(0, 2**48).map(Random)


def plain(text: str) -> Document:
    return document_of((Insert(units(text)),))


@given(randoms)
def test_the_difference_of_two_documents_makes_one_of_the_other(random: Random) -> None:
    old, new = some_document(random, inserts=9), some_document(random, inserts=9)
    assert applied(old, diff(old, new)) == new
    assert diff(old, old) == ()


@given(randoms)
def test_an_edited_document_is_found_again(random: Random) -> None:
    old = some_document(random, inserts=20)
    new = old
    for _ in range(random.randint(1, 5)):
        new = applied(new, change(random, new))
    assert applied(old, diff(old, new)) == new
    assert applied(new, diff(new, old)) == old


@given(randoms)
def test_the_last_line_break_is_left_alone(random: Random) -> None:
    old, new = some_document(random), some_document(random)
    made = diff(old, new)
    assert not (made and isinstance(made[-1], Delete) and base_length(made) == old.length)
    assert not (made and isinstance(made[-1], Insert) and base_length(made) >= old.length)


@pytest.mark.parametrize(
    ("old", "new", "made"),
    [
        ("a\nb\nc\n", "a\nx\nc\n", (Retain(2), Insert("x"), Delete(1))),
        ("a\nb\nc\nd\n", "b\nc\nd\ne\n", (Delete(2), Retain(5), Insert("\ne"))),
        ("x\n", "x\nabc\n", (Retain(1), Insert("\nabc"))),
        ("😀\n", "😁\n", (Insert("\ud83d\ude01"), Delete(2))),
        ("𐀀x\n", "𐐀x\n", (Insert("\ud801\udc00"), Delete(2))),
    ],
)
def test_little_is_said_about_little(old: str, new: str, made: Delta) -> None:
    assert diff(plain(old), plain(new)) == made


def test_formats_and_embeds_are_compared_too() -> None:
    old = document_of((Insert("ab"), Insert({"image": "https://x.test/1"}), Insert("\n", {"header": 1})))
    new = document_of((Insert("ab", {"bold": True}), Insert({"image": "https://x.test/2"}), Insert("\n")))
    assert diff(old, new) == (
        Retain(2, {"bold": True}),
        Insert({"image": "https://x.test/2"}),
        Delete(1),
        Retain(1, {"header": None}),
    )


def test_documents_that_have_little_in_common_are_told_apart_all_the_same() -> None:
    old = plain("".join(f"{line}\n" for line in range(3 * MAX_DIFFERENCES)))
    new = plain("".join(f"{line}\n" for line in range(3 * MAX_DIFFERENCES, 0, -1)))
    assert applied(old, diff(old, new)) == new


@pytest.mark.parametrize("length", [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK, 2 * BLOCK + 1])
def test_of_long_lines_the_common_start_and_end_are_kept(length: int) -> None:
    same = "ab" * length
    old, new = plain(f"{same}old{same}\n"), plain(f"{same}new words{same}\n")
    kept = 2 * length
    assert diff(old, new) == ((Retain(kept),) if kept else ()) + (Insert("new words"), Delete(3))
