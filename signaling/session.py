"""One WebSocket's life: joining, perhaps waiting in the lobby, joined, closed.

A table says what a frame means in each state. What the frame asks is done by the room; a request that waits
for the media side keeps later ones of the same socket waiting, since they are handled in order.
"""

from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum, auto
from functools import partial
from typing import Any, Protocol

from datachannels.member import Member
from datachannels.rate import Bucket
from datachannels.refusals import RequestRefused
from signaling.agents import Agent
from signaling.close_codes import CloseCode
from signaling.door import leave_door
from signaling.entrance import Entrance
from signaling.handlers import Call, handle
from signaling.link_holder import LinkHolder
from signaling.outputs import SessionId
from signaling.participant import Participant
from signaling.refusals import SocketRefused, too_many
from signaling.request_reader import is_for_channel
from signaling.requests import ChannelMessage, Frame, Join, Leave, Ping, read_frame
from signaling.room import Room

JOIN_TIMEOUT_S = 10.0
FLOOD_FACTOR = 5
"""A client this many times above `limits.messages_per_s` loses the socket: it does not listen to errors."""


class SessionState(Enum):
    """Where a socket stands: CHECKING while a share link is read, OUTSIDE with who came by it, and agents."""

    JOINING = auto()
    WAITING = auto()
    JOINED = auto()
    CHECKING = auto()
    OUTSIDE = auto()
    CLOSED = auto()


class Outsider(Member, Protocol):
    """Who is in no room: the holder of a share link, an agent."""

    session: SessionId | None

    def check(self, label: str, data: dict[str, Any] | list[Any]) -> None:
        """Raises `RequestRefused` for channel messages that are none of its business."""


class Session:
    """Made when the socket opens; `receive` each text message, `lost` when the socket is gone."""

    def __init__(self, session_id: SessionId, entrance: Entrance, now: float) -> None:
        limits = entrance.node.settings.limits
        self.id = session_id
        self.state = SessionState.JOINING
        self.join_deadline = now + JOIN_TIMEOUT_S
        self._entrance = entrance
        self._room: Room | None = None
        self._participant: Participant | None = None
        self._outsider: Outsider | None = None
        self._detach: Callable[[float], None] = lambda now: None
        self._leave: Callable[[], None] = lambda: None
        self._rate = Bucket(limits.messages_per_s, now)
        self._flood = Bucket(limits.messages_per_s * FLOOD_FACTOR, now)
        self._waiting: deque[Frame] = deque()

    def receive(self, data: str, now: float) -> None:
        """One text message."""
        if not self._open():
            return
        try:
            if not self._flood.take(now):
                raise too_many("too many messages", 1_000)
            frame = read_frame(data, self._entrance.node.settings.limits)
            ON_FRAME[self.state, frame.type == "join"](self, frame, now)
        except RequestRefused as refusal:
            if self.state is not SessionState.JOINING:
                self._refuse_request(None, refusal)
            else:
                self.close(CloseCode.BAD_MESSAGE, refusal.message, now)
        except SocketRefused as refusal:
            self.close(refusal.code, refusal.reason, now)

    def receive_binary(self, now: float) -> None:
        """A binary message: there are none."""
        self.close(CloseCode.BAD_MESSAGE, "binary", now)

    def proceed(self, now: float) -> None:
        """Go on with requests that waited."""
        while self._waiting and self._open():
            if self.state is SessionState.OUTSIDE:
                self._share(self._waiting.popleft(), now)
                continue
            participant = self._participant
            if participant is None or participant.busy:
                return
            self._handle(self._waiting.popleft(), now)

    def lost(self, now: float) -> None:
        """The socket is gone, whoever closed it."""
        self._open()
        state, self.state = self.state, SessionState.CLOSED
        self._waiting.clear()
        if self._outsider is not None:
            self._outsider = None
            self._detach(now)
        room, participant = self._room, self._participant
        self._room = self._participant = None
        if room is None or participant is None:
            return
        if state is SessionState.WAITING:
            leave_door(room, participant)
        elif participant.session == self.id:
            room.detach(participant, now)

    def close(self, code: CloseCode, reason: str, now: float) -> None:
        """End the socket; the participant has its grace time, or ends with it."""
        if not self._open():
            return
        self._entrance.node.outputs.close(self.id, code, shortened(reason))
        self.lost(now)

    def _open(self) -> bool:
        """A room admits by giving the socket to the participant, and closes by taking it away."""
        room, participant = self._room, self._participant
        if room is not None and participant is not None:
            if participant.session == self.id:
                self.state = SessionState.JOINED
            elif self.state is SessionState.JOINED or participant.id not in room.admission.lobby:
                self.state = SessionState.CLOSED
        if self._outsider is not None and self._outsider.session != self.id:
            self.state = SessionState.CLOSED
        return self.state is not SessionState.CLOSED

    # --- what a frame does in each state -----------------------------------------------------------------

    def _join(self, frame: Frame, now: float) -> None:
        request = self._entrance.requests.read(frame)
        if not isinstance(request, Join):
            return
        claims = self._entrance.outsider(request, now)
        if claims is not None and claims.shared is not None:
            self.state = SessionState.CHECKING
            came = partial(self._came, frame.id)
            self._entrance.links.admit(request, claims, claims.shared, came, now)
        elif claims is not None:
            self._agent_came(self._entrance.agents.admit(claims, now), frame.id, now)
        else:
            self._room, self._participant = self._entrance.join(self.id, request, frame.id, now)
            self.state = SessionState.WAITING
            self._open()

    def _came(self, number: int | None, holder: LinkHolder | SocketRefused, now: float) -> None:
        """The share link was read."""
        if self.state is not SessionState.CHECKING:
            if isinstance(holder, LinkHolder) and holder.session is None:
                self._entrance.links.leave(holder)
        elif isinstance(holder, SocketRefused):
            self.close(holder.code, holder.reason, now)
        else:
            links = self._entrance.links
            self.state, self._outsider = SessionState.OUTSIDE, holder
            self._detach = partial(links.detach, holder, self.id)
            self._leave = partial(links.leave, holder)
            links.attach(holder, self.id, number, now)
            self.proceed(now)

    def _agent_came(self, agent: Agent, number: int | None, now: float) -> None:
        agents = self._entrance.agents
        self.state, self._outsider = SessionState.OUTSIDE, agent
        self._detach = lambda now: agents.detach(agent, self.id)
        self._leave = partial(agents.leave, agent)
        agents.attach(agent, self.id, number, now)

    def _share(self, frame: Frame, now: float) -> None:
        """Who is in no room says what is about its document, or its screen, and goes."""
        holder = self._outsider
        if holder is None or holder.session != self.id:
            return
        try:
            request = self._entrance.requests.read(frame)
            if isinstance(request, ChannelMessage):
                self._share_channel(holder, request, now)
            elif isinstance(request, Ping):
                self._send({"type": "pong"}, frame.id)
            elif isinstance(request, Leave):
                self._send({"type": "ok"}, frame.id)
                self._entrance.node.outputs.close(self.id, CloseCode.LEFT, "left")
                self._leave()
            else:
                raise RequestRefused("forbidden", "this token opens one thing and nothing else")
        except RequestRefused as refusal:
            self._refuse_request(frame.id, refusal)

    def _share_channel(self, holder: Outsider, request: ChannelMessage, now: float) -> None:
        channels = self._entrance.node.channels
        try:
            if request.refusal is not None:
                raise request.refusal
            holder.check(request.label, request.data)
        except RequestRefused as refusal:
            channels.refuse(self.id, request.label, request.data, refusal)
        else:
            channels.from_socket(self.id, request.label, request.data, holder, now)

    def _too_early(self, frame: Frame, now: float) -> None:
        raise SocketRefused(CloseCode.BAD_MESSAGE, "the first message is join")

    def _second_join(self, frame: Frame, now: float) -> None:
        self._refuse_request(frame.id, RequestRefused("conflict", "joined already"))

    def _at_the_door(self, frame: Frame, now: float) -> None:
        """Who waits may go away and ask whether anybody is there."""
        request = self._entrance.requests.read(frame)
        if isinstance(request, Ping):
            self._send({"type": "pong"}, frame.id)
        elif isinstance(request, Leave):
            self._send({"type": "ok"}, frame.id)
            self.close(CloseCode.LEFT, "left", now)
        else:
            raise RequestRefused("conflict", "waiting to be admitted")

    def _wait(self, frame: Frame, now: float) -> None:
        try:
            if not self._rate.take(now):
                raise RequestRefused("rate_limited", "too many messages")
            self._at_the_door(frame, now)
        except RequestRefused as refusal:
            self._refuse_request(frame.id, refusal)

    def _request(self, frame: Frame, now: float) -> None:
        if not self._rate.take(now) or len(self._waiting) >= self._entrance.node.settings.limits.in_flight:
            wait_ms = self._rate.wait_ms(now)
            self._refuse_unread(frame, RequestRefused("rate_limited", "too many messages", wait_ms))
            return
        self._waiting.append(frame)
        self.proceed(now)

    def _handle(self, frame: Frame, now: float) -> None:
        room, participant = self._room, self._participant
        if room is None or participant is None:
            return
        try:
            request = self._entrance.requests.read(frame)
            reply = handle(Call(room, participant, frame.id, now, self._entrance), request)
        except RequestRefused as refusal:
            self._refuse_request(frame.id, refusal)
            return
        if reply is not None and (frame.id is not None or reply["type"] != "ok"):
            self._send(reply, frame.id)

    def _refuse_unread(self, frame: Frame, refusal: RequestRefused) -> None:
        """Who says on the socket what belongs on a channel is to know which of its changes did not get in."""
        if is_for_channel(frame):
            label, data = frame.fields["label"], frame.fields.get("data")
            self._entrance.node.channels.refuse(self.id, label, data, refusal)
        else:
            self._refuse_request(frame.id, refusal)

    def _refuse_request(self, number: int | None, refusal: RequestRefused) -> None:
        self._send({"type": "error", "code": refusal.code, "message": refusal.message}, number)

    def _send(self, message: dict[str, Any], number: int | None) -> None:
        self._entrance.node.outputs.send(self.id, message if number is None else message | {"id": number})


ON_FRAME: Mapping[tuple[SessionState, bool], Callable[[Session, Frame, float], None]] = {
    (SessionState.JOINING, True): Session._join,
    (SessionState.JOINING, False): Session._too_early,
    (SessionState.WAITING, True): Session._second_join,
    (SessionState.WAITING, False): Session._wait,
    (SessionState.JOINED, True): Session._second_join,
    (SessionState.CHECKING, True): Session._second_join,
    (SessionState.CHECKING, False): Session._request,
    (SessionState.OUTSIDE, True): Session._second_join,
    (SessionState.OUTSIDE, False): Session._request,
    (SessionState.JOINED, False): Session._request,
}
"""(state, is it a `join`?) → what it does; a closed socket hears nothing."""

MAX_REASON_BYTES = 123


def shortened(reason: str) -> str:
    """A close reason that fits its frame (RFC 6455 §5.5)."""
    return reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
