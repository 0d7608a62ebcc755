"""Asks publishers for a codec that all who could watch them decode (the `codec` event of PROTOCOL.md 2)."""

from collections.abc import Iterable

from signaling.participant import Participant
from signaling.room import Room
from signaling.track import Track

PREFERRED = ("VP8", "H264", "VP9", "AV1")
"""What costs publishers least, and old machines too, comes first."""


def ask_for_viewer(room: Room, viewer: Participant) -> None:
    """`viewer` has other slots: ask for another codec where it cannot decode what is published."""
    decodable = _decodable(viewer)
    if decodable:
        for track in room.tracks.values():
            if track.kind == "video" and track.participant != viewer.id and track.codec not in decodable:
                _ask(room, track)


def ask_for_track(room: Room, track: Track) -> None:
    """`track` is new: ask for another codec where somebody cannot decode it."""
    if track.kind == "video" and any(track.codec not in sets for sets in _viewers(room, track)):
        _ask(room, track)


def _ask(room: Room, track: Track) -> None:
    """Ask its publisher for a codec that all decode, if there is one."""
    common = frozenset.intersection(*_viewers(room, track))
    families = {key.partition("/")[0] for key in common}
    use = next((name for name in PREFERRED if name in families), None)
    if use is not None:
        owner = room.participants[track.participant]
        room.audience.tell(owner, {"type": "codec", "track": track.id, "use": use})


def _viewers(room: Room, track: Track) -> Iterable[frozenset[str]]:
    """What each who could watch `track` decodes."""
    for viewer in room.participants.values():
        decodable = _decodable(viewer)
        if decodable and viewer.id != track.participant:
            yield decodable


def _decodable(viewer: Participant) -> frozenset[str]:
    """What all of its video slots decode; nothing where it has none, or its connection is gone."""
    connection, slots = viewer.connection, viewer.subscription.video_slots()
    if connection is None or connection.closed or not slots:
        return frozenset()
    return frozenset.intersection(*(frozenset(slot.codecs) for slot in slots))
