"""What one participant receives: its slots, its view, what is assigned to them and what it was told of them.

`AssignSlot` commands and `slots` events are both differences: between the placement wanted and the one
assigned, between what a slot shows and what was last said about it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from datachannels.refusals import RequestRefused
from sfu.identifiers import Mid, PeerId, TrackId
from sfu.messages import AnsweredSlot, AssignSlot, LayerInfo, Paused, SlotState
from signaling.requests import SlotWish, View
from signaling.track import Track
from signaling.view import LAST_RANK, Placement

AUTO = View("auto")


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry of a `slots` event."""

    mid: Mid
    track: TrackId | None
    participant: str | None
    paused: Paused | None
    layer: LayerInfo | None

    def describe(self) -> dict[str, Any]:
        """The entry as it is sent."""
        return {
            "mid": self.mid,
            "track": self.track,
            "participant": self.participant,
            "layer": None if self.layer is None else _describe_layer(self.layer),
            "paused": self.paused,
        }


def _describe_layer(layer: LayerInfo) -> dict[str, Any]:
    described: dict[str, Any] = {"rid": layer.rid}
    if layer.width and layer.height:
        described |= {"width": layer.width, "height": layer.height}
    if layer.spatial is not None:
        described["spatial"] = layer.spatial
    if layer.temporal is not None:
        described["temporal"] = layer.temporal
    return described


@dataclass(slots=True)
class Subscription:
    """The receiving half of a participant; `slots` is empty before the first answer."""

    slots: tuple[AnsweredSlot, ...] = ()
    view: View = AUTO
    wishes: dict[Mid, SlotWish] = field(default_factory=dict)
    _assigned: dict[Mid, AssignSlot] = field(default_factory=dict)
    _reports: dict[Mid, SlotState] = field(default_factory=dict)
    _told: dict[Mid, Shown] = field(default_factory=dict)

    def video_slots(self) -> list[AnsweredSlot]:
        """The video slots, parked ones included."""
        return [slot for slot in self.slots if slot.kind == "video"]

    def audio_slots(self) -> list[AnsweredSlot]:
        """The audio slots, parked ones included."""
        return [slot for slot in self.slots if slot.kind == "audio"]

    def held(self, mid: Mid) -> TrackId | None:
        """The track assigned to a slot."""
        command = self._assigned.get(mid)
        return None if command is None else command.track

    def placement(self) -> Placement:
        """What is assigned now."""
        return {slot.mid: self.held(slot.mid) for slot in self.slots}

    @property
    def pinned(self) -> tuple[TrackId, ...]:
        """What this person keeps before them; tracks that have ended may be among it."""
        return self.view.pin if self.view.mode == "auto" else ()

    def holds(self, track: TrackId) -> bool:
        """True if a slot has this track."""
        return any(command.track == track for command in self._assigned.values())

    def set_view(self, view: View, tracks: Mapping[TrackId, Track], viewer: str) -> None:
        """Replace the view. Raises `RequestRefused`, nothing applied, if a manual one cannot be."""
        _check(view, self.slots, tracks, viewer)
        self.view = view
        self.wishes = {wish.mid: wish for wish in view.slots}

    def restart(self) -> None:
        """Another peer connection takes over: seats are assigned anew, a manual view becomes auto."""
        self.slots, self.view, self.wishes = (), AUTO, {}
        self._assigned, self._reports, self._told = {}, {}, {}

    def set_slots(self, slots: tuple[AnsweredSlot, ...]) -> None:
        """The slots of an answer."""
        self.slots = slots
        kinds = {slot.mid: slot.kind for slot in slots}
        for known in (self._assigned, self._reports):
            for mid in [mid for mid in known if mid not in kinds]:
                del known[mid]
        self.wishes = {mid: wish for mid, wish in self.wishes.items() if mid in kinds}
        self._told = {}  # all of them are told after an answer

    def report(self, state: SlotState) -> None:
        """The media side's word on a slot."""
        self._reports[state.mid] = state

    def forget(self, track: TrackId) -> None:
        """The track has ended: its slots are empty, the media side knows already."""
        for mid in [mid for mid, command in self._assigned.items() if command.track == track]:
            del self._assigned[mid]
        for mid in [mid for mid, state in self._reports.items() if state.track == track]:
            del self._reports[mid]

    def assign(self, peer: PeerId, placement: Placement, ranks: Mapping[TrackId, int]) -> list[AssignSlot]:
        """Put the placement into force; returns the commands for what changed.

        `ranks` says of tracks which grow first where bandwidth is short; those it lacks come last.
        """
        commands = []
        for slot in self.slots:
            wanted = self._wanted(peer, slot, placement.get(slot.mid), ranks)
            track = wanted.track
            last = self._assigned.get(slot.mid)
            if wanted == last or (track is None and (last is None or last.track is None)):
                continue
            if track is None:
                self._reports.pop(slot.mid, None)
            self._assigned[slot.mid] = wanted
            commands.append(wanted)
        return commands

    def _wanted(
        self, peer: PeerId, slot: AnsweredSlot, track: TrackId | None, ranks: Mapping[TrackId, int]
    ) -> AssignSlot:
        """The command for one slot: what to show there, and how large, how fluent, how urgent."""
        wish = self.wishes.get(slot.mid, SlotWish(slot.mid))
        if track is None:
            return AssignSlot(peer, slot.mid, None)
        return AssignSlot(
            peer=peer,
            mid=slot.mid,
            track=track,
            width=wish.width or 0,
            height=wish.height or 0,
            fps=float(wish.fps or 0.0),
            priority=wish.priority,
            rank=ranks.get(track, LAST_RANK),
            hidden=wish.hidden,
        )

    def changes(self, tracks: Mapping[TrackId, Track]) -> list[Shown]:
        """What the client has not been told yet; counts as told from now on."""
        changed = []
        for slot in self.slots:
            shown = self._shown(slot, tracks)
            if self._told.get(slot.mid) != shown:
                self._told[slot.mid] = shown
                changed.append(shown)
        return changed

    def tell_everything_again(self) -> None:
        """After resume: the next `changes` has every slot."""
        self._told = {}

    def _shown(self, slot: AnsweredSlot, tracks: Mapping[TrackId, Track]) -> Shown:
        held = self.held(slot.mid)
        track = tracks.get(held) if held is not None else None
        if track is None:
            return Shown(slot.mid, None, None, "no_source", None)
        paused, layer = self._condition(slot, track)
        return Shown(slot.mid, track.id, track.participant, paused, layer)

    def _condition(self, slot: AnsweredSlot, track: Track) -> tuple[Paused | None, LayerInfo | None]:
        """Why nothing flows, and the layer: the room's own reasons first, then the media side's."""
        report = self._reports.get(slot.mid)
        if report is not None and report.track != track.id:
            report = None
        layer = report.layer if report is not None and slot.kind == "video" else None
        if track.codec not in slot.codecs:
            return "codec", layer
        if slot.parked or self._assigned[slot.mid].hidden:
            return "hidden", layer
        if track.muted:
            return "muted", layer
        # A report from before an unmute or unpark is out of date; until the next one the slot waits.
        if report is None or report.paused in ("muted", "hidden", "codec"):
            return ("switching" if slot.kind == "video" else None), layer
        return report.paused, layer


def _check(view: View, slots: Iterable[AnsweredSlot], tracks: Mapping[TrackId, Track], viewer: str) -> None:
    kinds = {slot.mid: slot.kind for slot in slots}
    for named in (*view.pin, *view.want):
        if _track_of_another(named, tracks, viewer).kind != "video":
            raise RequestRefused("conflict", f"{named} is no video")
    for wish in view.slots:
        if kinds and wish.mid not in kinds:
            raise RequestRefused("not_found", f"no slot {wish.mid}")
        if wish.track is None or view.mode == "auto":
            continue
        track = _track_of_another(wish.track, tracks, viewer)
        if kinds and kinds[wish.mid] != track.kind:
            raise RequestRefused("conflict", f"{wish.track} is {track.kind}, slot {wish.mid} is not")


def _track_of_another(track_id: TrackId, tracks: Mapping[TrackId, Track], viewer: str) -> Track:
    track = tracks.get(track_id)
    if track is None:
        raise RequestRefused("not_found", f"no track {track_id}")
    if track.participant == viewer:
        raise RequestRefused("conflict", f"{track_id} is your own track")
    return track
