"""Who may ask for a development token: only this machine's own page.

`dev-token` makes anybody a host, so another site that a browser on this machine visits must not reach it, nor
a name that it has pointed at 127.0.0.1 (DNS rebinding).
"""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback_host(host: str) -> bool:
    """True for a Host header that names this machine by loopback address or ``localhost``."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    if name is None:
        return False
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """True unless the headers say that another site asks.

    Fetch Metadata where the browser sends it, else the Origin; a client that is no browser sends neither.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("Origin")
    if origin is None:
        return True
    try:
        asking = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(asking) and asking == headers.get("Host", "")
