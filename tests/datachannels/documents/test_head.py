from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datachannels.documents.diff import diff
from datachannels.documents.document import applied, document_of, replayed
from datachannels.documents.head import SNAPSHOT_EVERY, Behind, DocumentHead, DocumentLimits
from datachannels.documents.ops import Delete, Delta, DeltaBuilder, Insert, Retain
from datachannels.documents.units import from_units
from datachannels.refusals import RequestRefused
from tests.datachannels.documents.random_deltas import change, insert, some_document, units

randoms = st.integers(0, 2**48).map(Random)


def head(text: str = "\n", limits: DocumentLimits | None = None) -> DocumentHead:
    return DocumentHead(1, document_of((Insert(text),)), limits or DocumentLimits())


def type_words(document: DocumentHead, words: int) -> None:
    for _ in range(words):
        document.receive(document.version, (Insert("x"),))


@given(randoms)
def test_changes_to_older_versions_all_get_in_and_the_log_gives_the_document(random: Random) -> None:
    first = some_document(random)
    document = DocumentHead(1, first, DocumentLimits())
    contents, log = [first], []
    for version in range(2, 10):
        base = random.randint(max(1, version - 4), version - 1)
        made = document.receive(base, change(random, contents[base - 1]))
        assert not isinstance(made, Behind)
        log.append(made)
        contents.append(document.content)
        assert document.version == version
        assert replayed(first, log) == document.content


@given(randoms, st.integers(0, 6))
def test_a_loaded_head_receives_what_the_old_one_would(random: Random, at_hand: int) -> None:
    limits = DocumentLimits(base_window=4)
    old = DocumentHead(1, some_document(random), limits)
    log: list[Delta] = []
    first = old.content
    for _ in range(6):
        made = old.receive(old.version, change(random, old.content))
        assert not isinstance(made, Behind)
        log.append(made)
    new = DocumentHead(old.version, old.content, limits, log[len(log) - at_hand :])
    base = random.randint(old.version - 5, old.version)
    late = change(random, replayed(first, log[: base - 1]))
    answer = new.receive(base, late)
    if old.version - base > min(at_hand, 4):
        assert answer == Behind(base + 1, old.version)
    else:
        assert answer == old.receive(base, late)
        assert new.content == old.content


def careless(random: Random) -> Delta:
    """A change that knows nothing of the document it is sent to."""
    made = DeltaBuilder()
    for _ in range(random.randint(0, 4)):
        act = random.choice((made.retain, made.delete))
        act(random.randint(1, 5))
        if random.random() < 0.5:
            made.add(insert(random))
    return made.build()


@given(randoms)
def test_whatever_is_received_the_document_stays_one(random: Random) -> None:
    document = DocumentHead(1, some_document(random, inserts=9), DocumentLimits(units=60, base_window=3))
    for _ in range(15):
        before = document.version, document.content
        try:
            made = document.receive(document.version - random.randint(-1, 4), careless(random))
        except RequestRefused:
            made = Behind(0, 0)
        if isinstance(made, Behind):
            assert (document.version, document.content) == before
        else:
            assert document.version == before[0] + 1
        assert document.content == document_of(document.content.ops)
        assert units(from_units(document.content.text())) == document.content.text()


def test_the_committed_insert_stays_left() -> None:
    document = head()
    document.receive(1, (Insert("first "),))
    assert document.receive(1, (Insert("second"),)) == (Retain(6), Insert("second"))
    assert document.content.text() == "first second\n"


def test_a_change_of_which_nothing_is_left_is_a_version() -> None:
    document = head("gone\n")
    document.receive(1, (Delete(4),))
    assert document.receive(1, (Delete(4),)) == ()
    assert document.version == 3


@pytest.mark.parametrize(("base", "code"), [(12, "conflict"), (3, "stale"), (0, "stale"), (-5, "stale")])
def test_a_version_that_is_not_there_is_refused(base: int, code: str) -> None:
    document = head(limits=DocumentLimits(base_window=3, history=7))
    type_words(document, 10)
    with pytest.raises(RequestRefused) as refused:
        document.receive(base, (Insert("y"),))
    assert refused.value.code == code
    assert document.version == 11


def test_who_is_far_behind_is_told_what_to_read() -> None:
    document = head(limits=DocumentLimits(base_window=3))
    type_words(document, 10)
    assert document.receive(7, (Insert("y"),)) == Behind(8, 11)
    assert document.since(7) == Behind(8, 11)
    assert document.since(8) == ((Insert("x"),),) * 3
    assert document.receive(8, (Insert("y"),)) == (Retain(3), Insert("y"))


def test_work_beyond_measure_is_left_to_the_author() -> None:
    document = head("a" * 4_000 + "\n")
    type_words(document, 5)
    long = tuple(op for _ in range(1_000) for op in (Retain(1), Insert("b")))
    assert document.receive(1, long) == Behind(2, 6)
    assert document.receive(6, long) == long


@pytest.mark.parametrize(
    ("made", "code"),
    [
        ((Retain(5), Insert("y")), "bad_message"),
        ((Delete(5),), "bad_message"),
        ((Insert("y" * 100),), "too_large"),
        ((Retain(3, {"note": "y" * 1_000}),), "too_large"),
        ((Insert({"note": "y" * 1_000}),), "too_large"),
    ],
)
def test_a_refused_change_leaves_the_document_as_it_was(made: Delta, code: str) -> None:
    document = head("abc\n", DocumentLimits(units=100))
    type_words(document, 3)
    before = document.content
    with pytest.raises(RequestRefused) as refused:
        document.receive(1, made)
    assert refused.value.code == code
    assert (document.version, document.content) == (4, before)


def test_a_document_above_its_size_may_get_smaller() -> None:
    document = head("a" * 200 + "\n", DocumentLimits(units=100))
    assert document.receive(1, (Insert("b"), Delete(2))) == (Insert("b"), Delete(2))
    with pytest.raises(RequestRefused):
        document.receive(2, (Insert("b"),))


@pytest.mark.parametrize(
    ("committed", "late"),
    [
        ((Retain(2), Insert("b")), (Retain(2), Delete(1))),
        ((Retain(1), Insert("q\n"), Delete(2)), (Retain(1), Insert("y"))),
    ],
)
def test_two_changes_that_together_break_the_last_line_are_not_both_taken(
    committed: Delta, late: Delta
) -> None:
    document = head("a\n\n")
    document.receive(1, committed)
    assert applied(document_of((Insert("a\n\n"),)), late).text().endswith("\n")
    assert document.receive(1, late) == Behind(2, 2)
    assert document.version == 2


def test_snapshots_are_due_every_hundred_versions() -> None:
    document = head()
    due = []
    for _ in range(2 * SNAPSHOT_EVERY + 10):
        type_words(document, 1)
        if document.snapshot_due:
            due.append(document.version)
    assert due == [SNAPSHOT_EVERY, 2 * SNAPSHOT_EVERY]


@given(randoms)
def test_an_old_version_comes_back_as_a_change_that_meets_others(random: Random) -> None:
    document = DocumentHead(1, some_document(random), DocumentLimits())
    old = document.content
    for _ in range(4):
        document.receive(document.version, change(random, document.content))
    asked_at, restored = document.version, diff(document.content, old)
    document.receive(asked_at, (Insert("meanwhile "),))
    document.receive(asked_at, restored)
    assert document.content.text() == "meanwhile " + old.text()
