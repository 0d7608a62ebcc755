"""What the keys of UI Events are called here.

A key has the character it types for a name, or one of `NAMES`. `code` says where a key is, `key` what it
means with the layout of who presses it (UI Events KeyboardEvent code and key Values); the computer it acts on
may have another layout, so characters go by `key`.
"""

from collections.abc import Collection

MODIFIERS = {
    "ControlLeft": "Control",
    "ControlRight": "Control",
    "ShiftLeft": "Shift",
    "ShiftRight": "Shift",
    "AltLeft": "Alt",
    "AltRight": "Alt",
    "MetaLeft": "Meta",
    "MetaRight": "Meta",
}
"""Name → what it does to other keys."""

SHORTCUT = frozenset({"Control", "Alt", "Meta"})

NAMES = frozenset(
    {
        *MODIFIERS,
        *("Enter", "Tab", "Backspace", "Escape", "Delete", "Insert", "Home", "End", "PageUp", "PageDown"),
        *("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "ContextMenu", "PrintScreen", "Pause"),
        *(f"F{number}" for number in range(1, 25)),
    }
)
"""Not the locks: what who types has locked is in the characters already."""

_AS_TEXT = {"\n": "Enter", "\t": "Tab"}


def key_of(code: str, key: str, held: Collection[str]) -> str | None:
    """The name of an event's key while `held` modifiers are down; None for one that means nothing here."""
    if code in MODIFIERS:
        # AltGr makes characters, which come as such.
        return None if key == "AltGraph" else code
    if len(key) == 1:
        if not key.isascii() and not SHORTCUT.isdisjoint(held) and len(code) == 4 and code.startswith("Key"):
            return code[3].lower()  # Ctrl+C where the key is the Cyrillic С
        return key
    return key if key in NAMES else None


def key_of_character(character: str) -> str:
    """The key that types a character of a text."""
    return _AS_TEXT.get(character, character)
