from typing import Any

import pytest

from datachannels.documents.attributes import composed, difference, inverted, same_value, transformed


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (True, 1, False),
        (False, 0, False),
        (None, False, False),
        ("1", 1, False),
        ([True], [1], False),
        ({"a": [0]}, {"a": [0]}, True),
        ({"a": [0]}, {"a": [False]}, False),
        ({"a": 1}, {"a": 1, "b": 1}, False),
    ],
)
def test_values_are_the_same_if_javascript_says_so(one: Any, other: Any, same: bool) -> None:
    assert same_value(one, other) is same
    assert same_value(other, one) is same


def test_the_later_value_counts_and_null_takes_away() -> None:
    base, change = {"bold": True, "length": 7}, {"length": None, "link": "https://x.test"}
    assert composed(base, change, keep_null=False) == {"bold": True, "link": "https://x.test"}
    assert composed(base, change, keep_null=True) == {"bold": True, **change}
    assert composed({"length": 7}, {"length": None}, keep_null=False) is None


def test_of_two_changes_of_one_attribute_that_of_the_first_stays() -> None:
    change = {"bold": True, "length": 7}
    assert transformed(change, {"bold": None}, over_first=True) == {"length": 7}
    assert transformed(change, {"bold": None}, over_first=False) == change
    assert transformed(change, change, over_first=True) is None


def test_what_undoes_a_change_names_nothing_that_it_left_alone() -> None:
    assert inverted({"bold": True, "length": None}, {"bold": 1}) == {"bold": 1}
    assert inverted({"bold": True}, None) == {"bold": None}
    assert inverted({"bold": True}, {"bold": True, "length": 7}) is None


def test_the_difference_names_what_is_new_other_or_gone() -> None:
    assert difference({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": True, "d": 4}) == {"b": True, "c": None, "d": 4}
    assert difference(None, None) is None
    assert difference({"bold": 1}, {"bold": True}) == {"bold": True}
