"""Runs the signaling core: carries its outputs to sockets and to the media side, and keeps its time."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from sfu.clock import WallClock
from sfu.errors import LocalError
from sfu.messages import Event
from signaling.media import Media
from signaling.outputs import Close, Send, SessionId
from signaling.rooms import Rooms
from signaling.session import Session

log = logging.getLogger(__name__)

CLOCK_CHECK_S = 1.0
CLOCK_STEP_S = 0.5
"""The time of day is compared with the monotonic clock once a second, and followed when it was set."""


class Socket(Protocol):
    """One WebSocket as the driver uses it; neither call waits."""

    def queue(self, data: bytes, *, channel: bool) -> None:
        """Send a text message after those before it; one of a data `channel` may be dropped."""

    def finish(self, code: int, reason: str) -> None:
        """Close after what is queued."""


class SignalingDriver:
    """One for a node. Everything runs on one event loop, so calls into the core never overlap."""

    def __init__(self, rooms: Rooms, media: Media, on_tick: Callable[[float], None]) -> None:
        self.rooms = rooms
        self._media = media
        self._on_tick = on_tick
        self._sockets: dict[SessionId, Socket] = {}
        self._pumping = False
        self._pump_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0.0
        self._clock_checked_at = 0.0

    def start(self) -> None:
        """Begin to keep time; needs a running loop."""
        self._arm()

    def stop(self) -> None:
        """No more timers."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def open(self, socket: Socket) -> Session:
        """A WebSocket has opened."""
        session = self.rooms.open_session(time.monotonic())
        self._sockets[session.id] = socket
        return session

    def listen(self, socket: Socket) -> SessionId:
        """Something of the node's own hears what sockets hear, by a number that no session has."""
        listener = self.rooms.new_session_id()
        self._sockets[listener] = socket
        return listener

    def unlisten(self, listener: SessionId) -> None:
        """It hears no more."""
        self._sockets.pop(listener, None)

    def received(self, session: Session, text: str) -> None:
        """A text message came."""
        session.receive(text, time.monotonic())
        self.pump()

    def received_binary(self, session: Session) -> None:
        """A binary message came."""
        session.receive_binary(time.monotonic())
        self.pump()

    def lost(self, session: Session) -> None:
        """The WebSocket is gone."""
        self._sockets.pop(session.id, None)
        self.rooms.session_lost(session, time.monotonic())
        self.pump()

    def close_heard(self, session: Session, code: int) -> None:
        """Its client has answered our close."""
        self.rooms.close_heard(session, code)

    def slow(self, session: Session) -> None:
        """Data-channel messages for a WebSocket were dropped."""
        self.rooms.node.channels.socket_slow(session.id)
        self.pump()

    def on_event(self, event: Event) -> None:
        """The media side says something.

        It may be in the middle of a packet or of a command: so what clients are told goes out now, before the
        packet does, commands wait for the next turn.
        """
        self.rooms.on_event(event, time.monotonic())
        if not self._pumping:
            self._to_sockets()
            self.pump_soon()

    def drain(self, seconds: float) -> None:
        """Tell everybody that the node stops in so many seconds."""
        now = time.monotonic()
        self.rooms.drain(now + seconds, now)
        self.pump()

    def close_all(self) -> None:
        """Close every socket: the node stops now."""
        self.rooms.close_all(time.monotonic())
        self.pump()

    def pump(self) -> None:
        """Carry out what the core wants done, until it wants nothing more this turn."""
        if self._pumping:
            return
        self._pumping = True
        try:
            remains = self.rooms.settle()
            while self._carry_out():
                pass
        finally:
            self._pumping = False
        if remains:
            self.pump_soon()
        if self._timer is not None and self.rooms.next_timeout() < self._armed_for:
            self._timer.cancel()
            self._arm()

    def pump_soon(self) -> None:
        """`pump`, once, in the next turn of the loop."""
        if not self._pump_due:
            self._pump_due = True
            asyncio.get_running_loop().call_soon(self._pump_now)

    def _pump_now(self) -> None:
        self._pump_due = False
        self.pump()

    def _carry_out(self) -> bool:
        commands = self.rooms.node.outputs.take_commands()
        # Who is told of a track or a seat is told before packets can flow.
        self._to_sockets()
        for command in commands:
            try:
                self._media.handle(command)
            except LocalError:  # an error of ours in one must not cost the others theirs
                log.exception("not carried out: %s", type(command).__name__)
        return bool(commands)

    def _to_sockets(self) -> None:
        for output in self.rooms.node.outputs.take_socket():
            self._to_socket(output)

    def _to_socket(self, output: Send | Close) -> None:
        socket = self._sockets.get(output.session)
        if socket is None:
            return
        if isinstance(output, Send):
            socket.queue(output.data, channel=output.channel)
        else:
            socket.finish(int(output.code), output.reason)

    def _arm(self) -> None:
        self._armed_for = self.rooms.next_timeout()
        delay = max(0.0, self._armed_for - time.monotonic())
        self._timer = asyncio.get_running_loop().call_later(delay, self._tick)

    def _tick(self) -> None:
        now = time.monotonic()
        try:
            self._on_tick(max(0.0, now - self._armed_for))
            if now - self._clock_checked_at >= CLOCK_CHECK_S:
                self._clock_checked_at = now
                self._follow_clock(now)
            self.rooms.handle_timeout(now)
            self.pump()
        finally:  # an error in one room must not stop the time of all
            self._arm()

    def _follow_clock(self, now: float) -> None:
        clock = WallClock(time.time() - now)
        if abs(clock.unix(now) - self.rooms.node.clock.unix(now)) > CLOCK_STEP_S:
            log.warning("the time of day was set")
            self.rooms.node.clock = clock
