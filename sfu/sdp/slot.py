"""A receiving m-line: the seat, SSRCs and codecs of a slot."""

from dataclasses import replace

from sfu.messages import Kind
from sfu.sdp.formats import Feedback
from sfu.sdp.ledger import Ledger
from sfu.sdp.mid_state import MidState, SlotIdentity
from sfu.sdp.offer import MediaSection
from sfu.sdp.publish import silent_section
from sfu.sdp.sections import InactiveSection, SlotSection
from sfu.sdp.selection import accepted_codecs, slot_extensions


def slot_section(
    section: MediaSection, state: MidState, kind: Kind, ledger: Ledger
) -> tuple[SlotSection | InactiveSection, MidState]:
    """What a recvonly or inactive m-line becomes, and its state with the slot's identity.

    Over the limit, or without a codec of ours, it is inactive; inactive by the client's wish it is parked.
    """
    codecs = accepted_codecs(section, state)
    identity = state.slot
    parked = section.direction == "inactive"
    if not codecs or (parked and identity is None):
        return silent_section(section, state), state  # it has sent, or may: nothing here is a slot's
    feedback = Feedback()
    for entry in codecs:
        feedback |= entry.feedback
    extensions = slot_extensions(section, state, codecs, transport_cc=feedback.transport_cc)
    if identity is None:
        seat = ledger.seat(kind)
        if seat is None:
            return InactiveSection(section, codecs, extensions), state
        identity = SlotIdentity(seat, ledger.ssrc())
    has_rtx = any(entry.rtx_payload_type is not None for entry in codecs)
    if has_rtx and identity.rtx_ssrc is None:
        identity = replace(identity, rtx_ssrc=ledger.ssrc())
    slot = SlotSection(
        line=section,
        kind=kind,
        seat=identity.seat,
        ssrc=identity.ssrc,
        rtx_ssrc=identity.rtx_ssrc if has_rtx else None,
        codecs=codecs,
        feedback=feedback,
        extensions=extensions,
        parked=parked,
    )
    return slot, replace(state, slot=identity)
