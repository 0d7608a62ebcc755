"""Streams of a sending m-line: rids and simulcast (RFC 8851, RFC 8853), SSRCs and their groups (RFC 5576)."""

from dataclasses import dataclass

from sfu.identifiers import Rid, Ssrc
from sfu.sdp.lines import Part, bad, number

MAX_RIDS = 4
_MAX_SSRCS = 4 * MAX_RIDS
_LONGEST_RID = 16  # what the one-byte form of a header extension holds (RFC 8285 §4.2)

# Clients list these from the best to the lowest quality, against the order of all others.
_BEST_FIRST = (("f", "h", "q"), ("h", "m", "l"))


@dataclass(frozen=True, slots=True)
class OfferedRid:
    """One simulcast encoding as offered. `paused` is the ``~`` of RFC 8853 §5.1."""

    rid: Rid
    paused: bool = False
    payload_types: tuple[int, ...] = ()  # empty: any


@dataclass(frozen=True, slots=True)
class OfferedSources:
    """The a=ssrc lines of an m-line: media streams in their order, and which RTX stream repeats which."""

    media: tuple[Ssrc, ...] = ()
    rtx_of: tuple[tuple[Ssrc, Ssrc], ...] = ()  # (RTX, media)
    simulcast: tuple[Ssrc, ...] = ()  # of a SIM group, lowest quality first


def read_rids(part: Part) -> tuple[OfferedRid, ...]:
    """The first `MAX_RIDS` encodings the m-line would send, in the offer's order.

    ``a=simulcast`` gives the order; without it the ``a=rid`` lines do. Of alternatives the first counts.
    """
    declared: dict[str, tuple[int, ...]] = {}
    for value in part.every("rid"):
        words = value.split(" ", 2)
        if len(words) >= 2 and words[1] == "send" and _is_rid(words[0]):
            declared.setdefault(words[0], _payload_types(words[2] if len(words) > 2 else ""))
    simulcast = part.first("simulcast")
    wanted = list(declared) if simulcast is None else _sent_streams(simulcast)
    found: dict[str, OfferedRid] = {}
    for entry in wanted:
        rid = entry.removeprefix("~")
        if rid in declared:  # RFC 8853 §5.1: what no a=rid declares is not there
            found.setdefault(rid, OfferedRid(Rid(rid), entry != rid, declared[rid]))
    return tuple(found.values())[:MAX_RIDS]


def quality_order(rids: tuple[Rid, ...]) -> tuple[Rid, ...]:
    """From the lowest to the best, as far as names and order tell; measured sizes know better."""
    return rids[::-1] if rids in _BEST_FIRST else rids


def read_sources(part: Part) -> OfferedSources:
    """The SSRCs of an m-line.

    Raises:
        OfferRefused: an SSRC or group that is none, or more of them than any sender has.
    """
    listed: dict[Ssrc, None] = {}
    for value in part.every("ssrc"):
        listed.setdefault(_ssrc(value.partition(" ")[0]))
    if len(listed) > _MAX_SSRCS:
        raise bad("too many SSRCs on one m-line")
    rtx_of: dict[Ssrc, Ssrc] = {}
    simulcast: tuple[Ssrc, ...] = ()
    for value in part.every("ssrc-group"):
        semantics, *words = value.split()[: _MAX_SSRCS + 1] or [""]
        members = tuple(_ssrc(word) for word in words)
        if not set(members) <= listed.keys():
            raise bad("an SSRC group names an SSRC that the m-line lacks")
        if semantics == "FID" and len(members) == 2 and members[0] != members[1]:
            rtx_of.setdefault(members[1], members[0])
        elif semantics == "SIM" and len(set(members)) == len(members) <= MAX_RIDS:
            simulcast = members
    return OfferedSources(
        tuple(ssrc for ssrc in listed if ssrc not in rtx_of), tuple(rtx_of.items()), simulcast
    )


def _sent_streams(simulcast: str) -> list[str]:
    words = simulcast.split()
    for direction, streams in zip(words[::2], words[1::2], strict=False):
        if direction == "send":
            return [alternatives.partition(",")[0] for alternatives in streams.split(";")]
    return []


def _payload_types(restrictions: str) -> tuple[int, ...]:
    """RFC 8851 §5: ``pt=96,97``; other restrictions bind the sender alone."""
    for restriction in restrictions.split(";"):
        name, _, value = restriction.strip().partition("=")
        if name == "pt":
            numbers = (number(word, 127) for word in value.split(",")[:128])
            return tuple(payload_type for payload_type in numbers if payload_type is not None)
    return ()


def _is_rid(text: str) -> bool:
    # RFC 8851 §10: letters, digits, "-" and "_".
    return (
        0 < len(text) <= _LONGEST_RID and text.isascii() and text.replace("-", "").replace("_", "").isalnum()
    )


def _ssrc(text: str) -> Ssrc:
    value = number(text, 0xFFFF_FFFF)
    if not value:
        raise bad("not an SSRC")
    return Ssrc(value)
