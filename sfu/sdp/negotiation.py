"""Offer in, result out: one peer connection's m-lines over all its offers (PROTOCOL.md, SDP rules).

`negotiate` is pure. It judges an offer against the `Negotiation` so far and gives the next one; an offer that
is refused leaves everything as it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sfu.certificate import Fingerprint
from sfu.errors import OfferRefused
from sfu.ice import IceCredentials
from sfu.identifiers import Mid, Ssrc
from sfu.messages import OfferedTrack
from sfu.sdp.extensions import ExtensionIds
from sfu.sdp.ledger import Ledger
from sfu.sdp.limits import SdpLimits
from sfu.sdp.lines import bad
from sfu.sdp.mid_state import MidState, first_state, remember
from sfu.sdp.offer import Offer
from sfu.sdp.publish import publish_section
from sfu.sdp.sections import (
    DataSection,
    InactiveSection,
    PublishSection,
    RejectedSection,
    Section,
    SlotSection,
)
from sfu.sdp.slot import slot_section


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
    if state.fingerprints and set(state.fingerprints) != set(offer.fingerprints):
        raise OfferRefused("conflict", "another certificate needs another peer connection")
    before = _matched(state, offer)
    ledger = Ledger(set(state.issued), offer, limits, make_ssrc)
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
            sections.append(publish_section(section, known, by_mid.get(section.mid), ledger))
        else:
            slot, known = slot_section(section, known, section.kind, ledger)
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


def _union(sections: list[Section]) -> ExtensionIds:
    ids: dict[str, int] = {}
    for section in sections:
        if isinstance(section, PublishSection | SlotSection):
            ids |= dict(section.extensions.items())
    return ExtensionIds(**ids)
