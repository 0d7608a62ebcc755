import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.srtp.replay import WINDOW, ReplayWindow


def at(highest: int) -> ReplayWindow:
    window = ReplayWindow()
    window.accept(highest)
    return window


@pytest.mark.parametrize(
    ("highest", "sequence", "index"),
    [
        (0, 0x7FFF, 0x7FFF),
        (0, 0xFFFF, 0xFFFF),  # nothing lies before the first rollover
        (0x7FFF, 0xFFFF, 0xFFFF),
        (0x8001, 0, 0x10000),
        (0xFFFF, 0, 0x10000),
        (0xFFFF, 0x7FFE, 0x17FFE),
        (0x10000, 0xFFFF, 0xFFFF),
        (0x10000, 0x8000, 0x18000),
        (0x17FFF, 0xFFFF, 0x1FFFF),
        (0x17FFE, 0xFFFF, 0xFFFF),
        (0x2FFFF, 3, 0x30003),
        (0x30003, 0xFFFE, 0x2FFFE),
    ],
)
def test_sequence_number_means_the_index_nearest_the_highest(highest: int, sequence: int, index: int) -> None:
    assert at(highest).guess(sequence) == index


def test_first_sequence_number_is_its_own_index() -> None:
    assert ReplayWindow().guess(65_535) == 65_535


@given(st.integers(0, 1 << 40), st.integers(-0x7FFF, 0x7FFF))
def test_any_index_within_half_the_circle_is_guessed(highest: int, distance: int) -> None:
    index = highest + distance
    if index >= 0:
        assert at(highest).guess(index & 0xFFFF) == index


@given(st.lists(st.integers(0, 4 * WINDOW), max_size=60))
def test_an_index_is_accepted_once_and_only_within_the_window(indices: list[int]) -> None:
    window = ReplayWindow()
    accepted: set[int] = set()
    for index in indices:
        reason = None
        try:
            window.check(index)
        except RemoteError as error:
            reason = error.reason
        if accepted and index <= max(accepted) - WINDOW:
            assert reason is DropReason.SRTP_TOO_OLD
        elif index in accepted:
            assert reason is DropReason.SRTP_REPLAY
        else:
            assert reason is None
            window.accept(index)
            accepted.add(index)


def test_checking_changes_nothing() -> None:
    window = at(100)
    window.check(50_000)
    window.check(99)
    assert window.highest == 100
    window.check(99)
