"""The simulated clock: the only source of `now` in a simulation."""


class Clock:
    """Monotonic seconds that move only when the simulation says so."""

    def __init__(self, start: float) -> None:
        self._now = start

    @property
    def now(self) -> float:
        """The present moment, in seconds."""
        return self._now

    def advance_to(self, at: float) -> None:
        """Move to `at`; moments already past leave the clock where it is, so time never runs backwards."""
        self._now = max(self._now, at)
