import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.sequence import timestamp_delta, unwrap

uint16 = st.integers(0, 0xFFFF)
uint32 = st.integers(0, 0xFFFFFFFF)
index = st.integers(0, 1 << 40)


@pytest.mark.parametrize(
    ("value", "reference", "expected"),
    [
        (0, 0, 0),
        (1, 0, 1),
        (0, 65535, 65536),
        (65535, 65536, 65535),
        (10, 131070, 131082),
        (65535, 0, -1),
        (0x7FFF, 0, 0x7FFF),
        (0x8000, 0, -0x8000),
        (5, 3 * 65536 + 5, 3 * 65536 + 5),
    ],
)
def test_unwrap_takes_the_nearest_index(value: int, reference: int, expected: int) -> None:
    assert unwrap(value, reference) == expected


@given(index, st.integers(-0x8000, 0x7FFF))
def test_an_index_within_half_the_circle_survives_the_wire(reference: int, step: int) -> None:
    assert unwrap((reference + step) & 0xFFFF, reference) == reference + step


@given(uint16, index)
def test_unwrap_keeps_the_low_bits(value: int, reference: int) -> None:
    assert unwrap(value, reference) & 0xFFFF == value


@given(uint32, st.integers(-(1 << 31), (1 << 31) - 1))
def test_timestamp_delta_undoes_an_addition(timestamp: int, step: int) -> None:
    assert timestamp_delta((timestamp + step) & 0xFFFFFFFF, timestamp) == step
