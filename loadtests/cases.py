"""What `make bench` runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from loadtests.canned import CannedVideo
from loadtests.light_client import Part
from loadtests.light_publisher import Pace
from sfu.dtls import SrtpProfile

BURST = Pace()
SPACED = Pace(spacing_s=0.0009, equal=False)
"""As a real uplink delivers a frame: 0.9 ms between packets, their sizes unequal by a byte."""

NO_HOLD = {"SFUMATO_MEDIA__FLUSH_MS": "0"}
"""Every packet leaves at the end of the loop turn that read it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One meeting: `publishers` send and receive one another, `subscribers` only receive.

    `profiles` are what the clients offer, `environment` the node's settings. `feedback`: those who receive
    tell of their bandwidth, so that the node estimates, paces and allocates.
    """

    name: str
    publishers: int
    subscribers: int
    bitrate_bps: int
    width: int
    height: int
    pace: Pace = BURST
    profiles: tuple[SrtpProfile, ...] = tuple(SrtpProfile)
    environment: Mapping[str, str] = field(default_factory=dict)
    feedback: bool = False

    def parts(self) -> list[Part]:
        """Everybody, publishers first; three of those who receive are probes."""
        others = self.publishers - 1
        receiving = self.subscribers or self.publishers
        probes = {0, receiving // 2, receiving - 1}
        publishers = [
            Part(
                f"publisher-{number}",
                CannedVideo("VP8", 1, width=self.width, height=self.height, bitrate_bps=self.bitrate_bps),
                self.pace,
                others,
                others,
                probe=not self.subscribers and number in probes,
                feedback=self.feedback,
            )
            for number in range(self.publishers)
        ]
        subscribers = [
            Part(
                f"subscriber-{number}",
                audio_slots=self.publishers,
                video_slots=self.publishers,
                probe=number in probes,
                feedback=self.feedback,
            )
            for number in range(self.subscribers)
        ]
        return publishers + subscribers

    @property
    def streams(self) -> int:
        """Slots that must carry something."""
        return 2 * self.publishers * (self.publishers - 1 + self.subscribers)


_ONE_TO_FIFTY = Case("1x50", publishers=1, subscribers=50, bitrate_bps=1_500_000, width=1280, height=720)
_PLAIN = (
    _ONE_TO_FIFTY,
    replace(_ONE_TO_FIFTY, name="1x50-paced", pace=SPACED),
    Case("10x10", publishers=10, subscribers=0, bitrate_bps=500_000, width=640, height=360),
)

CASES = {
    case.name: case
    for case in (
        *_PLAIN,
        *(replace(case, name=f"{case.name}-feedback", feedback=True) for case in _PLAIN),
        replace(_ONE_TO_FIFTY, name="1x50-cm", profiles=(SrtpProfile.AES128_CM_HMAC_SHA1_80,)),
        replace(_ONE_TO_FIFTY, name="1x50-no-hold", environment=NO_HOLD),
        replace(_ONE_TO_FIFTY, name="1x50-paced-no-hold", pace=SPACED, environment=NO_HOLD),
    )
}
