"""How signaling says no.

::

    Refusal
    ├── RequestRefused    one request: answered by `error` with its code, the socket stays (`datachannels`)
    └── SocketRefused     the socket: closed with a close code, nothing else is sent
"""

import orjson

from datachannels.refusals import Refusal
from signaling.close_codes import CloseCode


class SocketRefused(Refusal):
    """The socket ends with `code`; `reason` is at most 123 bytes (RFC 6455 §5.5)."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(f"{int(code)}: {reason}")
        self.code = code
        self.reason = reason


def too_many(message: str, retry_ms: int) -> SocketRefused:
    """A 4429: its reason is a JSON object, so that a client finds `retry_ms` in it."""
    reason = orjson.dumps({"message": message, "retry_ms": retry_ms}).decode()
    return SocketRefused(CloseCode.TOO_MANY, reason)
