"""Where a test may step in: just before a COMMIT, and just after it before anybody hears of it."""

from typing import Protocol


class Failpoints(Protocol):
    """Called in the thread that commits. May wait, end the process, or raise OSError (counts as lost)."""

    def before_commit(self) -> None:
        """Everything is written, nothing committed."""

    def after_commit(self) -> None:
        """Committed, and not yet said."""


class NoFailpoints:
    """Nothing happens."""

    def before_commit(self) -> None:
        """See `Failpoints`."""

    def after_commit(self) -> None:
        """See `Failpoints`."""
