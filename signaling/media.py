"""The media side as signaling sees it: commands in, events out, nothing shared."""

from typing import Protocol

from sfu.messages import Command


class Media(Protocol):
    """What carries the packets: `sfu.driver.MediaDriver`. Events come by the callback it was given."""

    def handle(self, command: Command) -> None:
        """Do it; what it answers comes as an event, possibly before this returns."""
