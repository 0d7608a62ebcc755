"""Keysyms of keys (X Window System Protocol, appendix A)."""

from collections.abc import Mapping

NO_SYMBOL = 0
ISO_LEVEL3_SHIFT = 0xFE03
SHIFT_L = 0xFFE1
SHIFT_R = 0xFFE2

_NAMED: Mapping[str, int] = {
    "Backspace": 0xFF08,
    "Tab": 0xFF09,
    "Enter": 0xFF0D,
    "Pause": 0xFF13,
    "Escape": 0xFF1B,
    "Home": 0xFF50,
    "ArrowLeft": 0xFF51,
    "ArrowUp": 0xFF52,
    "ArrowRight": 0xFF53,
    "ArrowDown": 0xFF54,
    "PageUp": 0xFF55,
    "PageDown": 0xFF56,
    "End": 0xFF57,
    "PrintScreen": 0xFF61,
    "Insert": 0xFF63,
    "ContextMenu": 0xFF67,
    "ShiftLeft": SHIFT_L,
    "ShiftRight": SHIFT_R,
    "ControlLeft": 0xFFE3,
    "ControlRight": 0xFFE4,
    "AltLeft": 0xFFE9,
    "AltRight": 0xFFEA,
    "MetaLeft": 0xFFEB,  # Super, which is what the key does everywhere
    "MetaRight": 0xFFEC,
    "Delete": 0xFFFF,
}
_F1 = 0xFFBE
_UNICODE = 0x0100_0000

ESCAPE = _NAMED["Escape"]


def keysym_of(key: str) -> int:
    """Of a key as `keys` names it. KeyError for one that has none."""
    if len(key) == 1:
        point = ord(key)
        latin1 = 0x20 <= point <= 0x7E or 0xA0 <= point <= 0xFF
        return point if latin1 else _UNICODE | point
    if key in _NAMED:
        return _NAMED[key]
    if key.startswith("F") and key[1:].isdigit():
        return _F1 + int(key[1:]) - 1
    raise KeyError(key)
