"""Agents: programs on sharers' computers that carry out what who controls the screen does.

An agent comes by a code that the sharer was given. It is in no list and told of nothing but the control of
its track; it can say that control ends, and that it pauses. It goes with the track.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from datachannels.control.service import MONITOR, ControlService
from datachannels.refusals import RequestRefused
from datachannels.tracks import SharedTrack
from sfu.identifiers import TrackId
from signaling.close_codes import CloseCode
from signaling.directory import RoomId
from signaling.identifiers import new_identifier
from signaling.node import SignalingNode
from signaling.outputs import SessionId
from signaling.permissions import Grant, Role, Subject
from signaling.refusals import SocketRefused
from signaling.registry import Registry
from signaling.tokens import LEEWAY_S, TokenClaims, issue_token

TOKEN_TTL_S = 12 * 3_600.0
"""Longer than screens are shared at a stretch: an agent whose network broke comes back with it."""

SAYS = frozenset({"open", "revoke", "paused"})
NAME = "Agent"


@dataclass(slots=True, eq=False)
class Agent:
    """`datachannels.member.Member`: the helper of who publishes `track`. `key` signs its tokens."""

    id: str
    room: str
    track: SharedTrack
    key: str
    joined_at_ms: int
    session: SessionId | None = None

    @property
    def identity(self) -> str:
        """See `Member`."""
        return self.id

    @property
    def name(self) -> str:
        """See `Member`."""
        return NAME

    @property
    def meeting(self) -> str:
        """See `Member`."""
        return self.track.meeting

    @property
    def hidden(self) -> bool:
        """See `Member`."""
        return True

    @property
    def listed(self) -> bool:
        """See `Member`."""
        return False

    def may(self, action: str, now: float, owner: str = "", role: str = "") -> bool:
        """See `Member`: nothing."""
        return False

    def may_on_track(self, action: str, now: float, publisher: str) -> bool:
        """See `Member`: `ControlService` knows its agents."""
        return False

    def check(self, label: str, data: dict[str, Any] | list[Any]) -> None:
        """Raises `RequestRefused` unless a channel message is about the control of its track.

        On `live` it only listens: an empty array opens the channel.
        """
        about_track = isinstance(data, dict) and data.get("track", self.track.id) == self.track.id
        said = data.get("t") if isinstance(data, dict) else None
        controls = label == "control" and about_track and isinstance(said, str) and said in SAYS
        if not controls and not (label == "live" and data == []):
            raise RequestRefused("forbidden", "an agent is here for the control of one screen")

    def describe(self) -> dict[str, Any]:
        """The participant object of PROTOCOL.md 2."""
        grants = {grant.value: grant is Grant.HIDDEN for grant in Grant}
        subject = Subject(self.identity, self.id, Role.VIEWER, grants)
        return {
            "id": self.id,
            "identity": self.identity,
            "name": NAME,
            "role": subject.role.value,
            "grants": subject.effective_grants(),
            "hand": False,
            "metadata": "",
            "joined_at": self.joined_at_ms,
            "state": "active" if self.session is not None else "away",
        }


class Agents:
    """The agents of a node, one a track; a `TrackFollower`. Until `serve` there are none."""

    def __init__(self, node: SignalingNode, registry: Registry, server: Mapping[str, str]) -> None:
        self._node = node
        self._registry = registry
        self._server = server
        self._control: ControlService | None = None
        self._of_track: dict[str, Agent] = {}

    def serve(self, control: ControlService) -> None:
        """From now on there is something to be paired with."""
        self._control = control
        self._node.tracks.follow(self)

    def __iter__(self) -> Iterator[Agent]:
        return iter(list(self._of_track.values()))

    @property
    def wrong_codes(self) -> int:
        """How often somebody came with a code that was none."""
        return 0 if self._control is None else self._control.pairing.wrong

    def pair(self, code: str, source: str, now: float) -> str:
        """The token of the agent that shows this code; an earlier agent of the track goes.

        `source` is where it comes from, for who guesses. Raises `RequestRefused`.
        """
        if self._control is None:
            raise RequestRefused("unavailable", "not yet")
        track = self._node.tracks.find(self._control.pairing.redeem(code, source, now))
        room = self._registry.with_id(RoomId(track.meeting)) if track is not None else None
        if track is None or room is None:
            raise RequestRefused("not_found", "nothing is shared there any more")
        self._end(track.id, "another agent was paired")
        sharer = room.participants[track.participant]
        agent_id = new_identifier("pa", self._node.random)
        agent = Agent(agent_id, room.name, track, sharer.claims.key, self._node.unix_ms(now))
        self._of_track[track.id] = agent
        room.audit("pair_agent", sharer.subject, now, track=track.id)
        return self._token(agent, now)

    def admit(self, claims: TokenClaims, now: float) -> Agent:
        """Who bears the token. Raises `SocketRefused` once it or the track is over, or another was paired."""
        if self._node.clock.unix(now) > claims.expires_at + LEEWAY_S:
            raise SocketRefused(CloseCode.BAD_TOKEN, "the token has expired")
        agent = self._of_track.get(claims.agent)
        if agent is None or agent.id != claims.identity:
            raise SocketRefused(CloseCode.NOT_ALLOWED, "it is over: ask for another code")
        return agent

    def attach(self, agent: Agent, session: SessionId, number: int | None, now: float) -> None:
        """It has a socket: `joined`. An older socket of it is taken over."""
        old, agent.session = agent.session, session
        if old is not None:
            self._node.outputs.close(old, CloseCode.TAKEN_OVER, "a newer socket took over")
        room = self._registry.with_id(RoomId(agent.meeting))
        tracks = [room.tracks[TrackId(agent.track.id)].describe()] if room is not None else []
        message: dict[str, Any] = {
            "type": "joined",
            "participant": agent.describe(),
            "participants": [agent.describe()],
            "tracks": tracks,
            "ice_servers": [],
            "resume": "",
            "resumed": False,
            "token": self._token(agent, now),
            "limits": asdict(self._node.settings.limits),
            "server": dict(self._server) | {"at": self._node.unix_ms(now)},
        }
        self._node.outputs.send(session, message if number is None else message | {"id": number})
        self._node.channels.socket_joined(session, agent, ("control", "live"))
        if self._control is not None:
            self._control.attach_agent(agent.track, agent.id)

    def detach(self, agent: Agent, session: SessionId) -> None:
        """A socket of it is gone; it may come back."""
        if agent.session == session:
            agent.session = None
            self._gone(agent)

    def leave(self, agent: Agent) -> None:
        """It does not come back."""
        if self._of_track.get(agent.track.id) is agent:
            del self._of_track[agent.track.id]
        agent.session = None
        self._gone(agent)

    def _gone(self, agent: Agent) -> None:
        if self._control is not None:
            self._control.detach_agent(agent.track, agent.id)
        self._node.channels.left(agent.id)

    def _end(self, track_id: str, reason: str) -> None:
        agent = self._of_track.get(track_id)
        if agent is not None:
            if agent.session is not None:
                self._node.outputs.close(agent.session, CloseCode.NOT_ALLOWED, reason)
            self.leave(agent)

    def _token(self, agent: Agent, now: float) -> str:
        return issue_token(
            agent.key,
            self._node.settings.keys[agent.key],
            identity=agent.id,
            now_wall=self._node.clock.unix(now),
            ttl_s=TOKEN_TTL_S,
            name=NAME,
            role=Role.VIEWER,
            agent=agent.track.id,
        )

    # --- `TrackFollower` ---------------------------------------------------------------------------------

    def track_began(self, track: SharedTrack) -> None:
        """See `TrackFollower`."""

    def track_changed(self, track: SharedTrack) -> None:
        """See `TrackFollower`: places in a window are not places on the screen."""
        if track.surface != MONITOR:
            self._end(track.id, "no whole screen is shared any more")

    def track_ended(self, track: SharedTrack) -> None:
        """See `TrackFollower`."""
        self._end(track.id, "the screen is not shared any more")

    def away(self, participant: str) -> None:
        """See `TrackFollower`: control ends, and may be given again."""
