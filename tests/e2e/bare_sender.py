"""The sending half of a peer connection and nothing else: no estimate, no pacing, no repairs.

It sends what it is told to, however little of it arrives. So the feedback of a real browser can be recorded
behind a link that is narrower than the stream.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from random import SystemRandom

from client.sending import Agreed, SendStream, TransportNumbers
from sfu.certificate import make_certificate
from sfu.codecs.codec import ALL_CODECS
from sfu.demux import Protocol, demux
from sfu.dtls import DtlsTransport, make_context
from sfu.errors import RemoteError
from sfu.ice import IceLite, make_credentials
from sfu.identifiers import Ssrc
from sfu.path import Buffer
from sfu.rtcp.compound import parse_compound
from sfu.rtcp.transport_feedback import TransportFeedback
from sfu.sdp.answer import LocalDescription, write_answer
from sfu.sdp.limits import SdpLimits
from sfu.sdp.negotiation import Negotiation, negotiate
from sfu.sdp.offer import parse_offer
from sfu.srtp.session import SrtpSession, open_session
from tests.sim.simulation import Address
from tests.sim.udp_link import UdpSocket

FIRST_SEQUENCE = 1_000


class BarePath:
    """The way to one address from which something came."""

    reliable = False
    congested = False

    def __init__(self, socket: UdpSocket, remote: Address) -> None:
        self.remote = remote
        self._socket = socket

    def send(self, datagrams: Sequence[Buffer]) -> None:
        """Send each datagram."""
        for datagram in datagrams:
            self._socket.send(bytes(datagram), self.remote)


class BareSender:
    """One video stream to whoever offers to receive it, on the running loop.

    `on_sent` gets (transport-wide number, bytes of the datagram, time), `on_feedback` each transport-wide
    feedback and when it came; times are the loop's.
    """

    def __init__(
        self,
        on_sent: Callable[[int, int, float], None],
        on_feedback: Callable[[TransportFeedback, float], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_sent = on_sent
        self._on_feedback = on_feedback
        self._socket = UdpSocket("127.0.0.1", self._receive)
        self._random = SystemRandom()
        certificate = make_certificate(datetime.now(UTC))
        self._fingerprint = certificate.fingerprint()
        self._ice = IceLite(make_credentials(self._random))
        self._dtls = DtlsTransport(make_context(certificate), "server", None)
        self._paths: dict[Address, BarePath] = {}
        self._path: BarePath | None = None
        self._srtp: SrtpSession | None = None
        self._numbers = TransportNumbers()
        self._stream: SendStream | None = None
        self.connected = asyncio.Event()

    @property
    def address(self) -> Address:
        """Where it listens."""
        return self._socket.address

    def answer(self, offer_sdp: str, announced: Address) -> str:
        """Answer the offer of a client that receives VP8; `announced` is where it shall send to."""
        negotiated = negotiate(
            Negotiation(),
            parse_offer(offer_sdp, SdpLimits()),
            (),
            SdpLimits(),
            enabled=ALL_CODECS,
            make_ssrc=lambda: Ssrc(self._random.getrandbits(32)),
        )
        self._ice.set_remote(negotiated.credentials)
        self._ice.start(self._loop.time())
        self._dtls.set_remote_fingerprints(negotiated.fingerprints)
        slot = negotiated.slots[0]
        vp8 = next(entry for entry in slot.codecs if entry.codec.name == "VP8")
        self._stream = SendStream(slot.mid, "", "video", 90_000, slot.ssrc, None, FIRST_SEQUENCE)
        self._stream.agree(Agreed(vp8.payload_type, None, slot.extensions))
        candidate = "candidate:0 1 udp 2130706431 {} {} typ host".format(*announced)
        local = LocalDescription(self._ice.local, self._fingerprint, (candidate,), "bare")
        return write_answer(negotiated, local)

    def send_frame(self, payloads: Sequence[bytes], timestamp: int) -> None:
        """Send a frame's packets at once. After `connected`."""
        stream, path = self._stream, self._path
        if stream is None or path is None:
            raise RuntimeError("not connected")
        first = self._numbers.next
        stream.send_frame(payloads, timestamp, time.monotonic())
        datagrams = stream.poll_datagrams()
        now = self._loop.time()
        for number, datagram in enumerate(datagrams, first):
            self._on_sent(number, len(datagram), now)
        path.send(datagrams)

    def close(self) -> None:
        """Say goodbye."""
        self._dtls.close()
        self._flush_dtls()
        self._socket.close()

    def _receive(self, datagram: bytes, remote: Address) -> None:
        now = self._loop.time()
        path = self._paths.setdefault(remote, BarePath(self._socket, remote))
        with suppress(RemoteError):
            protocol = demux(datagram)
            if protocol is Protocol.STUN:
                reply = self._ice.receive(datagram, path, now)
                if reply is not None:
                    path.send((reply,))
            elif protocol is Protocol.DTLS:
                self._path = path
                self._dtls.receive(datagram, now)
            elif protocol is Protocol.RTCP and self._srtp is not None:
                for message in parse_compound(self._srtp.unprotect_rtcp(datagram)):
                    if isinstance(message, TransportFeedback):
                        self._on_feedback(message, now)
        self._flush_dtls()

    def _flush_dtls(self) -> None:
        if self._path is not None:
            self._path.send(self._dtls.poll_datagrams())
        if self._srtp is None and self._dtls.srtp_keys is not None and self._stream is not None:
            self._srtp = open_session(self._dtls.srtp_keys)
            self._stream.protect_with(self._srtp, self._numbers)
            self.connected.set()
