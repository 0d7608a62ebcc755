"""Puts a room's tracks into its members' slots: ranking and view in, commands and `slots` events out."""

from collections.abc import Iterable

from sfu.identifiers import TrackId
from sfu.messages import AnsweredSlot
from signaling.participant import Participant
from signaling.permissions import Action, allowed
from signaling.room import Room
from signaling.track import Track
from signaling.view import (
    Placement,
    bandwidth_ranks,
    choose_audio,
    homes_of_audio,
    place_audio,
    place_video,
    rank_video,
)

BATCH = 50
"""Members looked at in one turn of the loop: some 20 µs each, so that a room of a thousand never holds it."""


def settle(room: Room, at_most: int = BATCH) -> None:
    """Look at members whose slots may have to change; those left over come next turn (`room.stale`)."""
    for participant_id in list(room.stale)[:at_most]:
        del room.stale[participant_id]
        seat(room, room.participants[participant_id])


def seat(room: Room, participant: Participant) -> None:
    """Decide one member's slots, and tell it what changed.

    Over a connection that closed nothing is assigned any more, but what ended is still told.
    """
    connection, subscription = participant.connection, participant.subscription
    if connection is None or not subscription.slots:
        return
    if not connection.closed:
        placement, ranks = _placement(room, participant), _ranks(room, participant)
        for command in subscription.assign(connection.peer, placement, ranks):
            room.node.outputs.command(command)
    tell_slots(room, participant)


def tell_slots(room: Room, participant: Participant) -> None:
    """Send the `slots` event, if there is anything new and somebody to hear it."""
    if participant.session is None:
        return
    changes = participant.subscription.changes(room.tracks)
    if changes:
        room.audience.tell(participant, {"type": "slots", "slots": [shown.describe() for shown in changes]})


def _placement(room: Room, participant: Participant) -> Placement:
    subscription = participant.subscription
    if not allowed(participant.subject, Action.SUBSCRIBE):
        return {slot.mid: None for slot in subscription.slots}
    ranking, current = room.ranking(), subscription.placement()
    video_slots, audio_slots = subscription.video_slots(), subscription.audio_slots()
    if subscription.view.mode == "manual":
        video = _named(room, participant, video_slots)
    else:
        view = subscription.view
        asked = [room.tracks[track] for track in (*view.pin, *view.want) if track in room.tracks]
        video = place_video(
            video_slots,
            rank_video(
                _of_others(ranking.cameras, participant),
                _of_others(ranking.screens, participant),
                [t for t in asked if t.kind == "video" and _visible(t, participant, room)],
            ),
            current,
        )
    named = {mid: track for mid, track in _named(room, participant, audio_slots).items() if track is not None}
    automatic = [slot for slot in audio_slots if slot.mid not in named]
    elsewhere = set(named.values())
    microphones = (t for t in _of_others(ranking.microphones, participant) if t.id not in elsewhere)
    sounds = [t for t in _of_others(ranking.screen_audio, participant) if t.id not in elsewhere]
    shown = _shown_screens(room, video)
    chosen = choose_audio(
        sum(not slot.parked for slot in automatic),
        microphones,
        sounds,
        {sound.id for sound in sounds if sound.participant in shown},
    )
    homes = homes_of_audio(video, video_slots, room.tracks, chosen)
    return {**video, **place_audio(automatic, chosen, homes, current), **named}


def _ranks(room: Room, participant: Participant) -> dict[TrackId, int]:
    pinned = [room.tracks[track] for track in participant.subscription.view.pin if track in room.tracks]
    ranking, speaker = room.ranking(), room.speakers.dominant
    return bandwidth_ranks(ranking.screens, pinned, (t for t in ranking.cameras if t.participant == speaker))


def _named(room: Room, participant: Participant, slots: Iterable[AnsweredSlot]) -> Placement:
    """What a manual view names for these slots; nothing where the track is gone or not for this slot."""
    placement: Placement = {}
    for slot in slots:
        wish = participant.subscription.wishes.get(slot.mid)
        track = room.tracks.get(wish.track) if wish is not None and wish.track is not None else None
        if participant.subscription.view.mode == "auto" or track is None:
            placement[slot.mid] = None
        else:
            fits = track.kind == slot.kind and _visible(track, participant, room)
            placement[slot.mid] = track.id if fits else None
    return placement


def _shown_screens(room: Room, video: Placement) -> set[str]:
    """Whose screens are shown."""
    held = [room.tracks[track] for track in video.values() if track is not None]
    return {track.participant for track in held if track.source == "screen"}


def _of_others(tracks: Iterable[Track], participant: Participant) -> Iterable[Track]:
    return (track for track in tracks if track.participant != participant.id)


def _visible(track: Track, participant: Participant, room: Room) -> bool:
    owner = room.participants[track.participant]
    return owner is not participant and not owner.hidden and not room.audience.roster.holds(owner.id)
