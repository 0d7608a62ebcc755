"""The label `control`: who may move the pointer and type on a screen that somebody else shares.

Input goes to the sharer and to the agent on the sharer's computer, to nobody else. What ends control ends it
here at once, whatever the agent does: from then on no input passes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from datachannels.channel import Channel
from datachannels.control.messages import GRANT, PARTICIPANT, PAUSED, SCOPE, TRACK, read_input
from datachannels.control.pairing import Pairing
from datachannels.control.track_control import Hold, Over, Scope, TrackControl, told_scope
from datachannels.envelope import Reply
from datachannels.member import Member
from datachannels.refusals import RequestRefused
from datachannels.service_node import ServiceNode
from datachannels.tracks import SharedTrack

LABEL = "control"
PER_S = 250.0
"""Messages of one participant: a wheel gives 120 events a second, a fast typist 40."""

POINTER: Scope = frozenset({"pointer"})
MONITOR = "monitor"
"""The surface an agent can reach: places in a window are not places on the screen."""


class ControlAudit(Protocol):
    """Keeps who gave control to whom, and how it ended."""

    def __call__(self, action: str, by: Member, about: Member, now: float, detail: Mapping[str, Any]) -> None:
        """`by` did something that concerns `about`."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Between whom a hold is."""

    sharer: Member
    holder: Member


@dataclass(frozen=True, slots=True)
class Ended:
    """A hold that is over and not yet in the audit trail; `by` None: nobody ended it."""

    track: str
    parties: Parties
    hold: Hold
    reason: str
    by: Member | None


class ControlService:
    """`datachannels.service.Service` of the label ``control``, a `TrackFollower`, and `Moves` of `live`.

    `agents` says which participant is the agent of a track that has one.
    """

    topic_field = "track"
    rate_per_s = PER_S

    def __init__(self, node: ServiceNode, audit: ControlAudit, new_code: Callable[[], str]) -> None:
        self.pairing = Pairing(new_code)
        self.agents: dict[str, str] = {}
        self._node = node
        self._audit = audit
        self._controls: dict[str, TrackControl] = {}
        self._parties: dict[str, Parties] = {}
        self._ended: list[Ended] = []
        node.tracks.follow(self)

    def received(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """See `Service`."""
        handler = HANDLERS.get(str(message.get("t")))
        if handler is None:
            raise RequestRefused("bad_message", "unknown message")
        handler(self, channel, message, reply, now)

    # --- requests ----------------------------------------------------------------------------------------

    def open(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`open {}`: how things stand, as the messages that told it."""
        member = channel.member
        for track in self._node.tracks.of(member.meeting):
            control = self._controls.get(track.id)
            if control is None or not self._concerns(member, track):
                continue
            if control.hold is not None and now < control.hold.expires_at:
                self._send([channel], self._granted(track, control.hold, now))
            for asked in control.asked if member.id == track.participant else ():
                self._send([channel], _requested(track, asked.participant, asked.scope))
            if member.id == track.participant and track.id in self.agents:
                self._send([channel], _agent(track, connected=True))

    def request(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`request {track, scope}` → `requested` to the sharer, who has 30 s."""
        scope = SCOPE(message)
        member, track = channel.member, self._track(channel.member, message)
        if member.id == track.participant:
            raise RequestRefused("conflict", "this screen is yours")
        if member.hidden or not member.may("request_control", now):
            raise RequestRefused("forbidden", "may not ask for control")
        scope = _reachable(track, scope)
        if not scope:
            raise RequestRefused("conflict", "only a whole screen can be typed on")
        if not self._channels_of(track.participant):
            raise RequestRefused("unavailable", "who shares it cannot be asked now")
        self._control(track).ask(member.id, scope, now)
        self._send(self._channels_of(track.participant), _requested(track, member.id, scope))

    def grant(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`grant {track, participant, scope, ttl_ms?}` of the sharer → `granted` to all."""
        given = GRANT(message)
        track = self._given_by(channel.member, message, now)
        control, asking = self._control(track), self._channels_of(given.participant)
        if not asking or not asking[0].member.may("request_control", now):
            control.withdraw(given.participant)
            raise RequestRefused("conflict", "who asked is gone, or may not have control any more")
        scope = _reachable(track, given.scope)
        old = control.grant(given.participant, scope, given.ttl_ms / 1000, now)
        if old is not None:
            self._over(track, old, "handed_over", channel.member)
        parties = self._parties[track.id] = Parties(channel.member, asking[0].member)
        hold = control.held_by(given.participant, now)
        if hold is not None:
            self._tell(track, self._granted(track, hold, now))
        self._trail(now)
        detail = {"track": track.id, "scope": told_scope(scope), "ttl_ms": given.ttl_ms}
        self._audit("grant_control", parties.sharer, parties.holder, now, detail)

    def deny(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`deny {track, participant}` of the sharer → `denied` to who asked."""
        participant = PARTICIPANT(message)
        track = self._given_by(channel.member, message, now)
        if self._control(track).withdraw(participant):
            self._denied(track, participant, "denied")

    def input(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`input {track, kind, …}` of the holder → the sharer and the agent."""
        member, track = channel.member, self._track(channel.member, message)
        given = read_input(message)
        self._use(member, track, given.kind, now)
        relayed = {"t": "input", "track": track.id, "participant": member.id, "kind": given.kind}
        self._send(self._hands(track), relayed | given.fields)

    def revoke(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`revoke {track}` by the sharer, its agent, the holder or a moderator; of who asks: never mind."""
        member, track = channel.member, self._track(channel.member, message)
        control = self._control(track)
        if control.withdraw(member.id):
            self._denied(track, member.id, "withdrawn")
            return
        ends_own = control.held_by(member.id, now) is not None or self.agents.get(track.id) == member.id
        if not ends_own and not member.may_on_track("revoke_control", now, track.participant):
            raise RequestRefused("forbidden", "not yours to end")
        hold = control.revoke()
        if hold is not None:
            self._over(track, hold, "revoked", member)
            self._trail(now)

    def agent(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`agent {track}` of the sharer → `code {code, expires_at}`."""
        track = self._given_by(channel.member, message, now)
        if track.surface != MONITOR:
            raise RequestRefused("conflict", "an agent can only reach a whole screen")
        code = self.pairing.issue(track.id, now)
        reply.send(
            "code", {"track": track.id, "code": code.text, "expires_at": self._node.unix_ms(code.expires_at)}
        )

    def paused(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`paused {track, paused}` of the agent, while the sharer uses the computer → sharer and holder."""
        paused, track = PAUSED(message), self._track(channel.member, message)
        if self.agents.get(track.id) != channel.member.id:
            raise RequestRefused("forbidden", "only the agent says so")
        hold = self._control(track).hold
        hearers = self._channels_of(track.participant)
        hearers += self._channels_of(hold.participant) if hold is not None else []
        self._send(hearers, {"t": "paused", "track": track.id, "paused": paused})

    def receivers(self, member: Member, track_id: str, now: float) -> frozenset[str]:
        """See `datachannels.live.Moves`."""
        track = self._track(member, {"track": track_id})
        self._use(member, track, "move", now)
        return frozenset({track.participant, self.agents.get(track.id, track.participant)})

    def attach_agent(self, track: SharedTrack, participant: str) -> None:
        """The agent of a track is there."""
        self.agents[track.id] = participant
        self._send(self._channels_of(track.participant), _agent(track, connected=True))

    def detach_agent(self, track: SharedTrack, participant: str) -> None:
        """It is gone: from now on who controls the track only points."""
        if self.agents.get(track.id) == participant:
            del self.agents[track.id]
            self._send(self._channels_of(track.participant), _agent(track, connected=False))

    # --- who may -----------------------------------------------------------------------------------------

    def _track(self, member: Member, message: dict[str, Any]) -> SharedTrack:
        track = self._node.tracks.get(TRACK(message), member.meeting)
        if track is None or track.source != "screen":
            raise RequestRefused("not_found", "there is no such screen")
        return track

    def _given_by(self, member: Member, message: dict[str, Any], now: float) -> SharedTrack:
        track = self._track(member, message)
        if not member.may_on_track("give_control", now, track.participant):
            raise RequestRefused("forbidden", "not your screen")
        return track

    def _use(self, member: Member, track: SharedTrack, kind: str, now: float) -> None:
        control = self._control(track)
        control.use(member.id, kind, now)
        if not member.may("request_control", now):
            hold = control.revoke()
            if hold is not None:
                self._over(track, hold, "forbidden", None)
            raise RequestRefused("forbidden", "may not have control any more")

    def _control(self, track: SharedTrack) -> TrackControl:
        return self._controls.setdefault(track.id, TrackControl())

    def _concerns(self, member: Member, track: SharedTrack) -> bool:
        """Everybody of the meeting hears who has control; an agent, of its own track."""
        return member.listed or self.agents.get(track.id) == member.id

    # --- what is told ------------------------------------------------------------------------------------

    def _channels_of(self, participant: str) -> list[Channel]:
        return [one for one in self._node.channels.of(participant) if one.label == LABEL]

    def _hands(self, track: SharedTrack) -> list[Channel]:
        agent = self.agents.get(track.id)
        return self._channels_of(track.participant) + ([] if agent is None else self._channels_of(agent))

    def _tell(self, track: SharedTrack, message: dict[str, Any]) -> None:
        # The agent first: what it does on the sharer's computer is what has to stop.
        agent = self.agents.get(track.id)
        channels = self._node.channels.labelled(track.meeting, LABEL)
        hearers = [one for one in channels if self._concerns(one.member, track)]
        hearers.sort(key=lambda one: one.member.id != agent)
        self._send(hearers, message)

    def _send(self, channels: list[Channel], message: dict[str, Any]) -> None:
        if channels:
            self._node.delivery.send(channels, orjson.dumps(message))

    def _granted(self, track: SharedTrack, hold: Hold, now: float) -> dict[str, Any]:
        return {
            "t": "granted",
            "track": track.id,
            "participant": hold.participant,
            "name": self._parties[track.id].holder.name,  # an agent is told of no list of participants
            "scope": told_scope(hold.scope),
            "expires_at": self._node.unix_ms(hold.expires_at),
        }

    def _denied(self, track: SharedTrack, participant: str, reason: str) -> None:
        """To who asked, and to the sharer, whose prompt is answered."""
        hearers = self._channels_of(participant) + self._channels_of(track.participant)
        self._send(hearers, {"t": "denied", "track": track.id, "participant": participant, "reason": reason})

    def _over(self, track: SharedTrack, hold: Hold, reason: str, by: Member | None) -> None:
        told = {"t": "revoked", "track": track.id, "participant": hold.participant, "reason": reason}
        self._tell(track, told if by is None or by.hidden else told | {"by": by.id})
        parties = self._parties.pop(track.id, None)
        if parties is not None:
            self._ended.append(Ended(track.id, parties, hold, reason, by))

    def _end(self, track: SharedTrack, over: Over, reason: str) -> None:
        for participant in over.asked:
            self._denied(track, participant, reason)
        if over.hold is not None:
            self._over(track, over.hold, reason, None)

    def _trail(self, now: float) -> None:
        ended, self._ended = self._ended, []
        for one in ended:
            by = one.by or one.parties.holder
            detail = {"track": one.track, "reason": one.reason, "inputs": dict(one.hold.counts)}
            self._audit("revoke_control", by, one.parties.holder, now, detail)

    # --- tracks, participants, time ----------------------------------------------------------------------

    def track_began(self, track: SharedTrack) -> None:
        """See `TrackFollower`."""

    def track_changed(self, track: SharedTrack) -> None:
        """See `TrackFollower`: control was given of what was shown then."""
        self._drop(track, "surface")

    def track_ended(self, track: SharedTrack) -> None:
        """See `TrackFollower`."""
        self._drop(track, "ended")

    def _drop(self, track: SharedTrack, reason: str) -> None:
        self.pairing.forget(track.id)
        control = self._controls.pop(track.id, None)
        if control is not None:
            asked = tuple(one.participant for one in control.asked)
            self._end(track, Over(asked, control.revoke()), reason)

    def away(self, participant: str) -> None:
        """See `TrackFollower`: who is not there has no control, and gives none."""
        self._gone(participant, "away")

    def closed(self, channel: Channel) -> None:
        """See `Service`: who has no channel can neither do anything nor take control back."""
        if not self._channels_of(channel.member.id):
            self._gone(channel.member.id, "left")

    def _gone(self, participant: str, reason: str) -> None:
        for track_id, control in list(self._controls.items()):
            track = self._known(track_id)
            if track is None:
                continue
            if track.participant == participant:
                self._drop(track, reason)
            else:
                self._end(track, control.forget(participant), reason)

    def _known(self, track_id: str) -> SharedTrack | None:
        return self._node.tracks.find(track_id)

    def slow(self, channel: Channel) -> None:
        """See `Service`: input was lost, so keys may seem held that are not. It ends."""
        self._gone(channel.member.id, "left")

    def next_timeout(self) -> float | None:
        """See `Service`."""
        due = [at for control in self._controls.values() if (at := control.next_timeout()) is not None]
        return min(due, default=None)

    def handle_timeout(self, now: float) -> None:
        """See `Service`."""
        for track_id, control in self._controls.items():
            track = self._known(track_id)
            if track is not None:
                over = control.expire(now)
                self._end(track, Over(over.asked), "timeout")
                self._end(track, Over(hold=over.hold), "expired")
        if self._ended:
            self._trail(now)

    def oldest_pending_at(self) -> float | None:
        """See `Service`; nothing is stored."""
        return None


def _reachable(track: SharedTrack, scope: Scope) -> Scope:
    """As much of it as can be had: of a window or tab only the pointer."""
    return scope if track.surface == MONITOR else scope & POINTER


def _requested(track: SharedTrack, participant: str, scope: Scope) -> dict[str, Any]:
    return {"t": "requested", "track": track.id, "participant": participant, "scope": told_scope(scope)}


def _agent(track: SharedTrack, *, connected: bool) -> dict[str, Any]:
    return {"t": "agent", "track": track.id, "connected": connected}


HANDLERS: Mapping[str, Callable[[ControlService, Channel, dict[str, Any], Reply, float], None]] = {
    "open": ControlService.open,
    "request": ControlService.request,
    "grant": ControlService.grant,
    "deny": ControlService.deny,
    "input": ControlService.input,
    "revoke": ControlService.revoke,
    "agent": ControlService.agent,
    "paused": ControlService.paused,
}
