"""Durations as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.duration import read_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("15m", 900), ("6h", 21_600), ("7d", 604_800), (" 1h ", 3600)],
)
def test_a_number_with_a_unit_is_seconds(text: str, seconds: int) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "0", "0h", "-1h", "1.5h", "1h30m", "1w", "٣h", "1" * 10])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as 6h"):
        read_duration(text)


@given(st.text())
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    try:
        seconds = read_duration(text)
    except ValueError:
        return
    assert seconds > 0
