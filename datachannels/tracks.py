"""The tracks of a node's meetings, as far as shared work is about them: marks on pictures, control."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

PICTURES = frozenset({"camera", "screen"})


@dataclass(frozen=True, slots=True)
class SharedTrack:
    """One published track. `participant` publishes it, `surface` says what a screen shows, if known."""

    id: str
    meeting: str
    participant: str
    source: str
    surface: str | None = None

    @property
    def is_picture(self) -> bool:
        """Whether there is anything to be seen."""
        return self.source in PICTURES


class TrackFollower(Protocol):
    """Who has to know of tracks, and of those who are away, at once."""

    def track_began(self, track: SharedTrack) -> None:
        """It was published."""

    def track_changed(self, track: SharedTrack) -> None:
        """It shows another surface."""

    def track_ended(self, track: SharedTrack) -> None:
        """It is over."""

    def away(self, participant: str) -> None:
        """A participant's socket is gone; it may come back."""


class Tracks:
    """Every track of a node. The rooms say what becomes of them."""

    def __init__(self) -> None:
        self._by_id: dict[str, SharedTrack] = {}
        self._by_meeting: dict[str, dict[str, SharedTrack]] = {}
        self._followers: list[TrackFollower] = []

    def follow(self, follower: TrackFollower) -> None:
        """Tell somebody from now on."""
        self._followers.append(follower)

    def put(self, track: SharedTrack) -> None:
        """A track was published, or may have changed."""
        known = self._by_id.get(track.id)
        if known == track:
            return
        self._by_id[track.id] = track
        self._by_meeting.setdefault(track.meeting, {})[track.id] = track
        for follower in self._followers:
            if known is None:
                follower.track_began(track)
            else:
                follower.track_changed(track)

    def end(self, track_id: str) -> None:
        """A track is over."""
        track = self._by_id.pop(track_id, None)
        if track is None:
            return
        of_meeting = self._by_meeting[track.meeting]
        del of_meeting[track_id]
        if not of_meeting:
            del self._by_meeting[track.meeting]
        for follower in self._followers:
            follower.track_ended(track)

    def away(self, participant: str) -> None:
        """A participant's socket is gone."""
        for follower in self._followers:
            follower.away(participant)

    def get(self, track_id: str, meeting: str) -> SharedTrack | None:
        """A track of this meeting."""
        track = self._by_id.get(track_id)
        return track if track is not None and track.meeting == meeting else None

    def find(self, track_id: str) -> SharedTrack | None:
        """A track of any meeting."""
        return self._by_id.get(track_id)

    def of(self, meeting: str) -> Iterable[SharedTrack]:
        """The tracks of a meeting, the oldest first."""
        return list(self._by_meeting.get(meeting, {}).values())
