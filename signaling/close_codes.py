"""Why a signaling socket is closed (PROTOCOL.md 2)."""

from enum import IntEnum


class CloseCode(IntEnum):
    """The WebSocket close codes of the protocol; 4000–4999 are private use (RFC 6455 §7.4.2)."""

    LEFT = 1000
    BAD_MESSAGE = 4400
    BAD_TOKEN = 4401
    NOT_ALLOWED = 4403
    NO_SUCH_ROOM = 4404
    JOIN_TIMEOUT = 4408
    TAKEN_OVER = 4409
    ROOM_ENDED = 4410
    TOO_LARGE = 4413
    LOCKED = 4423
    TOO_MANY = 4429
    DRAINING = 4503
