"""The layer a viewer ought to see, by its link alone."""

from tests.sim.network import IP_UDP_HEADER_BYTES
from tests.sim.simulcast import PATTERN, PAYLOAD_BYTES, Encoding

WIRE_BYTES = IP_UDP_HEADER_BYTES + 12 + 4 + 8 + 16
"""A packet's headers on the wire besides the payload: IP and UDP, RTP, CSRC, extensions, the GCM tag."""

USABLE = 0.85
"""Of the link: as much as the estimate has to reach."""

FEWEST_SHARE = sum(share for temporal, _, share in PATTERN if temporal <= 1)
"""Of a layer's bits: at half its frames, 15 a second, it is still preferred to the layer below."""


def oracle(encodings: tuple[Encoding, ...], link_bps: float) -> int:
    """The highest encoding that fits at 15 frames a second; the lowest if none does."""
    overhead = 1 + WIRE_BYTES / PAYLOAD_BYTES
    fits = [
        number
        for number, encoding in enumerate(encodings)
        if encoding.bitrate_bps * FEWEST_SHARE * overhead <= USABLE * link_bps
    ]
    return fits[-1] if fits else 0
