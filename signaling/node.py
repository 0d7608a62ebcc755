"""What a room needs of the node it lives on."""

from dataclasses import dataclass, field
from random import Random

from config.settings import Settings
from datachannels.tracks import Tracks
from sfu.clock import WallClock
from signaling.audit import Audit
from signaling.bans import Bans
from signaling.channels import DataChannels
from signaling.directory import Directory
from signaling.outputs import Outputs
from signaling.records import NoRecords, Records
from signaling.shared_topics import SharedTopics
from signaling.told import NobodyTold, Told


@dataclass(slots=True)
class SignalingNode:
    """Shared by the rooms of a node.

    `clock` is replaced when the time of day was set; `random` is the system's, unpredictable, outside tests.
    `name` tells nodes that share a database apart.
    """

    settings: Settings
    clock: WallClock
    random: Random
    outputs: Outputs
    directory: Directory
    audit: Audit
    bans: Bans = field(default_factory=Bans)
    records: Records = field(default_factory=NoRecords)
    topics: SharedTopics = field(default_factory=SharedTopics)
    tracks: Tracks = field(default_factory=Tracks)
    told: Told = field(default_factory=NobodyTold)
    name: str = ""
    next_request: int = 0
    channels: DataChannels = field(init=False)

    def __post_init__(self) -> None:
        self.channels = DataChannels(self.outputs, self.settings.limits.data_message_bytes)

    def unix_ms(self, now: float) -> int:
        """UTC milliseconds since 1970, the time of the protocol."""
        return int(self.clock.unix(now) * 1000)

    def new_request(self) -> int:
        """A number for a command that is answered."""
        self.next_request += 1
        return self.next_request
