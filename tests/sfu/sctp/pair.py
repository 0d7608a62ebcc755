"""Two associations and a network between them, in simulated time."""

from collections import Counter
from collections.abc import Callable
from random import Random

from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.sctp.association import Association, AssociationEvent, Message
from sfu.sctp.dcep import ChannelKind
from tests.sim.network import LinkModel

MAX_MESSAGE_BYTES = 65_536


class Pair:
    """A client and a server. `now` moves in turns of a millisecond; what each was told is kept."""

    def __init__(self, seed: int = 0) -> None:
        self.now = 100.0
        random = Random(seed)
        self.client = Association("client", MAX_MESSAGE_BYTES, random.getrandbits, self.now)
        self.server = Association("server", MAX_MESSAGE_BYTES, random.getrandbits, self.now)
        self.up, self.down = LinkModel(Random(f"{seed} up")), LinkModel(Random(f"{seed} down"))
        self.faults: Counter[DropReason] = Counter()
        self.told: dict[Association, list[AssociationEvent]] = {self.client: [], self.server: []}
        self.sent: dict[Association, list[bytes]] = {self.client: [], self.server: []}
        self._travelling: list[tuple[float, int, Association, bytes]] = []
        self._count = 0

    def connected(self) -> "Pair":
        """Both ends know of each other."""
        self.run(0.1)
        return self

    def open(self, kind: ChannelKind) -> int:
        """A channel of the client, open at both ends."""
        channel = self.client.open(kind, self.now)
        self.run(0.1)
        return channel

    def give(self, to: Association, packet: bytes) -> None:
        """Let a packet arrive now."""
        try:
            to.receive(packet, self.now)
        except RemoteError as error:
            self.faults[error.reason] += 1
        self.told[to] += to.poll_events()

    def _turn(self) -> None:
        due = sorted(entry for entry in self._travelling if entry[0] <= self.now)
        self._travelling = [entry for entry in self._travelling if entry[0] > self.now]
        for _, _, to, packet in due:
            self.give(to, packet)
        for end, link, other in (
            (self.client, self.up, self.server),
            (self.server, self.down, self.client),
        ):
            if end.next_timeout() <= self.now:
                end.handle_timeout(self.now)
            for packet in end.poll_packets(self.now):
                self.sent[end].append(packet)
                for at in link.schedule(len(packet), self.now):
                    self._count += 1
                    self._travelling.append((at, self._count, other, packet))
            self.told[end] += end.poll_events()

    def run(self, seconds: float, each: Callable[[], None] = lambda: None) -> None:
        """Let time pass; `each` is called before every turn."""
        end = self.now + seconds
        while self.now < end:
            each()
            self._turn()
            self.now += 0.001

    def run_until(
        self, done: Callable[[], bool], seconds: float, each: Callable[[], None] = lambda: None
    ) -> None:
        """Let time pass until `done`; fails after `seconds`."""
        end = self.now + seconds
        while not done():
            assert self.now < end, "not done in time"
            self.run(0.001, each)

    def messages(self, end: Association) -> list[str | bytes]:
        """What came at that end, in order."""
        return [event.data for event in self.told[end] if isinstance(event, Message)]
