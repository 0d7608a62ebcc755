"""Tracks that are sent on as plain RTP, to addresses that the settings allow."""

import logging
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any, Final

from datachannels.refusals import RequestRefused
from datachannels.tracks import SharedTrack
from recording.rtp_forward import RtpForward, session_description
from sfu.codecs.codec import Codec
from sfu.driver import MediaDriver
from sfu.identifiers import Rid, TrackId
from sfu.messages import CloseTap, TapTrack
from sfu.tap import Outlet
from signaling.identifiers import new_identifier
from signaling.node import SignalingNode
from signaling.room import Room

log = logging.getLogger(__name__)

FIRST_TAP: Final = 1 << 31
"""Taps from this number on are ours, those below the recorder's."""

KEYFRAME_S: Final = 4.0
"""Who begins to receive waits no longer for a picture."""

MAX_FORWARDS: Final = 64
LOWEST_PORT: Final = 1_024
"""Below are the ports of services that answer whoever writes to them."""

CLOCK_RATE: Final = {"audio": 48_000, "video": 90_000}
_TAP: Final = slice(5, 9)


@dataclass(slots=True, eq=False)
class Forward:
    """One track on its way to one address."""

    id: str
    room: str
    track: TrackId
    tap: int
    host: str
    port: int
    sdp: str
    stream: RtpForward
    media: socket.socket
    reports: socket.socket
    dropped: int = 0

    def describe(self) -> dict[str, Any]:
        """As the API has it."""
        return {
            "id": self.id,
            "track": self.track,
            "host": self.host,
            "port": self.port,
            "sdp": self.sdp,
            "dropped": self.dropped,
        }


class Forwards:
    """All of a node; an `Outlet` before the recorder's, and a `TrackFollower`."""

    def __init__(self, node: SignalingNode, media: MediaDriver) -> None:
        self._node = node
        self._media = media
        self._recorder: Outlet | None = None
        self._by_tap: dict[int, Forward] = {}
        self._taps = FIRST_TAP
        node.tracks.follow(self)
        self._networks = [ip_network(network) for network in node.settings.recording.forward_to]

    def of(self, room: str) -> list[Forward]:
        """Those of a room."""
        return [forward for forward in self._by_tap.values() if forward.room == room]

    def start(self, room: Room, track_id: str, host: str, port: int) -> Forward:
        """Begin. Raises `RequestRefused`."""
        track = room.tracks.get(TrackId(track_id))
        if track is None or room.participants[track.participant].hidden:
            raise RequestRefused("not_found", f"no track {track_id}")
        name, _, profile = track.codec.partition("/")
        if not name or name == "red":
            raise RequestRefused("conflict", "this codec cannot be forwarded")
        self._check(host, port)
        if len(self._by_tap) >= MAX_FORWARDS:
            raise RequestRefused("too_large", f"at most {MAX_FORWARDS} tracks are forwarded")
        media, reports = _both_connected(host, port)
        random, rate = self._node.random, CLOCK_RATE[track.kind]
        stream = RtpForward(
            track.kind,
            rate,
            random.getrandbits(32),
            random.getrandbits(15),
            random.getrandbits(31),
            self._node.clock.unix(0.0),
        )
        self._taps += 1
        forward = self._by_tap[self._taps] = Forward(
            id=new_identifier("fw", random),
            room=room.name,
            track=track.id,
            tap=self._taps,
            host=host,
            port=port,
            sdp=session_description(track.source, track.kind, name, profile, rate, host, port),
            stream=stream,
            media=media,
            reports=reports,
        )
        self._stand_before_the_recorder()
        self._media.handle(TapTrack(forward.tap, track.id, KEYFRAME_S))
        return forward

    def _stand_before_the_recorder(self) -> None:
        """From the first forward on: where there is none, a recording does not pay for it."""
        if self._media.node.outlet is not self:
            self._recorder, self._media.node.outlet = self._media.node.outlet, self

    def _check(self, host: str, port: int) -> None:
        try:
            address = ip_address(host)  # no names: what they point at can change
        except ValueError:
            raise RequestRefused("bad_message", "host: an IP address") from None
        if not any(address in network for network in self._networks):
            raise RequestRefused("forbidden", "recording.forward_to does not allow this address")
        if not LOWEST_PORT <= port < 65_535:
            raise RequestRefused("bad_message", f"port: from {LOWEST_PORT} to 65534")

    def stop(self, room: str, forward_id: str) -> None:
        """End one. Raises `RequestRefused`."""
        for forward in self.of(room):
            if forward.id == forward_id:
                self._end(forward)
                return
        raise RequestRefused("not_found", "no such forward")

    def close(self) -> None:
        """End all."""
        for forward in [*self._by_tap.values()]:
            self._end(forward)

    def _end(self, forward: Forward) -> None:
        del self._by_tap[forward.tap]
        self._media.handle(CloseTap(forward.tap))
        forward.media.close()
        forward.reports.close()

    # --- as the outlet of taps -----------------------------------------------------------------------------

    def begin(self, tap: int, run: int, codec: Codec, rid: Rid) -> None:
        """See `Outlet`."""
        if tap < FIRST_TAP and self._recorder is not None:
            self._recorder.begin(tap, run, codec, rid)

    def put(self, records: list[bytes], size_bytes: int) -> None:
        """See `Outlet`."""
        tap = int.from_bytes(records[0][_TAP], "little")
        if tap < FIRST_TAP:
            if self._recorder is not None:
                self._recorder.put(records, size_bytes)
            return
        forward = self._by_tap.get(tap)
        if forward is None:
            return
        for index in range(0, len(records), 2):
            datagram = forward.stream.packet(records[index], records[index + 1])
            if datagram is not None:
                _send(forward, forward.media, datagram)
        report = forward.stream.report(time.monotonic())
        if report is not None:
            _send(forward, forward.reports, report)

    # --- as a follower of tracks ---------------------------------------------------------------------------

    def track_began(self, track: SharedTrack) -> None:
        """See `TrackFollower`."""

    def track_changed(self, track: SharedTrack) -> None:
        """See `TrackFollower`."""

    def track_ended(self, track: SharedTrack) -> None:
        """See `TrackFollower`."""
        for forward in [*self._by_tap.values()]:
            if forward.track == track.id:
                self._end(forward)

    def away(self, participant: str) -> None:
        """See `TrackFollower`."""


def _both_connected(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """For media, and for reports. Raises `RequestRefused`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with ExitStack() as opened:
        try:
            media = opened.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            reports = opened.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            for end, at in ((media, port), (reports, port + 1)):
                end.setblocking(False)
                end.connect((host, at))
        except OSError as error:  # no route, a broadcast address, no such interface
            raise RequestRefused("unavailable", f"nothing can be sent there: {error.strerror}") from error
        opened.pop_all()
    return media, reports


def _send(forward: Forward, end: socket.socket, datagram: bytes) -> None:
    try:
        end.send(datagram)
    except OSError:  # nobody listens yet, or the network is full
        forward.dropped += 1
