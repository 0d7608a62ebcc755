"""A sending m-line: the codec it is answered with, its encodings, or why it may not send."""

from sfu.errors import OfferRefused
from sfu.identifiers import Rid, Ssrc
from sfu.messages import KIND_OF_SOURCE, OfferedTrack
from sfu.sdp.encodings import OfferedRid, quality_order
from sfu.sdp.extensions import ExtensionIds
from sfu.sdp.ledger import Ledger
from sfu.sdp.lines import bad
from sfu.sdp.mid_state import MidState
from sfu.sdp.offer import MediaSection
from sfu.sdp.sections import InactiveSection, PublishSection
from sfu.sdp.selection import accepted_codecs, publish_codecs, publish_extensions

# Names of the encodings of a SIM group, which has none (RFC 5576 §4.2 leaves the semantics open).
_SIM_RIDS = ("e", "q", "h", "f")


def publish_section(
    section: MediaSection, state: MidState, track: OfferedTrack | None, ledger: Ledger
) -> PublishSection | InactiveSection:
    """What a sending m-line becomes; `track` is what the client listed for it, `state` remembers this offer.

    Raises:
        OfferRefused: ``conflict`` for a source of the other kind, ``bad_message`` where packets could not be
            told from those of other m-lines.
    """
    kind = section.kind
    if kind is None or track is None or not track.allowed:
        return silent_section(section, state, "forbidden")
    if KIND_OF_SOURCE[track.source] != kind:
        raise OfferRefused("conflict", f"{track.source} cannot be sent on an {section.media} m-line")
    codecs = publish_codecs(accepted_codecs(section, state))
    if not codecs:
        return silent_section(section, state, "unavailable")
    extensions = publish_extensions(section, state, codecs[-1:])
    if not extensions.mid and not section.sources.media:
        raise bad("a sending m-line needs the MID extension or a=ssrc")
    if ledger.tracks >= ledger.limits.max_tracks:
        return silent_section(section, state, "too_large")
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


def silent_section(section: MediaSection, state: MidState, code: str | None = None) -> InactiveSection:
    """A sending m-line that may not send, or one that sends nothing for now."""
    codecs = publish_codecs(accepted_codecs(section, state))
    if not codecs:
        return InactiveSection(section, (), ExtensionIds(), code=code)
    extensions = publish_extensions(section, state, codecs[-1:])
    rids = _usable_rids(section, codecs[-1].payload_type, has_rid_extension=extensions.rid != 0)
    return InactiveSection(section, codecs, extensions, rids, code)


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
