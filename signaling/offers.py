"""From a client's offer to its answer: which peer connection it belongs to, which tracks it carries.

The media side judges the SDP (`ApplyOffer` → `Answered` or `Refused`); here an offer is matched with what the
participant has: by mid on the same connection, by source and name on a new one (PROTOCOL.md 2, SDP rules).
"""

from typing import Any

from datachannels.refusals import RequestRefused
from sfu.identifiers import Csrc, PeerId, TrackId
from sfu.messages import (
    Answered,
    AnsweredTrack,
    ApplyOffer,
    ClosePeer,
    OfferedTrack,
    OpenPeer,
    PeerClosed,
    Refused,
)
from sfu.sdp.offer import fingerprint_of
from signaling.codec_choice import ask_for_track, ask_for_viewer
from signaling.directory import Member
from signaling.identifiers import new_csrc, new_identifier
from signaling.participant import Connection, OfferInFlight, Participant, StatsInFlight
from signaling.permissions import Action, TrackOf, allowed
from signaling.requests import Offer, TrackOffer
from signaling.room import Room
from signaling.seating import seat
from signaling.track import Track

GONE: dict[str, Any] = {"type": "error", "code": "unavailable", "message": "the peer connection closed"}


def make_offer(room: Room, participant: Participant, offer: Offer, number: int | None) -> None:
    """Send an offer on to the media side; `number` is the request's `id`. Raises `RequestRefused`."""
    fingerprints = fingerprint_of(offer.sdp)
    if fingerprints is None or participant.session is None:
        raise RequestRefused("bad_message", "sdp: no fingerprint")
    peer = _peer_for(room, participant, fingerprints)
    proposed: list[OfferedTrack] = []
    for wanted in offer.tracks:
        taken = {track.csrc for track in room.tracks.values()} | {track.csrc for track in proposed}
        proposed.append(_propose(room, participant, peer, wanted, taken))
    request = room.node.new_request()
    participant.offer = OfferInFlight(
        request=request,
        session=participant.session,
        id=number,
        peer=peer,
        fingerprints=fingerprints,
        offered={track.mid: track for track in offer.tracks},
        proposed={track.mid: track for track in proposed},
    )
    room.node.outputs.command(ApplyOffer(peer, request, offer.sdp, tuple(proposed)))


def _peer_for(room: Room, participant: Participant, fingerprints: tuple[str, ...]) -> PeerId:
    """The connection the offer renegotiates, or a new one: one PeerId is one DTLS association."""
    connection = participant.connection
    if connection is not None and not connection.closed and connection.fingerprints == fingerprints:
        return connection.peer
    peer = PeerId(new_identifier("pe", room.node.random))
    room.node.directory.peers[peer] = Member(room.id, participant.id)
    room.node.outputs.command(OpenPeer(peer))
    return peer


def _propose(
    room: Room, participant: Participant, peer: PeerId, wanted: TrackOffer, taken: set[Csrc]
) -> OfferedTrack:
    renegotiated = participant.connection is not None and participant.connection.peer == peer
    if renegotiated:
        known = [t for t in room.tracks_of(participant) if t.peer == peer and t.mid == wanted.mid]
    else:
        key = (wanted.source, wanted.name)
        known = [t for t in room.tracks_of(participant) if (t.source, t.name) == key]
    source = known[0].source if known else wanted.source
    may = allowed(participant.subject, Action.PUBLISH, TrackOf(participant.id, source))
    return OfferedTrack(
        mid=wanted.mid,
        track=known[0].id if known else TrackId(new_identifier("tr", room.node.random)),
        csrc=known[0].csrc if known else new_csrc(room.node.random, taken),
        source=source,
        # What others would not be shown, they cannot watch: who is hidden publishes nothing.
        allowed=may and not participant.hidden,
        muted=known[0].muted if known and renegotiated else wanted.muted,
    )


def answered(room: Room, participant: Participant, event: Answered) -> None:
    """The offer holds: answer it, tell the room what is published, fill the slots."""
    offer = participant.offer
    if offer is None or offer.request != event.request:
        return
    participant.offer = None
    _switch_connection(room, participant, offer)
    _reply(room, participant, offer, _answer(event))
    before = {*room.tracks}
    _apply_tracks(room, participant, offer, event.tracks)
    participant.subscription.set_slots(event.slots)
    seat(room, participant)
    ask_for_viewer(room, participant)
    for track in room.tracks_of(participant):
        if track.id not in before:
            ask_for_track(room, track)


def refused(room: Room, participant: Participant, event: Refused) -> None:
    """The offer changed nothing; a connection opened for it is closed again."""
    offer = participant.offer
    if offer is None or offer.request != event.request:
        return
    participant.offer = None
    if participant.connection is None or participant.connection.peer != offer.peer:
        _close_peer(room, offer.peer)
    _reply(room, participant, offer, {"type": "error", "code": event.code, "message": event.message})


def closed(room: Room, participant: Participant, event: PeerClosed) -> None:
    """A connection ended by itself: its tracks stay, silent, until the next offer closes it for good."""
    connection, offer = participant.connection, participant.offer
    if offer is not None and offer.peer == event.peer:
        participant.offer = None
        if connection is None or connection.peer != event.peer:
            _close_peer(room, event.peer)
        _reply(room, participant, offer, GONE)
    if connection is not None and connection.peer == event.peer:
        connection.closed = True
        room.node.channels.peer_gone(event.peer)
        asked, participant.stats = participant.stats, None
        if asked is not None:
            _reply(room, participant, asked, GONE)
        room.audience.tell(participant, {"type": "pc_closed", "reason": event.reason})


def _switch_connection(room: Room, participant: Participant, offer: OfferInFlight) -> None:
    old = participant.connection
    if old is not None and old.peer == offer.peer:
        return
    participant.connection = Connection(offer.peer, offer.fingerprints)
    if old is None:
        return  # a view chosen before the first offer stays
    pinned = participant.subscription.pinned
    participant.subscription.restart()
    if pinned:
        room.tell_pins(participant)
    _close_peer(room, old.peer)


def _apply_tracks(
    room: Room, participant: Participant, offer: OfferInFlight, tracks: tuple[AnsweredTrack, ...]
) -> None:
    live = {track.track for track in tracks if track.track is not None}
    for track in room.tracks_of(participant):
        if track.id not in live:
            room.drop_track(track)
    for described in tracks:
        if described.track is not None and described.mid in offer.proposed:
            _apply_track(room, participant, offer, described, described.track)


def _apply_track(
    room: Room, participant: Participant, offer: OfferInFlight, described: AnsweredTrack, track_id: TrackId
) -> None:
    proposed, wanted = offer.proposed[described.mid], offer.offered[described.mid]
    track = room.tracks.get(track_id)
    if track is None:
        track = Track(
            id=track_id,
            participant=participant.id,
            source=proposed.source,
            name=wanted.name,
            csrc=proposed.csrc,
            muted=proposed.muted,
            surface=wanted.surface,
            peer=offer.peer,
            mid=described.mid,
            codec=described.codec,
            layers=described.layers,
        )
        room.add_track(track)
    else:
        before = track.describe()
        if track.peer != offer.peer:
            track.wanted = None
        track.peer, track.mid, track.codec = offer.peer, described.mid, described.codec
        track.muted = proposed.muted
        track.layers = described.layers or track.layers
        if wanted.surface is not None:
            track.surface = wanted.surface
        if track.describe() != before:
            room.track_updated(track)
            room.ranking_changed()
    # The grant may have gone while the offer was under way.
    if not allowed(participant.subject, Action.PUBLISH, TrackOf(participant.id, track.source)):
        room.close_track(track)


def _answer(event: Answered) -> dict[str, Any]:
    return {
        "type": "answer",
        "sdp": event.sdp,
        "tracks": [
            {"mid": t.mid, "track": t.track} | ({} if t.code is None else {"code": t.code})
            for t in event.tracks
        ],
        "slots": [{"mid": slot.mid, "kind": slot.kind, "seat": slot.seat} for slot in event.slots],
    }


def _reply(
    room: Room, participant: Participant, asked: OfferInFlight | StatsInFlight, message: dict[str, Any]
) -> None:
    """Only to the socket that asked: after a resume nobody waits for it any more."""
    if participant.session == asked.session:
        room.audience.tell(participant, message | ({} if asked.id is None else {"id": asked.id}))


def _close_peer(room: Room, peer: PeerId) -> None:
    room.node.directory.peers.pop(peer, None)
    room.node.channels.peer_gone(peer)
    room.node.outputs.command(ClosePeer(peer))
