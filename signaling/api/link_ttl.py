"""How long a link is good."""

from signaling.duration import read_duration
from signaling.problems import Problem


def link_ttl(value: object, longest_s: int) -> int:
    """Seconds, of a text such as ``90m``, ``24h`` or ``7d``. Raises `Problem`."""
    try:
        seconds = read_duration(value) if isinstance(value, str) else 0
    except ValueError:
        seconds = 0
    if not 0 < seconds <= longest_s:
        raise Problem("bad_message", f"ttl: such as 90m, 24h or 7d, at most {longest_s // 86_400}d")
    return seconds
