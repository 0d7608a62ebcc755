"""Where a topic stands: which versions there are, and whether that is known."""

from dataclasses import dataclass
from enum import Enum, auto

from datachannels.refusals import RequestRefused


class TopicState(Enum):
    """Whether the topic's head is known."""

    LOADING = auto()
    OPEN = auto()
    FAILED = auto()
    """Something was not stored. Loaded again once nothing is pending, and then after a while."""

    GONE = auto()


@dataclass(slots=True, eq=False)
class Standing:
    """`head` is the newest version stored, `tail` the newest accepted; `unsure` whether something that makes
    no version was reported as failed, and may be in."""

    state: TopicState = TopicState.LOADING
    epoch: str = ""
    head: int = 0
    tail: int = 0
    unsure: bool = False

    def check(self) -> None:
        """Raises `RequestRefused` if nobody can come to the topic now."""
        if self.state is TopicState.FAILED:
            raise unavailable()
        if self.state is TopicState.GONE:
            raise missing()


def missing() -> RequestRefused:
    """It was deleted, or never was."""
    return RequestRefused("not_found", "there is no such topic")


def unavailable() -> RequestRefused:
    """Not stored, or cannot be read; perhaps later."""
    return RequestRefused("unavailable", "the topic cannot be read or written now", retry_ms=1_000)
