"""Attributes of text: what bold, a link or a heading is, as JSON values by name.

In a change, null takes an attribute away. None stands for no attributes at all; an empty object is never
kept. Values are equal if JavaScript's are: true is not 1, but 1.0 is.
"""

from collections.abc import Mapping
from typing import Any

Attributes = Mapping[str, Any]


def same_value(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal."""
    if one is other:
        return True
    if isinstance(one, bool) or isinstance(other, bool) or one != other:
        return False
    if isinstance(one, dict):
        return all(same_value(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return all(map(same_value, one, other))
    return True


def same_attributes(one: Attributes | None, other: Attributes | None) -> bool:
    """Whether text with these is formatted alike."""
    return one is other or (one is not None and other is not None and same_value(one, other))


def composed(base: Attributes | None, change: Attributes | None, keep_null: bool) -> Attributes | None:
    """`base`, then `change`. With `keep_null` nulls stay, as a change of unknown text needs them."""
    if change is None:
        return base
    both = {**base, **change} if base is not None else dict(change)
    if not keep_null:
        both = {key: value for key, value in both.items() if value is not None}
    return both or None


def transformed(change: Attributes | None, over: Attributes | None, over_first: bool) -> Attributes | None:
    """`change` as it reads after `over`; with `over_first` the value of `over` wins."""
    if change is None or over is None or not over_first:
        return change
    return {key: value for key, value in change.items() if key not in over} or None


def inverted(change: Attributes, base: Attributes | None) -> Attributes | None:
    """What undoes `change` on text that had `base`."""
    known = base or {}
    return {
        key: known.get(key) for key, value in change.items() if not same_value(known.get(key), value)
    } or None


def difference(old: Attributes | None, new: Attributes | None) -> Attributes | None:
    """The change that makes `new` of `old`."""
    if same_attributes(old, new):
        return None
    before, after = old or {}, new or {}
    return {
        key: after.get(key)
        for key in (*before, *(key for key in after if key not in before))
        if not same_value(before.get(key), after.get(key))
    } or None
