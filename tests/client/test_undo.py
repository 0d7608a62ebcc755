from random import Random

from hypothesis import given
from hypothesis import strategies as st

from client.undo import MAX_STEPS, Undo
from datachannels.documents.document import Document, applied, document_of
from datachannels.documents.ops import Delete, Insert, Retain
from tests.datachannels.documents.random_deltas import change, edges, some_document

randoms = st.integers(0, 2**48).map(Random)


@given(randoms)
def test_alone_everything_can_be_undone_and_done_again(random: Random) -> None:
    undo, contents = Undo(), [some_document(random)]
    for _ in range(5):
        made = change(random, contents[-1])
        undo.record(made, contents[-1])
        contents.append(applied(contents[-1], made))
    for turn, way in ((undo.undo, contents[::-1]), (undo.redo, contents)):
        document = way[0]
        for expected in way[1:]:
            document = applied(document, turn(document) or ())
            assert document == expected
        assert turn(document) is None


@given(randoms)
def test_undoing_never_takes_what_others_wrote(random: Random) -> None:
    undo, document = Undo(), document_of((Insert("start\n"),))
    theirs = mine = 0
    for _ in range(12):
        at = random.choice(edges(document))
        before = (Retain(at),) if at else ()
        if random.random() < 0.5:
            mine += 1
            undo.record((*before, Insert("m" * 3)), document)
            document = applied(document, (*before, Insert("m" * 3)))
        else:
            theirs += 1
            undo.follow((*before, Insert("T" * 3)))
            document = applied(document, (*before, Insert("T" * 3)))
    assert document.text().count("m") == 3 * mine
    while (back := undo.undo(document)) is not None:
        document = applied(document, back)
    assert document.text().count("m") == 0
    assert document.text().count("T") == 3 * theirs
    assert document.text().replace("T", "") == "start\n"


def typed(undo: Undo, document: Document, text: str) -> Document:
    undo.record((Insert(text),), document)
    return applied(document, (Insert(text),))


def test_what_another_deleted_needs_no_undoing() -> None:
    undo, document = Undo(), document_of((Insert("\n"),))
    document = typed(undo, document, "a")
    undo.follow((Delete(1),))
    assert undo.undo(applied(document, (Delete(1),))) is None


def test_typing_ends_what_could_be_done_again() -> None:
    undo, document = Undo(), document_of((Insert("\n"),))
    document = typed(undo, document, "a")
    document = applied(document, undo.undo(document) or ())
    document = typed(undo, document, "b")
    assert undo.redo(document) is None


def test_steps_are_bounded() -> None:
    undo, document = Undo(), document_of((Insert("\n"),))
    for _ in range(MAX_STEPS + 5):
        document = typed(undo, document, "a")
    while (back := undo.undo(document)) is not None:
        document = applied(document, back)
    assert document.text() == "aaaaa\n"
