"""How long operations of the services took, from the message to its acknowledgement."""

from collections import defaultdict

from sfu.histogram import Histogram


class Operations:
    """A histogram for each operation; their names are the services' own, so there are few."""

    def __init__(self) -> None:
        self.by_name: defaultdict[str, Histogram] = defaultdict(Histogram)

    def observe(self, name: str, seconds: float) -> None:
        """One more."""
        self.by_name[name].observe(seconds)
