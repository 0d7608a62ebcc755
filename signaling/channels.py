"""The way of data-channel messages: between the services and the clients' peer connections and sockets.

::

    peer connection ── ChannelOpened, ChannelMessage ──►┐             ┌── SendMessage ──► peer connections
                                                        ├► Services ──┤
    socket ── channel {label, data} ───────────────────►┘             └── channel {…} ──► sockets

Who has no SCTP says on its socket what it would say on a channel (PROTOCOL.md 2, `channel`): each label that
a socket names is a channel, which closes with the socket. What is told to all it hears without having said
anything, unless a data channel has the label.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from datachannels.channel import Channel
from datachannels.envelope import named_topic, whole_number
from datachannels.member import Member
from datachannels.refusals import RequestRefused
from datachannels.services import Services
from sfu.identifiers import PeerId
from sfu.messages import (
    ChannelClosed,
    ChannelMessage,
    ChannelOpened,
    ChannelSlow,
    CloseChannel,
    SendMessage,
)
from signaling.outputs import Outputs, SessionId

PROTOCOL = "sfumato.v1"
"""The protocol field of a data channel; one that asks for another is not for us (RFC 8832 §5.1)."""

TOLD_TO_ALL = ("chat", "control", "live")
"""Labels on which something comes that nobody opened: reactions, who has control, pointers."""

ChannelEvent = ChannelOpened | ChannelMessage | ChannelSlow | ChannelClosed


@dataclass(frozen=True, slots=True)
class _Listener:
    session: SessionId
    member: Member
    labels: Sequence[str]


class DataChannels:
    """`datachannels.service_node.Delivery` of a node, and the way back. Until `serve` no label is known."""

    def __init__(self, outputs: Outputs, limit_bytes: int) -> None:
        self._outputs = outputs
        self._limit_bytes = limit_bytes
        self._services: Services | None = None
        self._last_id = 0
        self._of_socket: dict[SessionId, dict[str, int]] = {}
        self._of_peer: dict[PeerId, dict[int, int]] = {}
        self._session: dict[int, SessionId] = {}
        self._peer: dict[int, tuple[PeerId, int]] = {}
        self._only_heard: set[int] = set()
        self._listeners: dict[str, _Listener] = {}
        self._listens: dict[SessionId, str] = {}

    def serve(self, services: Services) -> None:
        """From now on there are services behind the labels."""
        self._services = services

    # --- from clients ------------------------------------------------------------------------------------

    def socket_joined(self, session: SessionId, member: Member, labels: Sequence[str] = TOLD_TO_ALL) -> None:
        """A socket is the member's now: it hears what is told to all while no data channel has the label."""
        listener = self._listeners[member.id] = _Listener(session, member, labels)
        self._listens[session] = member.id
        self._hear(listener)

    def _hear(self, listener: _Listener) -> None:
        session, member = listener.session, listener.member
        for label in listener.labels:
            carried = any(number in self._peer for number in self._held(member, label))
            if not carried and label not in self._of_socket.get(session, {}):
                number = self._open_on_socket(session, label, member)
                if number is not None:
                    self._only_heard.add(number)

    def from_socket(self, session: SessionId, label: str, data: object, member: Member, now: float) -> None:
        """A `channel` message of a socket."""
        number = self._of_socket.get(session, {}).get(label)
        if number is None:
            number = self._open_on_socket(session, label, member)
            if number is None:
                self.refuse(session, label, data, RequestRefused("not_found", "no such channel"))
                return
        self._only_heard.discard(number)
        if self._services is not None:
            too_long = len(orjson.dumps(data)) > self._limit_bytes
            self._services.received_value(number, data, now, too_long=too_long)

    def refuse(self, session: SessionId, label: str, data: object, refusal: RequestRefused) -> None:
        """Answer a `channel` message that goes to no service."""
        said: dict[str, Any] = data if isinstance(data, dict) else {}
        error: dict[str, Any] = {"t": "error", "code": refusal.code, "message": refusal.message}
        for field, answered in (("id", "re"), ("seq", "seq")):
            number = whole_number(said.get(field))
            if number is not None:
                error[answered] = number
        for field in ("doc", "board"):
            error |= named_topic(said, field)
        if refusal.retry_ms is not None:
            error["retry_ms"] = refusal.retry_ms
        self._outputs.encoded([session], in_frame(label, orjson.dumps(error)))

    def from_peer(self, event: ChannelEvent, member: Member | None, now: float) -> None:
        """What a peer connection says of a channel; `member` is whose it is, None: nobody's any more."""
        number = self._of_peer.get(event.peer, {}).get(event.channel)
        if isinstance(event, ChannelMessage):
            if number is not None and self._services is not None:
                self._services.received(number, event.text, now)
        elif isinstance(event, ChannelOpened):
            self._peer_opened(event, member)
        elif number is None:
            pass  # refused or closed from here
        elif isinstance(event, ChannelClosed):
            self._forget(number)
        elif self._services is not None:
            self._services.slow(number)

    def _peer_opened(self, event: ChannelOpened, member: Member | None) -> None:
        number = None
        if member is not None and event.protocol == PROTOCOL:
            number = self._open(event.label, member)
        if number is None:
            self._outputs.command(CloseChannel(event.peer, event.channel))
            return
        self._of_peer.setdefault(event.peer, {})[event.channel] = number
        self._peer[number] = (event.peer, event.channel)
        if member is not None:
            for other in self._only_heard.intersection(self._held(member, event.label)):
                self._forget(other)

    def _held(self, member: Member, label: str) -> list[int]:
        return [] if self._services is None else self._services.held(member.id, label)

    def _open_on_socket(self, session: SessionId, label: str, member: Member) -> int | None:
        number = self._open(label, member)
        if number is not None:
            self._of_socket.setdefault(session, {})[label] = number
            self._session[number] = session
        return number

    def _open(self, label: str, member: Member) -> int | None:
        if self._services is None or not self._services.opened(self._last_id + 1, label, member):
            return None
        self._last_id += 1
        return self._last_id

    # --- their end ---------------------------------------------------------------------------------------

    def socket_gone(self, session: SessionId) -> None:
        """A socket is closed, and its channels with it."""
        participant = self._listens.pop(session, "")
        if participant in self._listeners and self._listeners[participant].session == session:
            del self._listeners[participant]
        for number in list(self._of_socket.get(session, {}).values()):
            self._forget(number)

    def socket_slow(self, session: SessionId) -> None:
        """A socket lost the channel messages that waited on it, because its client reads too slowly."""
        if self._services is not None:
            for number in list(self._of_socket.get(session, {}).values()):
                self._services.slow(number)

    def peer_gone(self, peer: PeerId) -> None:
        """A peer connection is closed, and its channels with it."""
        for number in list(self._of_peer.get(peer, {}).values()):
            self._forget(number)

    def left(self, participant: str) -> None:
        """A participant is gone; its sockets and connections are told elsewhere."""
        if self._services is not None:
            self._services.left(participant)

    def rehome(self, participant: str, old: str, new: str) -> None:
        """See `Services`."""
        if self._services is not None:
            self._services.rehome(participant, old, new)

    def _forget(self, number: int) -> None:
        self._only_heard.discard(number)
        session, peer = self._session.pop(number, None), self._peer.pop(number, None)
        if session is not None:
            channels = self._of_socket[session]
            for label in [label for label, other in channels.items() if other == number]:
                del channels[label]
            if not channels:
                del self._of_socket[session]
        if peer is not None:
            del self._of_peer[peer[0]][peer[1]]
            if not self._of_peer[peer[0]]:
                del self._of_peer[peer[0]]
        if self._services is None:
            return
        member = self._services.member_of(number)
        self._services.closed(number)
        if peer is not None and member is not None and member.id in self._listeners:
            self._hear(self._listeners[member.id])

    # --- to clients --------------------------------------------------------------------------------------

    def send(self, channels: Sequence[Channel], data: bytes) -> None:
        """See `Delivery`: encoded once for all sockets, and once for all peer connections."""
        sessions = [self._session[one.id] for one in channels if one.id in self._session]
        if sessions:
            self._outputs.encoded(sessions, in_frame(channels[0].label, data), channel=True)
        peers = tuple(self._peer[one.id] for one in channels if one.id in self._peer)
        if peers:
            self._outputs.command(SendMessage(peers, data.decode(), channels[0].priority))

    def close(self, channel: Channel) -> None:
        """See `Delivery`; on a socket the next message opens it again."""
        peer = self._peer.get(channel.id)
        if peer is not None:
            self._outputs.command(CloseChannel(*peer))
        self._forget(channel.id)

    # --- time --------------------------------------------------------------------------------------------

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due at the latest; it may be called at any time."""
        return None if self._services is None else self._services.next_timeout()

    def handle_timeout(self, now: float) -> None:
        """What comes with time."""
        if self._services is not None:
            self._services.handle_timeout(now)

    def oldest_pending_at(self) -> float | None:
        """Since when a change waits to be stored."""
        return None if self._services is None else self._services.oldest_pending_at()

    def __len__(self) -> int:
        return len(self._session) + len(self._peer) - len(self._only_heard)


def in_frame(label: str, data: bytes) -> bytes:
    """A data-channel message as a `channel` message of the socket."""
    return b'{"type":"channel","label":' + orjson.dumps(label) + b',"data":' + data + b"}"
