from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datachannels.documents.comments import MAX_COMMENTS, QUOTE_UNITS, Comments, NewComment
from datachannels.documents.document import Document, applied, document_of
from datachannels.documents.ops import Delete, Delta, Insert, Retain
from datachannels.documents.units import to_units
from datachannels.refusals import RequestRefused
from datachannels.repositories import Author, Comment
from tests.datachannels.documents.random_deltas import change, edges, some_document, units

ANN = Author("ann", "Ann")
randoms = st.integers(0, 2**48).map(Random)


def plain(text: str) -> Document:
    return document_of((Insert(units(text)),))


class Page:
    """A document with its comments; `told` are those of the last change whose state or text changed."""

    def __init__(self, text: str) -> None:
        self.content = plain(text)
        self.comments = Comments(())
        self.version = 1
        self.told: list[Comment] = []

    def comment(
        self, index: int, length: int, since: Iterable[Delta] = (), name: str = "c", thread: str | None = None
    ) -> Comment:
        new = NewComment(name, ANN, "hm", index, length, thread)
        return self.comments.add(new, since, self.content, self.version, at=7)

    def edit(self, *made: Insert | Retain | Delete) -> None:
        self.content = applied(self.content, made)
        self.version += 1
        self.told = self.comments.follow(made, self.content, self.version)

    def stand(self) -> list[tuple[str, int, int]]:
        """State and range of each."""
        return [(one.state, one.index, one.index + one.length) for one in self.comments.at(self.version)]

    def words(self) -> list[str]:
        return [self.content.text(start, end) for _, start, end in self.stand()]


def test_a_comment_keeps_to_its_words() -> None:
    page = Page("one two three\n")
    made = page.comment(4, 3)
    assert (made.quote, made.state, made.thread, made.at) == ("two", "open", "c", 7)
    page.edit(Insert("zero "))
    page.edit(Retain(9), Insert("before "))
    assert page.stand() == [("open", 16, 19)]
    page.edit(Retain(19), Insert(" after"))
    page.edit(Retain(17), Insert("-"), Retain(9), Delete(3))
    assert page.words() == ["t-wo"]
    assert page.told == []


def test_a_comment_is_placed_where_its_author_saw_the_words() -> None:
    page = Page("one two\n")
    since = (Insert("zero "),)
    page.edit(*since)
    assert page.comment(4, 3, [since]).index == 9


def test_a_comment_loses_its_words_and_finds_them_again() -> None:
    page = Page("one two three\n")
    page.comment(4, 3)
    page.edit(Retain(3), Delete(5))
    assert page.stand() == [("detached", 3, 3)]
    assert [(one.state, one.quote) for one in page.told] == [("detached", "two")]
    page.edit(Insert("a"))
    assert (page.stand(), page.told) == ([("detached", 4, 4)], [])
    page.edit(Retain(4), Insert(" t"))
    page.edit(Retain(6), Insert("wo "))
    assert page.words() == ["two"]
    assert [one.state for one in page.told] == ["open"]


def test_words_are_found_again_where_a_delete_joins_them() -> None:
    page = Page("abcd tw-o\n")
    page.comment(0, 2)
    page.comment(5, 4, name="d")
    page.edit(Delete(2), Retain(3), Delete(4))
    assert [state for state, _, _ in page.stand()] == ["detached", "detached"]
    page.edit(Insert("xaxb"))
    page.edit(Retain(2), Delete(1))
    assert page.words() == ["ab", ""]


def test_of_several_new_places_the_nearest_counts() -> None:
    page = Page("x two y\n")
    page.comment(2, 3)
    page.edit(Retain(2), Delete(3))
    page.edit(Insert("two two "), Retain(3), Insert("two"))
    assert page.stand() == [("open", 11, 14)]


def test_words_that_stood_elsewhere_all_the_time_are_not_taken_for_them() -> None:
    page = Page("two and two\n")
    page.comment(8, 3)
    page.edit(Retain(8), Delete(3))
    page.edit(Retain(8), Insert("!"))
    assert page.stand() == [("detached", 8, 8)]


def test_a_comment_moves_along_with_words_that_are_moved() -> None:
    page = Page("one two three\n")
    page.comment(4, 3)
    page.edit(Insert("two "), Retain(4), Delete(4))
    assert page.words() == ["two"]
    assert [(one.state, one.index) for one in page.told] == [("open", 0)]


def test_a_resolved_comment_stays_resolved_without_its_words() -> None:
    page = Page("one two three\n")
    page.comment(4, 3)
    page.comments.update("c", None, True, 1, at=8)
    page.edit(Retain(4), Delete(3))
    assert page.stand() == [("resolved", 4, 4)]
    assert page.comments.update("c", None, False, 2, at=9).state == "detached"
    page.edit(Retain(4), Insert("two"))
    assert page.stand() == [("open", 4, 7)]


def test_a_comment_changes_its_text_and_goes() -> None:
    page = Page("one two three\n")
    page.comment(4, 3)
    changed = page.comments.update("c", "oh", None, 1, at=8)
    assert (changed.text, changed.state, changed.at, changed.updated_at) == ("oh", "open", 7, 8)
    assert page.comments.get("c") == changed
    assert page.comments.delete("c", 1, at=9).state == "deleted"
    assert page.stand() == []
    for act in (page.comments.get, lambda one: page.comments.delete(one, 1, 9)):
        with pytest.raises(RequestRefused) as refused:
            act("c")
        assert refused.value.code == "not_found"


def test_an_answer_belongs_to_a_thread_that_is_there() -> None:
    page = Page("one two three\n")
    page.comment(4, 3)
    assert page.comment(4, 3, name="d", thread="c").thread == "c"
    with pytest.raises(RequestRefused) as refused:
        page.comment(4, 3, name="e", thread="d")
    assert refused.value.code == "not_found"


@pytest.mark.parametrize(
    ("index", "length", "code"),
    [
        (0, 0, "bad_message"),
        (-1, 2, "bad_message"),
        (0, 7, "bad_message"),
        (9, 1, "bad_message"),
        (2, 1, "bad_message"),
        (1, 1, "bad_message"),
        (3, 1, "conflict"),
    ],
)
def test_a_comment_on_nothing_is_refused(index: int, length: int, code: str) -> None:
    page = Page("a😀bc\n")
    gone = (Retain(3), Delete(1))
    page.edit(*gone)
    with pytest.raises(RequestRefused) as refused:
        page.comment(index, length, [gone])
    assert refused.value.code == code
    assert page.stand() == []


def test_a_long_quote_is_cut_between_characters() -> None:
    page = Page("a" + "😀" * QUOTE_UNITS + "\n")
    quote = page.comment(0, page.content.length).quote
    assert len(to_units(quote)) == QUOTE_UNITS - 1


def test_comments_are_bounded() -> None:
    page = Page("one\n")
    for number in range(MAX_COMMENTS):
        page.comment(0, 3, name=str(number))
    with pytest.raises(RequestRefused) as refused:
        page.comment(0, 3, name="one more")
    assert refused.value.code == "too_large"


@given(randoms)
def test_anchors_stay_in_the_document_and_readers_and_a_load_see_them_where_they_are(random: Random) -> None:
    page = Page("\n")
    page.content = some_document(random, inserts=9)
    stored: dict[str, Comment] = {}
    readers = Comments(())
    log: list[tuple[int, Delta]] = []
    for number in range(12):
        start, end = sorted(random.choices(edges(page.content), k=2))
        if start < end:
            made = page.comment(start, end - start, name=str(number))
            assert to_units(made.quote) == page.content.text(start, end)
            stored[made.id] = made
            readers.put(made)
            if random.random() < 0.2:
                readers.put(page.comments.delete(made.id, page.version, at=8))
                del stored[made.id]
        edited = change(random, page.content)
        page.edit(*edited)
        log.append((page.version, edited))
        assert readers.follow(edited, page.content, page.version) == page.told
        assert readers.at(page.version) == page.comments.at(page.version)
        stored |= {one.id: one for one in page.told}
        for state, start, end in page.stand():
            assert 0 <= start <= end <= page.content.length
            assert (state == "detached") == (start == end)
    loaded = Comments(stored.values(), log)
    assert loaded.at(page.version) == page.comments.at(page.version)
