"""The two sides of a negotiation in tests: a server that keeps its state, and what it says of itself."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from sfu.certificate import Fingerprint
from sfu.codecs.codec import ALL_CODECS
from sfu.ice import IceCredentials
from sfu.identifiers import Csrc, Mid, Ssrc, TrackId
from sfu.messages import OfferedTrack, Source
from sfu.sdp.answer import LocalDescription, write_answer
from sfu.sdp.limits import SdpLimits
from sfu.sdp.negotiation import Negotiated, Negotiation, negotiate
from sfu.sdp.offer import Offer, parse_offer

CANDIDATE = "1 1 udp 2130706431 127.0.0.1 9 typ host"


def description(generation: int = 1) -> LocalDescription:
    """Our side, with credentials of an ICE generation."""
    return LocalDescription(
        credentials=IceCredentials(f"server{generation}", f"{generation:024}"),
        fingerprint=Fingerprint("sha-256", ":".join(["5F"] * 32)),
        candidates=(CANDIDATE,),
        cname="sfumato",
        session_id=4711,
    )


def sending(offer: Offer) -> list[OfferedTrack]:
    """Every m-line that sends, listed as microphone or camera."""
    return [
        listed(section.mid, "camera" if section.kind == "video" else "microphone")
        for section in offer.media
        if section.live and section.kind is not None and section.direction in ("sendonly", "sendrecv")
    ]


def listed(mid: str, source: Source, *, allowed: bool = True, muted: bool = False) -> OfferedTrack:
    """A track as the Room passes it on; its identity follows from the mid."""
    csrc = Csrc(1 + sum(mid.encode()))
    return OfferedTrack(Mid(mid), TrackId(f"tr_{mid}"), csrc, source, allowed=allowed, muted=muted)


@dataclass
class Server:
    """Answers the offers of one connection. SSRCs come from a seeded source."""

    limits: SdpLimits = field(default_factory=SdpLimits)
    enabled: frozenset[str] = ALL_CODECS
    state: Negotiation = field(default_factory=Negotiation)
    source: random.Random = field(default_factory=lambda: random.Random(7))
    generation: int = 1

    def negotiate(self, text: str, tracks: Sequence[OfferedTrack] | None = None) -> Negotiated:
        """Apply an offer; without `tracks` everything that sends is listed."""
        offer = parse_offer(text, self.limits)
        negotiated = negotiate(
            self.state,
            offer,
            sending(offer) if tracks is None else tracks,
            self.limits,
            enabled=self.enabled,
            make_ssrc=lambda: Ssrc(self.source.getrandbits(32)),
        )
        self.state = negotiated.state
        self.generation += negotiated.ice_restart
        return negotiated

    def answer(self, text: str, tracks: Sequence[OfferedTrack] | None = None) -> tuple[Negotiated, str]:
        """Apply an offer and write its answer."""
        negotiated = self.negotiate(text, tracks)
        return negotiated, write_answer(negotiated, description(self.generation))
