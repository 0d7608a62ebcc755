"""aiortc's SCTP without an event loop and without a clock.

aiortc's coroutines never wait for anything but what they send, so each runs to its end at the first step.
What they start in the background and ask the loop for goes through the name `asyncio` of their module, what
they measure through `time`. A copy of the module made for us has other things under these names; who else
uses aiortc in this process keeps theirs.

The copy comes without the rest of aiortc, whose codecs and ICE would cost a node 45 MB.
"""

import sys
from collections.abc import Coroutine
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from sfu.sctp.packet import MAX_PACKET_BYTES, Checksum

RTO_MIN_S = 0.2
"""RFC 9260 §16 says 1 s; a lone lost message then takes 660 ms where it need take 220 (40 ms round trip)."""

RTO_MAX_S = 2.0
"""RFC 9260 §16 says 60 s: after an outage of 15 s a meeting would wait as long again."""

RTO_INITIAL_S = 1.0  # RFC 9260 §16

USER_DATA_BYTES = MAX_PACKET_BYTES - 28
"""Of a DATA chunk, so that with its header (16) and the packet's (12) it fits a datagram."""


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise RuntimeError("a coroutine of SCTP waits")


def _is_aiortc(name: str) -> bool:
    return name.partition(".")[0] == "aiortc"


def _named(name: str, **members: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(members)
    return module


def _copy() -> ModuleType:
    package = find_spec("aiortc")
    folders = package.submodule_search_locations if package is not None else None
    spec = PathFinder.find_spec("aiortc.rtcsctptransport", folders)
    if folders is None or spec is None or spec.loader is None:
        raise ImportError("aiortc is not installed")
    module = module_from_spec(spec)
    others = {name: sys.modules.pop(name) for name in [*sys.modules] if _is_aiortc(name)}
    # Of DTLS it takes no more than a name for its annotations.
    stand_ins = (
        _named("aiortc", __path__=[*folders]),
        _named("aiortc.rtcdtlstransport", RTCDtlsTransport=object),
        _named("aiortc.rtcsctptransport", RTCSctpTransport=object),
    )
    sys.modules.update({one.__name__: one for one in stand_ins})
    try:
        spec.loader.exec_module(module)
    finally:
        for name in [*filter(_is_aiortc, sys.modules)]:
            del sys.modules[name]
        sys.modules.update(others)
    surroundings = {
        "asyncio": SimpleNamespace(get_event_loop=lambda: None, ensure_future=run),
        # Stands at 0: what is measured against it is corrected by whoever knows the time (`Association`).
        "time": SimpleNamespace(time=lambda: 0.0),
        "SCTP_RTO_MIN": RTO_MIN_S,
        "SCTP_RTO_MAX": RTO_MAX_S,
        "SCTP_RTO_INITIAL": RTO_INITIAL_S,
        "USERDATA_MAX_LENGTH": USER_DATA_BYTES,
    }
    vars(module).update(surroundings)
    return module


if TYPE_CHECKING:
    from aiortc import rtcsctptransport as sctp
else:
    sctp = _copy()

checksum: Checksum = vars(sctp)["crc32c"]
"""CRC32c (RFC 9260 appendix A), in C."""

__all__ = ["checksum", "run", "sctp"]
