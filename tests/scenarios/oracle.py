"""The layer a viewer ought to see, by its link alone."""

from tests.sim.network import IP_UDP_HEADER_BYTES
from tests.sim.simulcast import PATTERN, PAYLOAD_BYTES, Encoding

WIRE_BYTES = IP_UDP_HEADER_BYTES + 12 + 4 + 8 + 16
"""A packet's headers on the wire besides the payload: IP and UDP, RTP, CSRC, extensions, the GCM tag."""

USABLE = 0.85
"""Of the link: as much as the estimate has to reach."""

HALF_THE_FRAMES = sum(share for temporal, _, share in PATTERN if temporal <= 1)
"""Of a layer's bits: at 15 frames a second it is still preferred to the layer below."""


def oracle(encodings: tuple[Encoding, ...], link_bps: float, fewest_share: float = HALF_THE_FRAMES) -> int:
    """The highest encoding of which the fewest frames worth having fit; the lowest if there is none.

    `fewest_share` of its bits, 1.0 without temporal layers.
    """
    overhead = 1 + WIRE_BYTES / PAYLOAD_BYTES
    fits = [
        number
        for number, encoding in enumerate(encodings)
        if encoding.bitrate_bps * fewest_share * overhead <= USABLE * link_bps
    ]
    return fits[-1] if fits else 0
