"""How `recording.repair` ends, for who starts it."""

from typing import Final

REPAIRED: Final = 0
FAILED: Final = 1
NOTHING_TO_DO: Final = 3
