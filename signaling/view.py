"""Who sits in which slot: pure functions from slots and rankings to seats (PROTOCOL.md 2, `view`, SDP rules).

The one aim beside showing the right people is calm: nobody changes seats without need. So a placement starts
from the last one, empties the seats of those who fell out of the ranking, and gives only these to newcomers.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sfu.identifiers import Mid, TrackId
from sfu.messages import AnsweredSlot
from signaling.track import Track

Placement = dict[Mid, TrackId | None]
"""What each slot shows; every slot has an entry."""


LAST_RANK = 3
"""The rank of what is neither screen nor pinned nor the speaker's (`sfu.messages.AssignSlot`)."""


def bandwidth_ranks(
    screens: Iterable[Track], pinned: Iterable[Track], speaker: Iterable[Track]
) -> dict[TrackId, int]:
    """Which video grows first where bandwidth is short: screens 0, the pinned 1, the speaker's 2."""
    ranks: dict[TrackId, int] = {}
    for rank, group in enumerate((screens, pinned, speaker)):
        for track in group:
            ranks.setdefault(track.id, rank)
    return ranks


def rank_video(
    cameras: Iterable[Track], screens: Iterable[Track], pinned: Iterable[Track]
) -> Iterable[Track]:
    """Screens, then the pinned, then cameras in the order given (most recent speakers first); each once."""
    seen: set[TrackId] = set()
    for group in (screens, pinned, cameras):
        for track in group:
            if track.id not in seen:
                seen.add(track.id)
                yield track


def place_video(
    slots: Sequence[AnsweredSlot], ranking: Iterable[Track], current: Mapping[Mid, TrackId | None]
) -> Placement:
    """The automatic view: the first tracks of `ranking`, as many as there are slots, keep or get a seat.

    A parked slot keeps its track, unless that track is wanted in a slot which shows it.
    """
    open_slots = [slot for slot in slots if not slot.parked]
    winners = _first_decodable(ranking, open_slots)
    placement: Placement = {slot.mid: None for slot in slots}
    for slot in open_slots:
        held = current.get(slot.mid)
        if held is not None and held in winners and winners[held].codec in slot.codecs:
            placement[slot.mid] = held
            del winners[held]
    for track in winners.values():
        free = next((s for s in open_slots if placement[s.mid] is None and track.codec in s.codecs), None)
        if free is not None:
            placement[free.mid] = track.id
    seated = {track for track in placement.values() if track is not None}
    for slot in slots:
        held = current.get(slot.mid)
        if slot.parked and held is not None and held not in seated:
            placement[slot.mid] = held
    return placement


def _first_decodable(ranking: Iterable[Track], slots: Sequence[AnsweredSlot]) -> dict[TrackId, Track]:
    decodable = {codec for slot in slots for codec in slot.codecs}
    winners: dict[TrackId, Track] = {}
    if not slots:
        return winners
    for track in ranking:
        if track.codec in decodable and track.id not in winners:
            winners[track.id] = track
            if len(winners) == len(slots):
                break
    return winners


def choose_audio(
    places: int, ranking: Iterable[Track], screen_audio: Sequence[Track], shown: Collection[TrackId]
) -> list[Track]:
    """The audio tracks that are heard, when only `places` can be.

    `ranking` has the microphones, loudest or most recent first; the sound of a screen that is shown (`shown`:
    its screen_audio) is outside that selection, the sound of other screens comes last.
    """
    chosen = [track for track in screen_audio if track.id in shown][:places]
    for track in ranking:
        if len(chosen) >= places:
            return chosen
        chosen.append(track)
    chosen += [track for track in screen_audio if track.id not in shown][: places - len(chosen)]
    return chosen


def homes_of_audio(
    video: Placement, slots: Sequence[AnsweredSlot], tracks: Mapping[TrackId, Track], audio: Iterable[Track]
) -> dict[TrackId, int]:
    """The seat in which each audio track belongs, for those whose participant is shown.

    A microphone belongs to its participant's camera, else to its screen; a screen_audio to its screen (the
    one of the same name, else any). Where both want one seat, the screen's own sound has it.
    """
    seats: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for slot in sorted(slots, key=lambda slot: slot.seat):
        held = video.get(slot.mid)
        track = tracks.get(held) if held is not None and not slot.parked else None
        if track is not None:
            seats.setdefault((track.participant, track.source), []).append((track.name, slot.seat))
    homes: dict[TrackId, int] = {}
    taken: set[int] = set()
    for track in sorted(audio, key=lambda track: track.source != "screen_audio"):
        cameras = seats.get((track.participant, "camera"), [])
        screens = seats.get((track.participant, "screen"), [])
        choices = screens if track.source == "screen_audio" else cameras or screens
        same_name = [seat for name, seat in choices if name == track.name]
        free = [seat for seat in (*same_name, *(seat for _, seat in choices)) if seat not in taken]
        if free:
            homes[track.id] = free[0]
            taken.add(free[0])
    return homes


def place_audio(
    slots: Sequence[AnsweredSlot],
    chosen: Sequence[Track],
    homes: Mapping[TrackId, int],
    current: Mapping[Mid, TrackId | None],
) -> Placement:
    """Each chosen track into the slot of its home seat; others stay, or take free slots, last seats first."""
    placement: Placement = {slot.mid: None for slot in slots}
    free = {slot.seat: slot for slot in slots if not slot.parked}
    waiting: list[Track] = []
    for track in chosen:
        home = free.get(homes.get(track.id, 0))
        if home is not None and track.codec in home.codecs:
            placement[home.mid] = track.id
            del free[home.seat]
        else:
            waiting.append(track)
    last = {held: mid for mid, held in current.items() if held is not None}
    newcomers: list[Track] = []
    for track in waiting:
        slot = next((slot for slot in free.values() if slot.mid == last.get(track.id)), None)
        if slot is not None and track.codec in slot.codecs:
            placement[slot.mid] = track.id
            del free[slot.seat]
        else:
            newcomers.append(track)
    for track in newcomers:
        seat = max((seat for seat, slot in free.items() if track.codec in slot.codecs), default=None)
        if seat is not None:
            placement[free[seat].mid] = track.id
            del free[seat]
    return placement
