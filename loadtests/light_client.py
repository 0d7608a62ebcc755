"""A participant that costs little: one WebSocket, one UDP socket, media counted and not decoded."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from OpenSSL import SSL

from client.capabilities import Capabilities
from client.connection import Connection, ConnectionState
from client.receiving import ReceivedPacket, ReceiveSlot
from client.session import Message, Session, open_session
from loadtests.canned import CannedOpus, CannedVideo
from loadtests.latency import Delays
from loadtests.light_publisher import LightPublisher, Pace
from loadtests.light_socket import LightSocket
from sfu.certificate import Fingerprint, make_certificate
from sfu.clock import WallClock
from sfu.dtls import SrtpProfile, make_context
from sfu.path import Path

JOIN_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Identity:
    """The certificate that all light clients share; a key each would cost a node's worth of time."""

    context: SSL.Context
    fingerprint: Fingerprint


def make_identity(at: datetime, profiles: Sequence[SrtpProfile] = tuple(SrtpProfile)) -> Identity:
    """A fresh certificate, made `at` that time; the clients offer these SRTP `profiles`."""
    certificate = make_certificate(at)
    context = make_context(certificate)
    context.set_tlsext_use_srtp(":".join(profile.value for profile in profiles).encode())
    return Identity(context, certificate.fingerprint())


@dataclass(frozen=True, slots=True)
class Part:
    """What a client does in a meeting. `video` None publishes nothing; a `probe` decrypts and times;
    `feedback`: it tells the node of its bandwidth (transport-cc), as browsers do."""

    name: str
    video: CannedVideo | None = None
    pace: Pace = field(default_factory=Pace)
    audio_slots: int = 0
    video_slots: int = 0
    probe: bool = False
    feedback: bool = True


class LightClient:
    """One participant, on the running loop, whose clock is monotonic.

    `joined_s` is the time from the open WebSocket to the first media packet, None until that came.
    """

    def __init__(self, part: Part, identity: Identity, random: Random) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self.part = part
        self.delays = Delays()
        self.packets = 0
        self.joined_s: float | None = None
        self.connection = Connection(
            identity.context,
            identity.fingerprint,
            random,
            WallClock(time.time() - now),
            Capabilities(estimated=part.feedback),
            decrypt=part.probe,
            prompt_feedback=False,
        )
        self.connection.on_state = self._became
        self._random = random
        self._connected: asyncio.Future[None] = self._loop.create_future()
        self._socket: LightSocket | None = None
        self._session: Session | None = None
        self._publisher: LightPublisher | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._opened_at = now
        self._arrived_ns = 0

    # --- joining -----------------------------------------------------------------------------------------

    async def join(self, url: str, token: str) -> None:
        """Join the token's room and connect; publish if that is our part.

        Raises TimeoutError after 20 s, else what `client.session` raises, or ConnectionError.
        """
        async with asyncio.timeout(JOIN_TIMEOUT_S):
            session = self._session = await open_session(url)
            self._opened_at = self._loop.time()
            await session.request("join", token=token)
            tracks = self._add_lines()
            answer = await session.request("offer", sdp=self.connection.make_offer(), tracks=tracks)
            self._connect(answer["sdp"])
            await self._connected
        if self._publisher is not None:
            self._publisher.start()

    def _add_lines(self) -> list[Message]:
        part, connection = self.part, self.connection
        tracks: list[Message] = []
        if part.video is not None:
            camera, microphone = connection.add_track("video"), connection.add_track("audio")
            tracks.append({"mid": camera.mid, "source": "camera"})
            tracks.append({"mid": microphone.mid, "source": "microphone"})
            self._publisher = LightPublisher(
                (camera.stream, part.video),
                (microphone.stream, CannedOpus()),
                part.pace,
                self._flush,
                self._random,
            )
        for slot in connection.add_slots(audio=part.audio_slots, video=part.video_slots):
            if part.probe:
                slot.on_packet = self._time
        return tracks

    def _connect(self, answer: str) -> None:
        now = self._loop.time()
        self.connection.apply_answer(answer, now)
        candidate = next(entry for entry in self.connection.candidates if entry.transport == "udp")
        remote = (candidate.host, candidate.port)
        self._socket = LightSocket(remote, self._receive, self._flush, stamped=self.part.probe)
        self.connection.add_path(self._socket, now, candidate.priority)
        self._flush(now)

    def _became(self, state: ConnectionState) -> None:
        if self._connected.done():
            return
        if state is ConnectionState.CONNECTED:
            self._connected.set_result(None)
        elif state in (ConnectionState.FAILED, ConnectionState.CLOSED):
            self._connected.set_exception(ConnectionError(f"{self.part.name}: {self.connection.reason}"))

    # --- media -------------------------------------------------------------------------------------------

    def _receive(self, datagram: bytes, path: Path, arrived_ns: int, now: float) -> None:
        if 128 <= datagram[0] < 192 and not 192 <= datagram[1] <= 223:  # RTP (sfu.demux)
            self.packets += 1
            if self.joined_s is None:
                self.joined_s = now - self._opened_at
        self._arrived_ns = arrived_ns
        self.connection.receive(datagram, path, now)

    def _time(self, packet: ReceivedPacket) -> None:
        self.delays.note(packet.payload, self._arrived_ns, packet.arrival)

    def _flush(self, now: float) -> None:
        """The end of a wake-up: what was gathered leaves, the timer is armed."""
        self.connection.flush(now)
        due = self.connection.next_timeout()
        if due is None:
            return
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(max(due, now), self._fire)

    def _fire(self) -> None:
        self._timer = None
        now = self._loop.time()
        self.connection.handle_timeout(now)
        self._flush(now)

    # --- what came ---------------------------------------------------------------------------------------

    @property
    def streams(self) -> int:
        """Slots on which something came."""
        return len(self._heard())

    @property
    def lost(self) -> int:
        """Packets the node has numbered for our slots, and that never came."""
        return sum(slot.statistics.cumulative_lost for slot in self._heard())

    @property
    def expected(self) -> int:
        """Packets the node has numbered for our slots, as far as seen."""
        return sum(slot.statistics.packets - slot.statistics.duplicates for slot in self._heard()) + self.lost

    def _heard(self) -> list[ReceiveSlot]:
        return [slot for slot in self.connection.slots.values() if slot.statistics.packets]

    # --- the end -----------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Publish nothing more."""
        if self._publisher is not None:
            self._publisher.stop()

    async def close(self) -> None:
        """Close everything; the node takes it for a lost client."""
        self.stop()
        self.connection.close()
        if self._timer is not None:
            self._timer.cancel()
        if self._session is not None:
            await self._session.close()
        if self._socket is not None:
            self._socket.close()
