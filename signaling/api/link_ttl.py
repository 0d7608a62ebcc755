"""How long a link is good."""

from signaling.api.endpoint import Schema
from signaling.duration import read_duration
from signaling.problems import Problem

TTL: Schema = {"type": ["string", "integer"], "description": "such as 90m, 24h or 7d, or seconds"}


def link_ttl(value: object, longest_s: int) -> int:
    """Seconds, of their number, or a text such as ``90m``, ``24h`` or ``7d``. Raises `Problem`."""
    try:
        seconds = read_duration(value) if isinstance(value, str) else 0
    except ValueError:
        seconds = 0
    if isinstance(value, int) and not isinstance(value, bool):
        seconds = value
    if not 0 < seconds <= longest_s:
        raise Problem(
            "bad_message", f"ttl: such as 90m, 24h or 7d, or seconds, at most {longest_s // 86_400}d"
        )
    return seconds
