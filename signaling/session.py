"""One WebSocket's life: joining, joined, closed.

A table says what a frame means in each state. What the frame asks is done by the room; a request that waits
for the media side keeps later ones of the same socket waiting, since they are handled in order.
"""

from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any

from signaling.close_codes import ENDS_PARTICIPANT, CloseCode
from signaling.entrance import Entrance
from signaling.handlers import Call, handle
from signaling.outputs import SessionId
from signaling.participant import Participant
from signaling.rate import Bucket
from signaling.refusals import RequestRefused, SocketRefused, too_many
from signaling.requests import Frame, Join, read_frame
from signaling.room import Room

JOIN_TIMEOUT_S = 10.0
FLOOD_FACTOR = 5
"""A client this many times above `limits.messages_per_s` loses the socket: it does not listen to errors."""


class SessionState(Enum):
    """Where a socket stands."""

    JOINING = auto()
    JOINED = auto()
    CLOSED = auto()


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
        self._rate = Bucket(limits.messages_per_s, now)
        self._flood = Bucket(limits.messages_per_s * FLOOD_FACTOR, now)
        self._waiting: deque[Frame] = deque()

    @property
    def room(self) -> Room | None:
        """Where it is joined."""
        return self._room

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
            if self.state is SessionState.JOINED:
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
            participant = self._participant
            if participant is None or participant.busy:
                return
            self._handle(self._waiting.popleft(), now)

    def lost(self, now: float) -> None:
        """The socket is gone, whoever closed it."""
        self.state = SessionState.CLOSED
        self._waiting.clear()
        room, participant = self._room, self._participant
        self._room = self._participant = None
        if room is not None and participant is not None and participant.session == self.id:
            room.detach(participant, now)

    def close(self, code: CloseCode, reason: str, now: float) -> None:
        """End the socket; the participant has its grace time, or ends with it."""
        if self.state is SessionState.CLOSED:
            return
        self._entrance.node.outputs.close(self.id, code, shortened(reason))
        if code in ENDS_PARTICIPANT and self._room is not None and self._participant is not None:
            self._room.leave(self._participant, "removed", now)
        self.lost(now)

    def _open(self) -> bool:
        """A room closes a socket by taking it from its participant."""
        if self._participant is not None and self._participant.session != self.id:
            self.state = SessionState.CLOSED
        return self.state is not SessionState.CLOSED

    # --- what a frame does in each state -----------------------------------------------------------------

    def _join(self, frame: Frame, now: float) -> None:
        request = self._entrance.requests.read(frame)
        if isinstance(request, Join):
            self._room, self._participant = self._entrance.join(self.id, request, frame.id, now)
            self.state = SessionState.JOINED

    def _too_early(self, frame: Frame, now: float) -> None:
        raise SocketRefused(CloseCode.BAD_MESSAGE, "the first message is join")

    def _second_join(self, frame: Frame, now: float) -> None:
        self._refuse_request(frame.id, RequestRefused("conflict", "joined already"))

    def _request(self, frame: Frame, now: float) -> None:
        if not self._rate.take(now) or len(self._waiting) >= self._entrance.node.settings.limits.in_flight:
            self._refuse_request(frame.id, RequestRefused("rate_limited", "too many messages"))
            return
        self._waiting.append(frame)
        self.proceed(now)

    def _handle(self, frame: Frame, now: float) -> None:
        room, participant = self._room, self._participant
        if room is None or participant is None:
            return
        try:
            request = self._entrance.requests.read(frame)
            reply = handle(Call(room, participant, frame.id, now), request)
        except RequestRefused as refusal:
            self._refuse_request(frame.id, refusal)
            return
        if reply is not None and (frame.id is not None or reply["type"] != "ok"):
            self._send(reply, frame.id)

    def _refuse_request(self, number: int | None, refusal: RequestRefused) -> None:
        self._send({"type": "error", "code": refusal.code, "message": refusal.message}, number)

    def _send(self, message: dict[str, Any], number: int | None) -> None:
        self._entrance.node.outputs.send(self.id, message if number is None else message | {"id": number})


ON_FRAME: Mapping[tuple[SessionState, bool], Callable[[Session, Frame, float], None]] = {
    (SessionState.JOINING, True): Session._join,
    (SessionState.JOINING, False): Session._too_early,
    (SessionState.JOINED, True): Session._second_join,
    (SessionState.JOINED, False): Session._request,
}
"""(state, is it a `join`?) → what it does; a closed socket hears nothing."""

MAX_REASON_BYTES = 123


def shortened(reason: str) -> str:
    """A close reason that fits its frame (RFC 6455 §5.5)."""
    return reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
