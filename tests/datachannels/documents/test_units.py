import pytest
from hypothesis import given
from hypothesis import strategies as st

from datachannels.documents.units import from_units, inside_pair, to_units
from tests.datachannels.documents.random_deltas import units

whole_text = st.text(st.characters(exclude_categories=["Cs"]))


@given(whole_text)
def test_text_has_the_length_that_browsers_see_and_comes_back(text: str) -> None:
    assert to_units(text) == units(text)
    assert len(to_units(text)) == len(text.encode("utf-16-le")) // 2
    assert from_units(to_units(text)) == text
    assert to_units(to_units(text)) == to_units(text)


@given(whole_text, st.characters(categories=["Cs"]), whole_text)
def test_a_lone_surrogate_is_refused_both_ways(before: str, lone: str, after: str) -> None:
    for convert in (to_units, from_units):
        with pytest.raises(UnicodeDecodeError):
            convert(before + lone + after)


@given(whole_text, st.integers(0, 40))
def test_only_an_index_that_cuts_a_character_is_inside_a_pair(text: str, index: int) -> None:
    cut = to_units(text)[index:]
    assert inside_pair(to_units(text), index) == (cut != "" and "\udc00" <= cut[0] <= "\udfff")
