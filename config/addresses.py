"""The shape of addresses in settings. Which of them this machine has is asked elsewhere."""

from ipaddress import ip_address, ip_network


def check_host(text: str) -> str:
    """An address to listen on, normalised; ``localhost`` is 127.0.0.1.

    An address, not a name: it is what a candidate announces. Raises ValueError.
    """
    if text == "localhost":
        return "127.0.0.1"
    try:
        return str(ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        raise ValueError("should be an IP address") from None


def check_network(text: str) -> str:
    """A network like ``192.0.2.0/24``, or one address, normalised. Raises ValueError."""
    try:
        return str(ip_network(text))
    except ValueError:
        raise ValueError("should be a network like 192.0.2.0/24") from None


def is_wildcard(host: str) -> bool:
    """True for ``0.0.0.0`` and ``::``: every address of the machine, of both families."""
    return ip_address(host).is_unspecified


def is_loopback(host: str) -> bool:
    """True if only this machine can reach it."""
    return ip_address(host).is_loopback


def check_announce(text: str) -> str:
    """``IP``, ``IP:PORT``, ``[IP]:PORT`` or ``stun:HOST:PORT``, unchanged. Raises ValueError."""
    if text.startswith("stun:"):
        host, colon, port = text.removeprefix("stun:").rpartition(":")
        if colon and host and _is_port(port):
            return text
        raise ValueError("should be stun:HOST:PORT")
    if _is_announced_ip(text):
        return text
    raise ValueError("should be IP, IP:PORT, [IP]:PORT or stun:HOST:PORT")


def _is_announced_ip(text: str) -> bool:
    host, port = text, "1"
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            return False
        port = rest[1:] if rest else "1"
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        return not ip_address(host).is_unspecified and _is_port(port)
    except ValueError:
        return False


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:6]) <= 65535 and len(text) <= 5
