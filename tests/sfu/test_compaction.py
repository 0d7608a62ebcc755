import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.compaction import MEMORY, Compaction


def test_numbers_are_untouched_while_nothing_is_left_out() -> None:
    compaction = Compaction()
    assert [compaction.number(index) for index in (5, 3, 70_000)] == [5, 3, 70_000]


def test_what_follows_a_left_out_index_closes_the_gap() -> None:
    compaction = Compaction()
    numbers = []
    for index in range(10, 20):
        if index in (12, 13, 17):
            compaction.drop(index)
        else:
            numbers.append(compaction.number(index))
    assert numbers == [10, 11, 12, 13, 14, 15, 16]


def test_late_packet_has_the_number_it_would_have_had() -> None:
    compaction = Compaction()
    for index in (10, 11):
        compaction.number(index)
    compaction.drop(13)
    assert compaction.number(14) == 13
    assert compaction.number(12) == 12


def test_left_out_index_has_no_number() -> None:
    compaction = Compaction()
    compaction.drop(5)
    assert compaction.number(5) is None


def test_index_given_away_already_cannot_be_left_out() -> None:
    compaction = Compaction()
    compaction.number(9)
    compaction.drop(8)
    assert [compaction.number(index) for index in (8, 10)] == [8, 10]


def test_leaving_out_twice_counts_once() -> None:
    compaction = Compaction()
    compaction.drop(5)
    compaction.drop(5)
    assert compaction.number(6) == 5


def test_memory_is_bounded_and_what_lies_before_it_has_no_number() -> None:
    compaction = Compaction()
    for index in range(0, 2 * (MEMORY + 10), 2):
        compaction.drop(index)
    newest = 2 * (MEMORY + 10)
    assert compaction.number(newest) == newest - (MEMORY + 10)
    assert compaction.number(1) is None
    assert compaction.number(21) == 21 - 11


@given(st.lists(st.tuples(st.integers(0, 600), st.booleans()), max_size=400), st.integers(0, 1 << 40))
def test_order_is_kept_and_no_number_is_given_twice(steps: list[tuple[int, bool]], start: int) -> None:
    """Packets in any order, any of them padding alone."""
    compaction = Compaction()
    given_: dict[int, int] = {}
    for offset, is_padding in steps:
        index = start + offset
        if is_padding:
            if index not in given_:
                compaction.drop(index)
            continue
        number = compaction.number(index)
        if number is not None:
            assert given_.setdefault(index, number) == number
    numbers = [number for _, number in sorted(given_.items())]
    assert numbers == sorted(set(numbers))
    assert all(0 <= number <= index for index, number in given_.items())


@given(st.sets(st.integers(0, 300), max_size=200))
def test_in_order_the_numbers_have_no_gap(left_out: set[int]) -> None:
    compaction = Compaction()
    numbers = []
    for index in range(301):
        if index in left_out:
            compaction.drop(index)
        else:
            numbers.append(compaction.number(index))
    assert numbers == list(range(len(numbers)))


@given(st.sets(st.integers(0, 600), max_size=500))
def test_every_number_leads_back_to_its_index(left_out: set[int]) -> None:
    compaction = Compaction()
    for index in range(601):
        if index in left_out:
            compaction.drop(index)
    for index in range(601):
        number = compaction.number(index)
        assert number is None or compaction.index(number) == index


@given(st.lists(st.sampled_from(("kept", "new", "more")), max_size=300))
def test_pictures_left_out_are_counted_where_they_are(packets: list[str]) -> None:
    """Of a picture left out, the first packet counts it."""
    compaction = Compaction()
    expected = []
    pictures = 0
    for index, packet in enumerate(packets):
        expected.append(pictures)
        if packet != "kept":
            pictures += packet == "new"
            compaction.drop(index, 1 if packet == "new" else 0)
    told = [compaction.pictures(index) for index, packet in enumerate(packets) if packet == "kept"]
    assert told == [count for count, packet in zip(expected, packets, strict=True) if packet == "kept"]


def test_what_is_too_old_leads_nowhere_near() -> None:
    compaction = Compaction()
    for index in range(0, 4 * MEMORY, 2):
        compaction.drop(index)
    newest = 4 * MEMORY
    assert compaction.index(newest - 2 * MEMORY) == newest
    assert compaction.number(1) is None
    assert compaction.pictures(1) == 0


@pytest.mark.parametrize("index", [0, 1, 65_535, 1 << 47])
def test_first_packet_may_have_any_index(index: int) -> None:
    assert Compaction().number(index) == index
