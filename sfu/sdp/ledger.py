"""What is used up while one offer is gone through: seats, SSRCs, places for tracks."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sfu.errors import LocalError, OfferRefused
from sfu.identifiers import Ssrc
from sfu.messages import Kind
from sfu.sdp.limits import SdpLimits
from sfu.sdp.mid_state import MidState
from sfu.sdp.offer import Offer

# SSRCs one connection may use up by deleting and adding slots; none comes back (SRTP nonces stay unique).
_MAX_ISSUED = 65_536


@dataclass(slots=True)
class Ledger:
    """The running account of one negotiation; `issued` holds every SSRC the connection ever had from us."""

    issued: set[Ssrc]
    offer: Offer
    limits: SdpLimits
    make_ssrc: Callable[[], Ssrc]
    seats: dict[Kind, set[int]] = field(default_factory=lambda: {"audio": set(), "video": set()})
    tracks: int = 0
    taken: set[Ssrc] = field(init=False)

    def __post_init__(self) -> None:
        sources = [section.sources for section in self.offer.media]
        # An SSRC of the client's in the other direction would be a collision to it (RFC 3550 §8.2).
        self.taken = {ssrc for source in sources for ssrc in source.media}
        self.taken |= {rtx for source in sources for rtx, _ in source.rtx_of}

    def keep(self, mid_state: MidState | None) -> None:
        """Hold the seat of a slot that was there before."""
        if mid_state is not None and mid_state.slot is not None:
            self.seats["audio" if mid_state.media == "audio" else "video"].add(mid_state.slot.seat)

    def seat(self, kind: Kind) -> int | None:
        """The lowest free seat, or None over the limit."""
        limit = self.limits.max_slots_audio if kind == "audio" else self.limits.max_slots_video
        taken = self.seats[kind]
        if len(taken) >= limit:
            return None
        seat = next(number for number in range(1, limit + 1) if number not in taken)
        taken.add(seat)
        return seat

    def ssrc(self) -> Ssrc:
        """An SSRC that this connection never had."""
        if len(self.issued) >= _MAX_ISSUED:
            raise OfferRefused("unavailable", "this connection has used up its slots")
        for _ in range(100):
            ssrc = self.make_ssrc()
            if 0 < ssrc <= 0xFFFF_FFFF and ssrc not in self.issued and ssrc not in self.taken:
                self.issued.add(ssrc)
                return ssrc
        raise LocalError("no free SSRC drawn: the random source is broken")
