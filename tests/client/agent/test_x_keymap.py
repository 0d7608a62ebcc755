"""Which keys make what, on tables as X servers give them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.agent.x_keymap import Keymap, Stroke
from client.agent.x_keysyms import ISO_LEVEL3_SHIFT, SHIFT_L, SHIFT_R, keysym_of

FIRST = 8
CYRILLIC_EF = 0x6C6


def table(*rows: str | list[int]) -> list[list[int]]:
    """Rows of characters, space for none."""
    return [[0 if one == " " else ord(one) for one in row] if isinstance(row, str) else row for row in rows]


GERMAN = table(
    "qQqQ@",  # third level as XKB maps it: columns 5 and 6 of the first group
    "11",
    "7/7/{",
    "eEeE€",
    [0x20],
    [SHIFT_L],
    [SHIFT_R],
    [ISO_LEVEL3_SHIFT],
    [keysym_of("Tab"), 0xFE20],
    [],
    [0, 0, 0, 0],
    "+*+*~",
)


@pytest.mark.parametrize(
    ("keysym", "stroke"),
    [
        (ord("q"), Stroke(8, shift=False, level3=False)),
        (ord("Q"), Stroke(8, shift=True, level3=None)),
        (ord("@"), Stroke(8, shift=None, level3=True)),
        (ord("1"), Stroke(9, shift=None, level3=None)),
        (ord("/"), Stroke(10, shift=True, level3=None)),
        (ord("7"), Stroke(10, shift=False, level3=False)),
        (0x20, Stroke(12, shift=None, level3=None)),
        (keysym_of("Tab"), Stroke(16, shift=False, level3=None)),
        (ord("x"), None),
    ],
)
def test_a_symbol_is_made_with_the_fewest_modifiers(keysym: int, stroke: Stroke | None) -> None:
    assert Keymap(GERMAN, FIRST).find(keysym, 0) == stroke


def test_keys_that_make_nothing_are_spare_and_modifiers_are_known() -> None:
    keymap = Keymap(GERMAN, FIRST)
    assert keymap.spare == [17, 18]
    assert (keymap.shift_keys, keymap.level3_keys) == ([13, 14], [15])
    empty = Keymap([[]] * 200, FIRST)
    assert (len(empty.spare), empty.shift_keys, empty.level3_keys) == (24, [], [])


def test_the_second_layout_is_used_while_it_is_in_force() -> None:
    rows = [[ord("a"), ord("A"), CYRILLIC_EF, CYRILLIC_EF + 0x20], [0x20, 0, 0, 0]]
    keymap = Keymap(rows, FIRST)
    assert keymap.find(ord("a"), 0) == Stroke(8, shift=False, level3=None)
    assert keymap.find(CYRILLIC_EF, 0) is None
    assert keymap.find(CYRILLIC_EF, 1) == Stroke(8, shift=False, level3=None)
    assert keymap.find(ord("a"), 1) is None
    assert keymap.find(0x20, 1) == Stroke(9, shift=None, level3=None)


SYMBOL = st.one_of(st.just(0), st.integers(0x20, 0x30))


@given(st.lists(st.lists(SYMBOL, max_size=8), max_size=20), st.integers(0, 3))
def test_a_stroke_makes_its_symbol(rows: list[list[int]], group: int) -> None:
    keymap = Keymap(rows, FIRST)
    columns = (0, 1, 4, 5) if group == 0 else (2, 3, 6, 7)
    for keysym in range(0x20, 0x31):
        stroke = keymap.find(keysym, group)
        if stroke is None:
            continue
        row = rows[stroke.keycode - FIRST] + [0] * 8
        made = [row[column] for column in columns]
        if not any(made):
            made = [row[column] for column in (0, 1, 4, 5)]
        assert made[bool(stroke.shift) + 2 * bool(stroke.level3)] == keysym
        assert stroke.keycode not in keymap.spare
