"""Who sits at the computer has the upper hand: own input pauses control, Escape three times ends it."""

from collections import deque

GOES_ON_AFTER_S = 2.0
ESCAPES = 3
ESCAPES_WITHIN_S = 1.2
"""As in the room."""


class UpperHand:
    """Told of all that is done by hand. Times are monotonic seconds."""

    def __init__(self) -> None:
        self.paused = False
        self._used_at = 0.0
        self._escapes: deque[float] = deque(maxlen=ESCAPES)

    def used(self, now: float) -> None:
        """Pointer or keyboard was used."""
        self.paused, self._used_at = True, now

    def other_key(self) -> None:
        """Escapes have to come in a row."""
        self._escapes.clear()

    def escape(self, now: float) -> bool:
        """Escape was pressed; True if that was enough of it."""
        self._escapes.append(now)
        enough = len(self._escapes) == ESCAPES and now - self._escapes[0] <= ESCAPES_WITHIN_S
        if enough:
            self._escapes.clear()
        return enough

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due."""
        return self._used_at + GOES_ON_AFTER_S if self.paused else None

    def handle_timeout(self, now: float) -> None:
        """After a while without own input it goes on."""
        if self.paused and now >= self._used_at + GOES_ON_AFTER_S:
            self.paused = False
