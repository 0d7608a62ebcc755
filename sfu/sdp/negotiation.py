"""Offer in, result out: one peer connection's m-lines over all its offers (PROTOCOL.md, SDP rules).

`negotiate` is pure. It judges an offer against the `Negotiation` so far and gives the next one; an offer that
is refused leaves everything as it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sfu.certificate import Fingerprint
from sfu.errors import LocalError, OfferRefused
from sfu.ice import IceCredentials
from sfu.identifiers import Mid, Rid, Ssrc
from sfu.messages import KIND_OF_SOURCE, Kind, OfferedTrack
from sfu.sdp.encodings import OfferedRid, quality_order
from sfu.sdp.extensions import ExtensionIds
from sfu.sdp.formats import Feedback
from sfu.sdp.limits import SdpLimits
from sfu.sdp.lines import bad
from sfu.sdp.mid_state import MidState, SlotIdentity, first_state, remember
from sfu.sdp.offer import MediaSection, Offer
from sfu.sdp.sections import (
    DataSection,
    InactiveSection,
    PublishSection,
    RejectedSection,
    Section,
    SlotSection,
)
from sfu.sdp.selection import accepted_codecs, publish_codecs, publish_extensions, slot_extensions

# SSRCs one connection may use up by deleting and adding slots; none comes back (SRTP nonces stay unique).
_MAX_ISSUED = 65_536

# Names of the encodings of a SIM group, which has none (RFC 5576 §4.2 leaves the semantics open).
_SIM_RIDS = ("e", "q", "h", "f")


@dataclass(frozen=True, slots=True)
class Negotiation:
    """What a peer connection has agreed on so far. `mids` is by m-line index, None where one was deleted."""

    version: int = 0
    credentials: IceCredentials | None = None
    fingerprints: tuple[Fingerprint, ...] = ()
    mids: tuple[MidState | None, ...] = ()
    issued: frozenset[Ssrc] = frozenset()


@dataclass(frozen=True, slots=True)
class Negotiated:
    """The outcome of one offer. `sections` is in m-line order, one for each; `state` is for the next offer.

    `extensions` are the numbers of the whole BUNDLE group: with them MID and RID are read from a packet of a
    yet unknown m-line. `ice_restart`: the client changed its credentials, ours must change too (RFC 8445 §9).
    """

    state: Negotiation
    credentials: IceCredentials
    fingerprints: tuple[Fingerprint, ...]
    ice_restart: bool
    sections: tuple[Section, ...]
    extensions: ExtensionIds
    extmap_allow_mixed: bool
    max_message_bytes: int

    @property
    def publishes(self) -> tuple[PublishSection, ...]:
        """The tracks, in m-line order."""
        return tuple(section for section in self.sections if isinstance(section, PublishSection))

    @property
    def slots(self) -> tuple[SlotSection, ...]:
        """The slots, parked ones too, in m-line order."""
        return tuple(section for section in self.sections if isinstance(section, SlotSection))

    @property
    def data(self) -> DataSection | None:
        """The data m-line, if there is one."""
        return next((section for section in self.sections if isinstance(section, DataSection)), None)

    @property
    def refused(self) -> tuple[tuple[Mid, str], ...]:
        """(mid, code) of the m-lines that would send and may not."""
        return tuple(
            (section.mid, section.code)
            for section in self.sections
            if isinstance(section, InactiveSection) and section.code is not None
        )


def negotiate(
    state: Negotiation,
    offer: Offer,
    tracks: Sequence[OfferedTrack],
    limits: SdpLimits,
    *,
    enabled: frozenset[str],
    make_ssrc: Callable[[], Ssrc],
) -> Negotiated:
    """Judge `offer` against `state`.

    Args:
        tracks: what the client says it publishes, with the identities the Room gives.
        enabled: codec keys (`sfu.codecs.codec.enabled_keys`).
        make_ssrc: draws a random SSRC; drawn again where it is taken.

    Raises:
        OfferRefused: ``bad_message`` for what breaks the rules of renegotiation, ``conflict`` for a source of
            the wrong kind or another certificate, ``unavailable`` when the connection used up its SSRCs.
    """
    by_mid = {track.mid: track for track in tracks}
    if len(by_mid) != len(tracks):
        raise bad("a mid is listed twice in tracks")
    if state.fingerprints and state.fingerprints != offer.fingerprints:
        raise OfferRefused("conflict", "another certificate needs another peer connection")
    before = _matched(state, offer)
    ledger = _Ledger(state, offer, limits, make_ssrc)
    for mid_state in before:
        ledger.keep(mid_state)
    sections: list[Section] = []
    after: list[MidState | None] = []
    for section, mid_state in zip(offer.media, before, strict=True):
        if not section.live:
            sections.append(RejectedSection(section))
            after.append(None)
            continue
        known = remember(mid_state or first_state(section), section, enabled)
        if section.kind is None:
            sections.append(DataSection(section))
        elif section.direction in ("sendrecv", "sendonly"):
            sections.append(_publish(section, known, by_mid.get(section.mid), ledger))
        else:
            slot, known = _slot(section, known, section.kind, ledger)
            sections.append(slot)
        after.append(known)
    credentials = state.credentials
    return Negotiated(
        state=Negotiation(
            state.version + 1, offer.credentials, offer.fingerprints, tuple(after), frozenset(ledger.issued)
        ),
        credentials=offer.credentials,
        fingerprints=offer.fingerprints,
        ice_restart=credentials is not None and credentials != offer.credentials,
        sections=tuple(sections),
        extensions=_union(sections),
        extmap_allow_mixed=offer.extmap_allow_mixed,
        max_message_bytes=limits.data_message_bytes,
    )


@dataclass(slots=True)
class _Ledger:
    """What is used up while one offer is gone through: seats, SSRCs, tracks."""

    state: Negotiation
    offer: Offer
    limits: SdpLimits
    make_ssrc: Callable[[], Ssrc]
    seats: dict[Kind, set[int]] = field(default_factory=lambda: {"audio": set(), "video": set()})
    tracks: int = 0
    issued: set[Ssrc] = field(init=False)
    taken: set[Ssrc] = field(init=False)

    def __post_init__(self) -> None:
        self.issued = set(self.state.issued)
        sources = [section.sources for section in self.offer.media]
        # An SSRC of the client's in the other direction would be a collision to it (RFC 3550 §8.2).
        self.taken = {ssrc for source in sources for ssrc in source.media}
        self.taken |= {rtx for source in sources for rtx, _ in source.rtx_of}

    def keep(self, mid_state: MidState | None) -> None:
        """Hold the seat of a slot that was there before."""
        if mid_state is not None and mid_state.slot is not None:
            self.seats["audio" if mid_state.media == "audio" else "video"].add(mid_state.slot.seat)

    def seat(self, kind: Kind) -> int | None:
        """The lowest free seat, or None over the limit."""
        limit = self.limits.max_slots_audio if kind == "audio" else self.limits.max_slots_video
        taken = self.seats[kind]
        if len(taken) >= limit:
            return None
        seat = next(number for number in range(1, limit + 1) if number not in taken)
        taken.add(seat)
        return seat

    def ssrc(self) -> Ssrc:
        """An SSRC that this connection never had."""
        if len(self.issued) >= _MAX_ISSUED:
            raise OfferRefused("unavailable", "this connection has used up its slots")
        for _ in range(100):
            ssrc = self.make_ssrc()
            if 0 < ssrc <= 0xFFFF_FFFF and ssrc not in self.issued and ssrc not in self.taken:
                self.issued.add(ssrc)
                return ssrc
        raise LocalError("no free SSRC drawn: the random source is broken")


def _matched(state: Negotiation, offer: Offer) -> list[MidState | None]:
    """The state of each m-line of the offer; None where it is new or was deleted.

    RFC 9429 §5.2.2: m-lines keep their place for life; only one that had port 0 may be used again.
    """
    if len(offer.media) < len(state.mids):
        raise bad("an m-line is missing")
    found: list[MidState | None] = []
    for section in offer.media:
        old = state.mids[section.index] if section.index < len(state.mids) else None
        if old is None or section.deleted:
            found.append(None)
        elif section.mid != old.mid or section.media != old.media:
            raise bad("an m-line changed its mid or medium")
        else:
            found.append(old)
    return found


def _publish(
    section: MediaSection, state: MidState, track: OfferedTrack | None, ledger: _Ledger
) -> PublishSection | InactiveSection:
    accepted = accepted_codecs(section, state)
    kind = section.kind
    if kind is None or track is None or not track.allowed:
        return InactiveSection(section, accepted, "forbidden")
    if KIND_OF_SOURCE[track.source] != kind:
        raise OfferRefused("conflict", f"{track.source} cannot be sent on an {section.media} m-line")
    codecs = publish_codecs(accepted)
    if not codecs:
        return InactiveSection(section, accepted, "unavailable")
    extensions = publish_extensions(section, state, codecs[-1:])
    if not extensions.mid and not section.sources.media:
        raise bad("a sending m-line needs the MID extension or a=ssrc")
    if ledger.tracks >= ledger.limits.max_tracks:
        return InactiveSection(section, accepted, "too_large")
    ledger.tracks += 1
    chosen = codecs[-1]
    offered = _usable_rids(section, chosen.payload_type, has_rid_extension=extensions.rid != 0)
    rids = tuple(rid.rid for rid in offered)
    ssrcs, unnamed = _named_ssrcs(section, rids)
    return PublishSection(
        line=section,
        kind=kind,
        track=track.track,
        csrc=track.csrc,
        source=track.source,
        muted=track.muted,
        codecs=codecs,
        codec=chosen.codec,
        payload_type=chosen.payload_type,
        rtx_payload_type=chosen.rtx_payload_type,
        red_payload_type=codecs[0].payload_type if len(codecs) > 1 else None,
        feedback=chosen.feedback,
        extensions=extensions,
        rids=quality_order(rids) or unnamed,
        answered_rids=offered,
        ssrcs=ssrcs,
        rtx_of=section.sources.rtx_of,
    )


def _usable_rids(
    section: MediaSection, payload_type: int, *, has_rid_extension: bool
) -> tuple[OfferedRid, ...]:
    if not has_rid_extension and len(section.sources.media) != len(section.rids):
        return ()  # nothing would tell the encodings apart: one it is
    return tuple(rid for rid in section.rids if not rid.payload_types or payload_type in rid.payload_types)


def _named_ssrcs(
    section: MediaSection, rids: tuple[Rid, ...]
) -> tuple[tuple[tuple[Ssrc, Rid], ...], tuple[Rid, ...]]:
    """Media SSRCs with their rids, and the rids we made up for a SIM group."""
    sources = section.sources
    if section.rids:
        # Firefox lists one SSRC a rid, in the order of its rids; another number does not say whose is whose.
        if len(sources.media) != len(section.rids):
            return (), ()
        pairs = zip(sources.media, section.rids, strict=True)
        return tuple((ssrc, offered.rid) for ssrc, offered in pairs if offered.rid in rids), ()
    if len(sources.simulcast) > 1:
        unnamed = tuple(Rid(name) for name in _SIM_RIDS[-len(sources.simulcast) :])
        return tuple(zip(sources.simulcast, unnamed, strict=True)), unnamed
    return tuple((ssrc, Rid("")) for ssrc in sources.media[:1]), ()


def _slot(
    section: MediaSection, state: MidState, kind: Kind, ledger: _Ledger
) -> tuple[SlotSection | InactiveSection, MidState]:
    codecs = accepted_codecs(section, state)
    identity = state.slot
    parked = section.direction == "inactive"
    if not codecs or (parked and identity is None):
        return InactiveSection(section, codecs), state
    if identity is None:
        seat = ledger.seat(kind)
        if seat is None:
            return InactiveSection(section, codecs), state
        identity = SlotIdentity(seat, ledger.ssrc())
    has_rtx = any(entry.rtx_payload_type is not None for entry in codecs)
    if has_rtx and identity.rtx_ssrc is None:
        identity = replace(identity, rtx_ssrc=ledger.ssrc())
    feedback = Feedback()
    for entry in codecs:
        feedback |= entry.feedback
    slot = SlotSection(
        line=section,
        kind=kind,
        seat=identity.seat,
        ssrc=identity.ssrc,
        rtx_ssrc=identity.rtx_ssrc if has_rtx else None,
        codecs=codecs,
        feedback=feedback,
        extensions=slot_extensions(section, state, codecs, transport_cc=feedback.transport_cc),
        parked=parked,
    )
    return slot, replace(state, slot=identity)


def _union(sections: list[Section]) -> ExtensionIds:
    ids: dict[str, int] = {}
    for section in sections:
        if isinstance(section, PublishSection | SlotSection):
            ids |= dict(section.extensions.items())
    return ExtensionIds(**ids)
