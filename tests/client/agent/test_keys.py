"""Keys of browsers, and which of them the system would take."""

import pytest

from client.agent.keys import NAMES, key_of, key_of_character
from client.agent.system_keys import SYSTEM_KEYS, system_keys
from client.agent.x_keysyms import keysym_of


@pytest.mark.parametrize(
    ("code", "key", "held", "name"),
    [
        ("KeyA", "a", (), "a"),
        ("KeyA", "A", ("Shift",), "A"),
        ("KeyZ", "y", (), "y"),  # a German layout
        ("KeyQ", "@", (), "@"),
        ("KeyC", "с", (), "с"),
        ("KeyC", "с", ("Control",), "c"),
        ("KeyC", "с", ("Shift",), "с"),
        ("Digit1", "!", ("Shift",), "!"),
        ("Space", " ", (), " "),
        ("Enter", "Enter", (), "Enter"),
        ("NumpadEnter", "Enter", (), "Enter"),
        ("Numpad7", "7", (), "7"),
        ("Numpad7", "Home", (), "Home"),
        ("ShiftRight", "Shift", (), "ShiftRight"),
        ("AltRight", "Alt", (), "AltRight"),
        ("AltRight", "AltGraph", (), None),
        ("MetaLeft", "Meta", (), "MetaLeft"),
        ("F12", "F12", (), "F12"),
        ("CapsLock", "CapsLock", (), None),
        ("NumLock", "NumLock", (), None),
        ("KeyE", "Dead", (), None),
        ("KeyE", "Process", (), None),
        ("Power", "Power", (), None),
        ("AudioVolumeUp", "AudioVolumeUp", (), None),
        ("KeyA", "F99", (), None),
        ("KeyA", "👍", (), "👍"),
        ("KeyA", "👍🏽", (), None),
    ],
)
def test_a_key_goes_by_what_it_means_to_who_presses_it(
    code: str, key: str, held: tuple[str, ...], name: str | None
) -> None:
    assert key_of(code, key, held) == name


def test_lines_and_tabs_of_a_text_are_keys() -> None:
    assert [key_of_character(one) for one in "a\n\t "] == ["a", "Enter", "Tab", " "]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_named_key_has_a_symbol_of_its_own(name: str) -> None:
    assert [other for other in NAMES if keysym_of(other) == keysym_of(name)] == [name]


@pytest.mark.parametrize(
    ("key", "keysym"),
    [("a", 0x61), ("ÿ", 0xFF), ("~", 0x7E), ("€", 0x10020AC), ("😀", 0x101F600), ("F24", 0xFFD5)],
)
def test_a_character_has_the_symbol_of_its_number(key: str, keysym: int) -> None:
    assert keysym_of(key) == keysym


@pytest.mark.parametrize("name", ["", "Fx", "Hyper"])
def test_what_is_no_key_has_no_symbol(name: str) -> None:
    with pytest.raises(KeyError):
        keysym_of(name)


@pytest.mark.parametrize(
    ("held", "refused"),
    [
        (["AltLeft", "Tab"], "Alt+Tab"),
        (["Tab", "AltRight"], "Alt+Tab"),
        (["ControlLeft", "AltRight", "Delete"], "Control+Alt+Delete"),
        (["ControlLeft", "ShiftLeft", "AltLeft", "F7"], "Control+Alt+F7"),
        (["ControlLeft", "AltLeft", "L"], "Control+Alt+l"),
        (["AltLeft", " "], "Alt+Space"),
        (["MetaRight"], "Meta"),
        (["PrintScreen"], "PrintScreen"),
        (["AltLeft"], None),
        (["ControlLeft", "AltLeft"], None),
        (["ControlLeft", "c"], None),
        (["ControlLeft", "Tab"], None),
        (["ShiftLeft", "F4"], None),
        (["Tab", "F4", "Delete"], None),
    ],
)
def test_keys_of_the_system_are_known_whichever_came_last(held: list[str], refused: str | None) -> None:
    assert system_keys(held) == refused


def test_every_combination_is_made_of_keys_there_are() -> None:
    modifiers = {"Control", "Alt", "Meta", "Shift"}
    for keys in SYSTEM_KEYS:
        assert all(key in modifiers or key in NAMES or len(key) == 1 for key in keys)
