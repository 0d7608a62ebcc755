"""A real node without sockets, and clients that speak to it in datagrams: ICE checks, DTLS, and SRTP by
libsrtp."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

from OpenSSL import SSL

from sfu.certificate import Certificate, Fingerprint, make_certificate
from sfu.clock import WallClock
from sfu.codecs.codec import ALL_CODECS
from sfu.dtls import DtlsState, DtlsTransport, SrtpKeys, make_context
from sfu.identifiers import Csrc, Mid, PeerId, TrackId
from sfu.messages import (
    Answered,
    ApplyOffer,
    AssignSlot,
    Event,
    OfferedTrack,
    OpenPeer,
    PeerClosed,
    Refused,
    SlotState,
    Source,
)
from sfu.node import Node
from sfu.rtcp.compound import RtcpMessage, parse_compound
from sfu.rtp.extensions import write_elements
from sfu.sdp.limits import SdpLimits
from sfu.stun import write_check
from tests.sfu.packets import vp8
from tests.sfu.sdp.offers import FINGERPRINT, IDS, Line, offer
from tests.sfu.srtp.parties import Libsrtp
from tests.sfu.stage import Wire

AT = datetime(2026, 1, 1, tzinfo=UTC)
SERVER = make_certificate(AT)
CLIENT = make_certificate(AT)
STRANGER = make_certificate(AT)
CLIENT_CONTEXT = make_context(CLIENT)

CAMERA = Line(
    "video", "v", "sendonly", extra=("ssrc:1001 cname:c", "ssrc:1002 cname:c", "ssrc-group:FID 1001 1002")
)
SCREEN = Line("video", "s", "sendonly")
MICROPHONE = Line("audio", "a", "sendonly", extensions=("mid", "transport_cc", "audio_level"))
VIDEO_SLOT = Line("video", "1")
AUDIO_SLOT = Line("audio", "0")

_SOURCES: dict[str, Source] = {"v": "camera", "s": "screen", "a": "microphone"}


class Site:
    """A node and the events it emitted; `now` is moved by the tests."""

    def __init__(self, **settings: object) -> None:
        self.events: list[Event] = []
        self.now = 100.0
        self.node = Node(
            certificate=SERVER,
            emit=self.events.append,
            candidates=lambda: ("1 1 udp 2130706431 192.0.2.9 7881 typ host",),
            random=Random(3),
            wall=WallClock(1.7e9),
            limits=SdpLimits(),
            codecs=ALL_CODECS,
            **settings,  # type: ignore[arg-type]
        )

    @property
    def drops(self) -> dict[str, int]:
        """What was dropped so far, by reason."""
        return {reason.value: count for reason, count in self.node.drops.items() if count}

    def take(self, kind: type[Event]) -> list[Event]:
        """Events of one kind so far, which are forgotten."""
        taken = [event for event in self.events if isinstance(event, kind)]
        self.events[:] = [event for event in self.events if not isinstance(event, kind)]
        return taken

    def run(self, seconds: float) -> None:
        """Let time pass, timers fire as they are due."""
        end = self.now + seconds
        while (due := self.node.next_timeout()) is not None and due <= end:
            self.now = max(self.now, due)
            self.node.handle_timeout(self.now)
        self.now = end

    def assign(self, peer: "Remote", mid: str, track: str | None, *, hidden: bool = False) -> None:
        """Put a track into a slot."""
        chosen = None if track is None else TrackId(track)
        self.node.handle(AssignSlot(peer.id, Mid(mid), chosen, hidden=hidden), self.now)

    def states(self, mid: str = "1") -> list[tuple[str | None, str | None]]:
        """(track, why paused) told of a slot since the last call."""
        return [
            (event.track, event.paused)
            for event in self.take(SlotState)
            if isinstance(event, SlotState) and event.mid == mid
        ]


class Remote:
    """A client. Its tracks are named ``tr_<name>_<mid>``."""

    def __init__(
        self,
        site: Site,
        name: str,
        *lines: Line,
        certificate: Certificate = CLIENT,
        context: SSL.Context = CLIENT_CONTEXT,
        wire: Wire | None = None,
    ) -> None:
        self.site = site
        self.id = PeerId(name)
        self.wire = wire or Wire((f"192.0.2.{len(site.node.peers) + 1}", 5000))
        self.answers = 0
        self._lines = lines
        self._trusted = certificate.fingerprint()
        self._context = context
        self._random = Random(name)
        self.srtp: Libsrtp | None = None
        self.dtls: DtlsTransport | None = None
        site.node.handle(OpenPeer(self.id), site.now)

    # --- signaling ---------------------------------------------------------------------------------------

    def offer(self, *lines: Line, tracks: Sequence[OfferedTrack] | None = None) -> Answered | Refused:
        """Offer these m-lines (None: those of the beginning)."""
        lines = lines or self._lines
        if tracks is None:
            tracks = [self.track(line.mid) for line in lines if line.mid in _SOURCES]
        text = offer(*lines).replace(FINGERPRINT, str(self._trusted))
        self.answers += 1
        self.site.node.handle(ApplyOffer(self.id, self.answers, text, tuple(tracks)), self.site.now)
        answer = next(
            event
            for event in reversed(self.site.events)
            if isinstance(event, Answered | Refused) and event.peer == self.id
        )
        if isinstance(answer, Answered):
            self.answer = answer
        return answer

    def track(self, mid: str, name: str | None = None) -> OfferedTrack:
        """A track as the Room would pass it on."""
        track = TrackId(name or f"tr_{self.id}_{mid}")
        return OfferedTrack(Mid(mid), track, Csrc(sum(track.encode())), _SOURCES[mid])

    def _said(self, attribute: str) -> str:
        found = re.search(rf"^a={attribute}:(\S+(?: \S+)?)", self.answer.sdp, re.MULTILINE)
        assert found is not None
        return found[1]

    # --- ICE and DTLS ------------------------------------------------------------------------------------

    def check(self, *, nominate: bool = True, pwd: str | None = None, ufrag: str | None = None) -> bytes:
        """A connectivity check for the server, not yet sent."""
        return write_check(
            self._random.randbytes(12),
            f"{ufrag or self._said('ice-ufrag')}:abcd",
            (pwd or self._said("ice-pwd")).encode(),
            100,
            7,
            controlling=True,
            use_candidate=nominate,
        )

    def send(self, datagram: bytes, wire: Wire | None = None) -> None:
        """One datagram, and the end of its turn."""
        self.site.node.receive(datagram, wire or self.wire, self.site.now)
        self.site.node.flush(self.site.now)

    def handshake(self) -> None:
        """DTLS to its end, good or bad."""
        self.wire.take()
        fingerprint = Fingerprint.parse(self._said("fingerprint"))
        dtls = self.dtls = DtlsTransport(self._context, "client", (fingerprint,))
        dtls.start(self.site.now)
        while datagrams := dtls.poll_datagrams():
            for datagram in datagrams:
                self.send(datagram)
            for datagram in self.wire.take():
                if 20 <= datagram[0] <= 63 and dtls.state in (DtlsState.CONNECTING, DtlsState.CONNECTED):
                    dtls.receive(datagram, self.site.now)
        if dtls.state is DtlsState.CONNECTED and dtls.srtp_keys is not None:
            ours = dtls.srtp_keys
            servers = SrtpKeys(
                ours.profile, ours.remote_key, ours.remote_salt, ours.local_key, ours.local_salt
            )
            self.srtp = Libsrtp.facing(servers)

    def connect(self) -> "Remote":
        """Offer, check, handshake."""
        self.offer()
        self.send(self.check())
        self.handshake()
        assert self.srtp is not None
        return self

    @property
    def closed(self) -> list[str]:
        """Why the node says the connection ended."""
        return [
            event.reason
            for event in self.site.events
            if isinstance(event, PeerClosed) and event.peer == self.id
        ]

    # --- media -------------------------------------------------------------------------------------------

    def rtp(
        self,
        sequence: int,
        payload: bytes | None = None,
        *,
        ssrc: int = 1001,
        payload_type: int = 96,
        padded: bool = False,
        **elements: bytes,
    ) -> bytes:
        """A protected packet, not yet sent."""
        body = vp8() if payload is None else payload
        block = write_elements([(IDS[name], value) for name, value in elements.items()]) if elements else b""
        first = 0x80 | (0x10 if block else 0) | (0x20 if padded else 0)
        head = bytes((first, 0x80 | payload_type)) + (sequence & 0xFFFF).to_bytes(2, "big")
        stamp = (3000 * sequence & 0xFFFFFFFF).to_bytes(4, "big")
        return self.seal(head + stamp + ssrc.to_bytes(4, "big") + block + body)

    def seal(self, packet: bytes) -> bytes:
        """Protect any RTP packet."""
        assert self.srtp is not None
        return self.srtp.send.protect(packet)

    def frame(self, sequence: int, *, key: bool = False, picture_id: int | None = None) -> None:
        """A frame of one packet from the camera."""
        self.send(self.rtp(sequence, vp8(key=key, picture_id=picture_id)))

    def rtcp(self, compound: bytes) -> None:
        """Protect and send a compound."""
        assert self.srtp is not None
        self.send(self.srtp.send.protect_rtcp(compound))

    def media(self) -> list[bytes]:
        """RTP that came since the last call, decrypted; everything else is forgotten."""
        assert self.srtp is not None
        return [
            self.srtp.receive.unprotect(datagram)
            for datagram in self.wire.take()
            if 128 <= datagram[0] <= 191 and not 192 <= datagram[1] <= 223
        ]

    def reports(self) -> list[RtcpMessage]:
        """RTCP that came since the last call; everything else is forgotten."""
        assert self.srtp is not None
        return [
            message
            for datagram in self.wire.take()
            if 128 <= datagram[0] <= 191 and 192 <= datagram[1] <= 223
            for message in parse_compound(self.srtp.receive.unprotect_rtcp(datagram))
        ]


class Meeting:
    """One who publishes a camera and one who watches it: what must go on whatever others do."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.publisher = Remote(site, "publisher", CAMERA, wire=Wire(("198.51.100.1", 1))).connect()
        self.viewer = Remote(site, "viewer", AUDIO_SLOT, VIDEO_SLOT, wire=Wire(("198.51.100.2", 2))).connect()
        site.assign(self.viewer, "1", "tr_publisher_v")
        self._sequence = 1
        self.publisher.frame(self._sequence, key=True)
        assert len(self.viewer.media()) == 1

    def goes_on(self) -> None:
        """Fails if a frame does not get through, once."""
        self._sequence += 1
        self.site.now += 0.033
        self.publisher.frame(self._sequence)
        assert len(self.viewer.media()) == 1
        assert self.publisher.closed == self.viewer.closed == []
