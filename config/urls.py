"""Addresses of other servers: what a URL in the settings must look like."""

import re
from urllib.parse import urlsplit

# RFC 7064 §3.1 and RFC 7065 §3.1: no slashes, a host, perhaps a port; only TURN names a transport.
_HOST_PORT = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?"
_ITS_PORT = re.compile(r":.+:(\d{1,5})(?:\?|$)", re.ASCII)
# As SQLAlchemy reads one: whatever stands before the @ is the user's, and a password may have any character.
_POSTGRESQL = re.compile(
    r"postgresql://(?:[^@]*@)?(?:\[[^]/?]+\]|[^][/:?@]*)(?::\d{1,5})?(?:[/?].*)?", re.ASCII | re.DOTALL
)
# RFC 1035 §2.3.4: a resolver refuses longer labels, and empty ones, with an error of its own.
_LABELS = re.compile(r"[^.]{1,63}(?:\.[^.]{1,63})*\.?")
_TURN = re.compile(rf"turns?:{_HOST_PORT}(?:\?transport=(?:udp|tcp))?|stuns?:{_HOST_PORT}", re.ASCII)


def check_turn_url(text: str) -> str:
    """A STUN or TURN URI as browsers take it. Raises ValueError."""
    port = _ITS_PORT.search(text)
    if not _TURN.fullmatch(text) or (port is not None and not 0 < int(port[1]) <= 65_535):
        raise ValueError("should be like turn:HOST:PORT, turns:HOST:PORT?transport=tcp or stun:HOST:PORT")
    return text


def check_database_url(text: str) -> str:
    """A database we know, by URL. Raises ValueError."""
    if not text.startswith("sqlite:///") and not _POSTGRESQL.fullmatch(text):
        raise ValueError("should be like postgresql://USER:PASSWORD@HOST/DATABASE")
    file = text.removeprefix("sqlite:///").partition("?")[0]
    if not file or ":memory:" in file or "mode=memory" in text:
        raise ValueError("should name a file, as sqlite:////srv/sfumato.db: what is in memory is not stored")
    return text


def needs_credentials(url: str) -> bool:
    """True for TURN; STUN asks nobody who they are."""
    return url.startswith("turn")


def check_http_url(text: str) -> str:
    """An http or https address without query, without the slash at its end. Raises ValueError."""
    try:
        url = urlsplit(text)
        good = url.scheme in ("http", "https") and (url.port is None or url.port > 0)
        good = good and _LABELS.fullmatch(url.hostname or "") is not None
    except ValueError:
        good = False
    # `urlsplit` passes over line ends, which break the links and headers that it goes into.
    if not good or not text.isascii() or not text.isprintable() or any(c in text for c in "?#@ "):
        raise ValueError("should be like https://meet.example.org")
    return text.rstrip("/")
