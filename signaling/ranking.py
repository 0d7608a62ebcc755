"""The tracks of a room by rank, as placement wants them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sfu.messages import Source
from signaling.track import Track


@dataclass(frozen=True, slots=True)
class Ranking:
    """Cameras and microphones by speaker order, screens and their sound as published."""

    cameras: tuple[Track, ...]
    screens: tuple[Track, ...]
    microphones: tuple[Track, ...]
    screen_audio: tuple[Track, ...]

    @classmethod
    def of(cls, tracks: Iterable[Track], order: Sequence[str]) -> "Ranking":
        """Sort `tracks` (in the order published) by `order` of participants; others' are left out."""
        by_owner: dict[str, list[Track]] = {participant: [] for participant in order}
        published = [track for track in tracks if track.participant in by_owner]
        for track in published:
            by_owner[track.participant].append(track)

        def spoken(source: Source) -> tuple[Track, ...]:
            return tuple(t for owned in by_owner.values() for t in owned if t.source == source)

        def in_order(source: Source) -> tuple[Track, ...]:
            return tuple(track for track in published if track.source == source)

        return cls(spoken("camera"), in_order("screen"), spoken("microphone"), in_order("screen_audio"))
