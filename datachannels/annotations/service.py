"""The label `annotations`: marks on the pictures of tracks, relayed and held for who comes later.

Nothing is stored: marks end with their track. Those that fade are only relayed: who opens late sees what
stays.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from datachannels.annotations.marks import Mark, TrackMarks
from datachannels.annotations.messages import ALLOW, CLEAR, ERASE, TRACK, read_mark
from datachannels.channel import Channel
from datachannels.envelope import Reply
from datachannels.member import Member
from datachannels.rate import Allowance
from datachannels.refusals import RequestRefused
from datachannels.service_node import ServiceNode
from datachannels.tracks import SharedTrack

LABEL = "annotations"
MEETING_BYTES = 512 * 1024
"""Marks of all tracks of a meeting: half of what may wait on a channel, since who opens is sent all of it."""

SNAPSHOT_BYTES = 48 * 1024
"""The marks beyond follow as `draw` messages."""

DRAWN_BYTES_PER_S = 256.0 * 1024
"""Of one participant: a line that grows is sent whole each time, to everybody."""


class AnnotationService:
    """`datachannels.service.Service` of the label ``annotations``, and a `TrackFollower`."""

    topic_field = "track"

    def __init__(self, node: ServiceNode) -> None:
        self._node = node
        self._marks: dict[str, TrackMarks] = {}
        self._opened: set[int] = set()
        self._drawn = Allowance(DRAWN_BYTES_PER_S)
        node.tracks.follow(self)

    @property
    def rate_per_s(self) -> float:
        """See `Service`."""
        return float(self._node.limits.messages_per_s)

    def received(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """See `Service`."""
        handler = HANDLERS.get(str(message.get("t")))
        if handler is None:
            raise RequestRefused("bad_message", "unknown message")
        handler(self, channel, message, reply, now)

    # --- requests ----------------------------------------------------------------------------------------

    def open(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`open {}` → `snapshot`; from then on what is drawn."""
        if not channel.member.may("open_topic", now):
            raise RequestRefused("forbidden", "not a member")
        self._opened.add(channel.id)
        self._tell_all(channel, reply)

    def close(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`close {}`: nothing more."""
        self._opened.discard(channel.id)

    def draw(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`draw {track, mark, …}`: a mark, or another form of one."""
        track = self._drawable(channel.member, message, now)
        mark = read_mark(message, channel.member.id)
        self._drawn.spend(channel.member.id, now, mark.size_bytes)
        marks = self._marks[track.id]
        if "fade_ms" in mark.fields:
            marks.erase(mark.participant, mark.id)
        else:
            marks.put(mark, self._room_for(track))
        self._relay(channel, _drawn(track.id, mark))

    def erase(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`erase {track, mark, participant?}`: one's own; others' is for the sharer and moderators."""
        request = ERASE(message)
        member = channel.member
        track = self._track(member, message)
        whose = request.participant or self._marks[track.id].owner(request.mark, member.id)
        if whose == member.id:
            self._drawable(member, message, now)
        else:
            self._check(member, "clear_marks", track, now)
        self._marks[track.id].erase(whose, request.mark)
        self._relay(channel, {"t": "erase", "track": track.id, "mark": request.mark, "participant": whose})

    def clear(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`clear {track, scope}`: one's own marks; all of them is for the sharer and moderators."""
        scope = CLEAR(message)
        member = channel.member
        if scope == "own":
            track = self._drawable(member, message, now)
        else:
            track = self._track(member, message)
            self._check(member, "clear_marks", track, now)
        self._marks[track.id].clear(member.id if scope == "own" else None)
        cleared = {"t": "clear", "track": track.id, "scope": scope}
        # Who is not shown may moderate, but is named to nobody.
        self._relay(channel, cleared if member.hidden else cleared | {"participant": member.id})

    def allow(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`allow {track, who}`: the sharer says who may draw, from now on."""
        who = ALLOW(message)
        track = self._track(channel.member, message)
        self._check(channel.member, "allow_marks", track, now)
        marks = self._marks[track.id]
        marks.who = who
        self._relay(channel, {"t": "allow", "track": track.id, "who": marks.describe_annotators()})

    def _track(self, member: Member, message: dict[str, Any]) -> SharedTrack:
        track = self._node.tracks.get(TRACK(message), member.meeting)
        if track is None or track.id not in self._marks:
            raise RequestRefused("not_found", "there is no such picture")
        return track

    def _drawable(self, member: Member, message: dict[str, Any], now: float) -> SharedTrack:
        """The track, if its sharer and the member's grants let it be drawn on."""
        track = self._track(member, message)
        lets = member.id == track.participant or self._marks[track.id].lets_draw(member.id)
        if member.hidden or not lets or not member.may("annotate", now):
            raise RequestRefused("forbidden", "may not draw here")
        return track

    def _check(self, member: Member, action: str, track: SharedTrack, now: float) -> None:
        if not member.may_on_track(action, now, track.participant):
            raise RequestRefused("forbidden", f"may not: {action}")

    def _room_for(self, track: SharedTrack) -> int:
        """What the marks of this track may take, with those of the meeting's others as they are."""
        others = sum(
            self._marks[one.id].size_bytes
            for one in self._node.tracks.of(track.meeting)
            if one.id in self._marks and one.id != track.id
        )
        return MEETING_BYTES - others

    # --- what is told ------------------------------------------------------------------------------------

    def _relay(self, channel: Channel, message: dict[str, Any]) -> None:
        """To all in the meeting who look, but not back to where it came from."""
        self._tell(channel.member.meeting, message, but=channel)

    def _tell(self, meeting: str, message: dict[str, Any], but: Channel | None = None) -> None:
        channels = self._node.channels.labelled(meeting, LABEL)
        hearers = [one for one in channels if one.id in self._opened and one is not but]
        if hearers:
            self._node.delivery.send(hearers, orjson.dumps(message))

    def _tell_all(self, channel: Channel, reply: Reply | None = None) -> None:
        """A snapshot of as many marks as one message takes, and a `draw` for each beyond."""
        described: list[dict[str, Any]] = []
        beyond: list[dict[str, Any]] = []
        size = 0
        for track in self._node.tracks.of(channel.member.meeting):
            if track.id not in self._marks:
                continue
            shown = self._describe(track, [])
            described.append(shown)
            for mark in self._marks[track.id]:
                size += mark.size_bytes
                if size <= SNAPSHOT_BYTES:
                    shown["marks"].append(mark.describe())
                else:
                    beyond.append(_drawn(track.id, mark))
        if reply is not None:
            reply.send("snapshot", {"tracks": described})
        else:
            self._send(channel, {"t": "snapshot", "tracks": described})
        for message in beyond:
            self._send(channel, message)

    def _send(self, channel: Channel, message: dict[str, Any]) -> None:
        self._node.delivery.send([channel], orjson.dumps(message))

    def _describe(self, track: SharedTrack, marks: list[dict[str, Any]]) -> dict[str, Any]:
        allowed = self._marks[track.id].describe_annotators()
        return {"track": track.id, "allowed": allowed, "marks": marks}

    # --- tracks and channels -----------------------------------------------------------------------------

    def track_began(self, track: SharedTrack) -> None:
        """See `TrackFollower`."""
        if track.is_picture:
            self._marks[track.id] = TrackMarks()
            self._tell(track.meeting, {"t": "snapshot", "tracks": [self._describe(track, [])]})

    def track_changed(self, track: SharedTrack) -> None:
        """See `TrackFollower`: what was marked is not shown any more."""
        marks = self._marks.get(track.id)
        if marks is not None and len(marks):
            marks.clear(None)
            self._tell(track.meeting, {"t": "clear", "track": track.id, "scope": "all"})

    def track_ended(self, track: SharedTrack) -> None:
        """See `TrackFollower`: everybody hears of the track's end, and so of its marks'."""
        self._marks.pop(track.id, None)

    def away(self, participant: str) -> None:
        """See `TrackFollower`: marks stay."""

    def closed(self, channel: Channel) -> None:
        """See `Service`."""
        self._opened.discard(channel.id)
        if not any(one.label == LABEL for one in self._node.channels.of(channel.member.id)):
            self._drawn.forget(channel.member.id)

    def slow(self, channel: Channel) -> None:
        """See `Service`: it is told everything anew."""
        if channel.id in self._opened:
            self._tell_all(channel)

    def next_timeout(self) -> float | None:
        """See `Service`."""
        return None

    def handle_timeout(self, now: float) -> None:
        """See `Service`."""

    def oldest_pending_at(self) -> float | None:
        """See `Service`; nothing is stored."""
        return None


def _drawn(track: str, mark: Mark) -> dict[str, Any]:
    return {"t": "draw", "track": track, **mark.describe()}


HANDLERS: Mapping[str, Callable[[AnnotationService, Channel, dict[str, Any], Reply, float], None]] = {
    "open": AnnotationService.open,
    "close": AnnotationService.close,
    "draw": AnnotationService.draw,
    "erase": AnnotationService.erase,
    "clear": AnnotationService.clear,
    "allow": AnnotationService.allow,
}
