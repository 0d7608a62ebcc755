"""Which addresses a node listens on and which it announces as ICE candidates.

A wildcard socket would answer from whatever address the routing table likes, so each address gets a socket of
its own, and what is announced is what is bound, unless the operator knows better (NAT, containers, cloud)::

    --host, --announce, the machine's addresses ──▶ AddressPlan(bind, announced, ask)
    bind, then ask the STUN servers             ──▶ endpoints ──▶ candidate lines of every answer

This file decides; the machine's addresses are listed in `sfu.interfaces`, sockets are the driver's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from sfu.drops import DropReason
from sfu.errors import LocalError, RemoteError
from sfu.stun import BINDING, StunClass, parse_message

MAX_ADDRESSES = 16  # each is a socket, and two candidates in every answer

_COMPONENT = 1  # rtcp-mux: there is no other
_HOST_PREFERENCE = 126  # RFC 8445 §5.1.2.2
_HOST_TCP_PREFERENCE = 90  # ours, RFC 6544 §4.2: every UDP candidate before any TCP one
_TCP_PASSIVE_DIRECTION = 4  # RFC 6544 §4.2, for host candidates


@dataclass(frozen=True, slots=True)
class Announced:
    """An address for the candidates; `port` None is the port that was bound."""

    host: str
    port: int | None = None


@dataclass(frozen=True, slots=True)
class StunServer:
    """Whom to ask how we look from outside; `host` may be a name."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """One socket on each of `bind`; `announced` plus what the servers in `ask` answer make the candidates."""

    bind: tuple[str, ...]
    announced: tuple[Announced, ...]
    ask: tuple[StunServer, ...] = ()

    def endpoints(self, port: int, answers: Iterable[tuple[str, int]] = ()) -> tuple[tuple[str, int], ...]:
        """Addresses and ports to announce, best first; `port` is the one bound, `answers` those of `ask`."""
        own = ((entry.host, port if entry.port is None else entry.port) for entry in self.announced)
        return tuple(dict.fromkeys((*own, *answers)))[:MAX_ADDRESSES]


def parse_announce(text: str) -> Announced | StunServer:
    """Read ``IP``, ``IP:PORT``, ``[IPv6]:PORT`` or ``stun:HOST:PORT``.

    Raises:
        LocalError: none of these; a setting is wrong.
    """
    if text.startswith("stun:"):
        name, _, number = text.removeprefix("stun:").rpartition(":")
        if not name:
            raise LocalError(f"announce {text}: expected stun:HOST:PORT")
        return StunServer(name.removeprefix("[").removesuffix("]"), _port(number, text))
    port: str | None = None
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise LocalError(f"announce {text}: expected [IP]:PORT")
        port = rest[1:] if rest else None
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host = text
    address = _address(host)
    if address is None or address.is_unspecified:
        raise LocalError(f"announce {text}: expected an IP address")
    return Announced(str(address), None if port is None else _port(port, text))


def plan_addresses(host: str, announce: Sequence[str], machine: Sequence[str]) -> AddressPlan:
    """Decide what to bind and what to announce.

    Args:
        host: An IP address, or ``0.0.0.0`` or ``::`` for every usable one in `machine`.
        announce: As `parse_announce` reads them; if there are any they replace what is announced.
        machine: The addresses of this machine.

    Raises:
        LocalError: `host` or an entry of `announce` is no address, or the machine has none.
    """
    entries = [parse_announce(text) for text in announce]
    announced = tuple(entry for entry in entries if isinstance(entry, Announced))
    ask = tuple(entry for entry in entries if isinstance(entry, StunServer))
    address = _address(host)
    if address is None:
        raise LocalError(f"host {host}: expected an IP address")
    bind: tuple[str, ...] = (str(address),)
    if address.is_unspecified:
        # An address that the operator announces is wanted, were it loopback.
        own = {str(entry) for text in machine if (entry := _address(text)) is not None}
        wanted = [entry.host for entry in announced if entry.host in own]
        bind = tuple(dict.fromkeys((*wanted, *usable_addresses(machine))))[:MAX_ADDRESSES]
        if not bind:
            raise LocalError("this machine has no IP address")
    if not entries:
        announced = tuple(Announced(entry) for entry in bind)
    return AddressPlan(bind, announced, ask)


def usable_addresses(machine: Sequence[str]) -> tuple[str, ...]:
    """Those of `machine` that another machine can reach, in order; loopback if there are no others.

    Link-local ones are left out: they need a zone, which a candidate cannot carry.
    """
    addresses = [entry for entry in map(_address, machine) if entry is not None]
    usable = [
        entry
        for entry in addresses
        if not (entry.is_loopback or entry.is_link_local or entry.is_multicast or entry.is_unspecified)
    ]
    chosen = usable or [entry for entry in addresses if entry.is_loopback]
    return tuple(dict.fromkeys(map(str, chosen)))[:MAX_ADDRESSES]


def host_candidates(endpoints: Sequence[tuple[str, int]], tcp: bool) -> tuple[str, ...]:
    """``candidate:…`` attributes of an answer, without ``a=``: UDP, and with `tcp` passive TCP too.

    Foundation and priority follow RFC 8445 §5.1.1.3 and §5.1.2.1, TCP RFC 6544 §4.2 and §4.5.
    """
    lines = []
    for number, (host, port) in enumerate(endpoints):
        priority = _priority(_HOST_PREFERENCE, 0xFFFF - number)
        lines.append(f"candidate:{number} {_COMPONENT} udp {priority} {host} {port} typ host")
    for number, (host, port) in enumerate(endpoints if tcp else ()):
        foundation = len(endpoints) + number
        priority = _priority(_HOST_TCP_PREFERENCE, (_TCP_PASSIVE_DIRECTION << 13) + 0x1FFF - number)
        lines.append(
            f"candidate:{foundation} {_COMPONENT} tcp {priority} {host} {port} typ host tcptype passive"
        )
    return tuple(lines)


def read_mapped_address(data: bytes, transaction_id: bytes) -> tuple[str, int]:
    """How a STUN server saw us, from its answer to `sfu.stun.write_binding_request(transaction_id)`.

    Raises:
        RemoteError: STUN_MALFORMED, or STUN_UNEXPECTED if it is no success response to that request.
    """
    message = parse_message(data)
    mapped = message.mapped_address()
    if (
        message.message_class is not StunClass.SUCCESS
        or message.method != BINDING
        or message.transaction_id != transaction_id
        or mapped is None
    ):
        raise RemoteError(DropReason.STUN_UNEXPECTED)
    return mapped


def _priority(kind: int, local: int) -> int:
    return (kind << 24) + (local << 8) + 256 - _COMPONENT


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _port(text: str, setting: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) <= 0xFFFF):
        raise LocalError(f"announce {setting}: expected a port")
    return int(text)
