"""What the signaling core wants done: texts for sockets, closes, commands for the media side.

The core only appends here; the driver drains it after each input, in order. So a whole meeting runs in a test
without a socket.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NewType

import orjson

from sfu.messages import Command
from signaling.close_codes import CloseCode

SessionId = NewType("SessionId", int)
"""One WebSocket of this node."""


@dataclass(frozen=True, slots=True)
class Send:
    """One text message, encoded; the same bytes serve every receiver of a broadcast. `channel`: it is of a
    data channel."""

    session: SessionId
    data: bytes
    channel: bool = False


@dataclass(frozen=True, slots=True)
class Close:
    """The end of a socket."""

    session: SessionId
    code: CloseCode
    reason: str


class Outputs:
    """The queue between the core and its driver."""

    def __init__(self) -> None:
        self._sends: list[Send] = []
        self._closes: list[Close] = []
        self._commands: list[Command] = []

    def send(self, session: SessionId, message: Mapping[str, Any]) -> None:
        """One message to one socket."""
        self._sends.append(Send(session, orjson.dumps(message)))

    def broadcast(self, sessions: Iterable[SessionId], message: Mapping[str, Any]) -> None:
        """One message to many sockets, encoded once."""
        self.encoded(sessions, orjson.dumps(message))

    def encoded(self, sessions: Iterable[SessionId], data: bytes, *, channel: bool = False) -> None:
        """As `broadcast`, of what is encoded already."""
        self._sends.extend([Send(session, data, channel) for session in sessions])

    def close(self, session: SessionId, code: CloseCode, reason: str) -> None:
        """End a socket."""
        self._closes.append(Close(session, code, reason))

    def command(self, command: Command) -> None:
        """Something for the media side."""
        self._commands.append(command)

    def take_socket(self) -> list[Send | Close]:
        """What is due on sockets since the last call; closes come last, so that a reply still goes out."""
        taken: list[Send | Close] = [*self._sends, *self._closes]
        self._sends, self._closes = [], []
        return taken

    def take_commands(self) -> list[Command]:
        """What is due on the media side since the last call."""
        taken, self._commands = self._commands, []
        return taken
