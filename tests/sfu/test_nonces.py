"""No (SSRC, index) is protected twice with different bytes: AES-GCM would give the key away (RFC 7714 §8.4).

Looked at on the wire, in both directions, over whatever may happen in a meeting. That the index meant is the
one counted here shows in that everything authenticates.
"""

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from client.capabilities import Capabilities
from quality.ladder import Step
from sfu.drops import DropReason
from sfu.rtcp.nack import Nack
from sfu.sequence import timestamp_delta, unwrap
from tests.sim import pictures
from tests.sim.meeting import SERVER, Camera, Meeting, Member
from tests.sim.simulation import Datagram

_RTCP_TYPES = range(192, 224)


class Watch:
    """Everything sealed so far: (who sealed it, SSRC, index) → the datagram.

    `repeated` counts datagrams that went out again byte for byte.
    """

    def __init__(self) -> None:
        self.repeated = 0
        self.clashes: list[tuple[object, ...]] = []
        self._sealed: dict[tuple[object, ...], bytes] = {}
        self._highest: dict[tuple[object, ...], int] = {}
        self._names: dict[tuple[str, int], object] = {}

    def name(self, member: Member) -> None:
        """The member's packets come from, and go to, this address too."""
        self._names[member.address] = member.peer

    def __call__(self, datagram: Datagram) -> None:
        """See one datagram."""
        data = datagram.data
        if not data or data[0] >> 6 != 2:
            return
        towards = datagram.source == SERVER
        peer = self._names[datagram.destination if towards else datagram.source]
        if data[1] in _RTCP_TYPES:
            # RFC 7714 §9.1: E flag and 31-bit SRTCP index at the end.
            index = int.from_bytes(data[-4:], "big") & 0x7FFFFFFF
            self._note((peer, towards, "rtcp", data[4:8], index), data)
            return
        stream = (peer, towards, data[8:12])
        sequence = int.from_bytes(data[2:4], "big")
        highest = self._highest.get(stream)
        index = sequence if highest is None else unwrap(sequence, highest)
        self._highest[stream] = index if highest is None else max(index, highest)
        self._note((*stream, index), data)

    def _note(self, key: tuple[object, ...], data: bytes) -> None:
        before = self._sealed.get(key)
        self._sealed[key] = data
        if before is not None:
            self.repeated += 1
            if before != data:
                self.clashes.append(key)


class Life:
    """Two publishers with two cameras, one subscriber with two slots, and what can happen to them."""

    def __init__(self, seed: int, receiver: Capabilities) -> None:
        self.meeting = Meeting(seed)
        self.watch = Watch()
        self.meeting.simulation.observe(self.watch)
        self.bob = self.meeting.join(receiver)
        self.slots = self.bob.open_slots(video=2)
        self.watch.name(self.bob)
        self.bob.connect()
        self.cameras: list[Camera] = []
        self.tracks = []
        self.members = []
        for mark in range(2):
            ann = self.meeting.join(receiver if mark else None)
            # Just below the wrap, which comes in the first moments.
            track = ann.publish("camera", first_sequence=65_535 - 40 * mark)
            self.watch.name(ann)
            ann.connect()
            self.tracks.append(track)
            self.members.append(ann)
            self.cameras.append(
                Camera(ann, track, pictures.vp8(mark, packets=4, size=60, layered=True)).start()
            )
        self.addresses = 0
        # RFC 3711 §3.3.1: whoever misses the start and the wrap cannot know of the wrap.
        self.meeting.run(0.5)
        # What comes late, from before a switch, is where numbers are easily given twice.
        self.spoil(1, 0.1, 0.1, 0.05)
        self.spoil(2, 0.1, 0.1, 0.05)
        for turn in range(6):
            self.show(turn % 2, turn // 2 % 2)
            self.meeting.run(0.15)

    def show(self, slot: int, track: int) -> None:
        """Another source, or none."""
        shown = None if track == 2 else self.tracks[track]
        self.meeting.show(self.bob, self.slots[slot], shown)

    def hide(self, slot: int, track: int) -> None:
        """Pause a slot."""
        self.meeting.hide(self.bob, self.slots[slot], self.tracks[track % 2])

    def limit(self, slot: int, temporal: int) -> None:
        """Leave out frames above a temporal layer; 3: nothing goes out."""
        peer = next(peer for peer in self.meeting.node.peers if peer.id == self.bob.peer)
        step = None if temporal == 3 else Step(0, -1, temporal, 1e5, 0, 0, 0.0)
        peer.outbound.slots[self.slots[slot].mid].allot(step, "bandwidth", 1e5, self.meeting.now)

    def mute(self, track: int, muted: bool) -> None:
        """Mute or unmute."""
        self.meeting.mute(self.tracks[track], muted)

    def spoil(self, who: int, loss: float, reorder: float, duplicate: float) -> None:
        """Change a link."""
        member = [self.bob, *self.members][who]
        for link in self.meeting.simulation.links(member.address, SERVER):
            link.delay_ms, link.loss, link.reorder, link.duplicate = 15, loss, reorder, duplicate

    def nack(self, slot: int, offsets: list[int]) -> None:
        """Ask for packets, also such as never were, and again and again."""
        ssrc = self.slots[slot].ssrc
        assert ssrc is not None
        newest = max(self.slots[slot].statistics.highest, 0)
        lost = tuple(newest - offset & 0xFFFF for offset in offsets)
        self.bob.connection.send_rtcp([Nack(ssrc, ssrc, lost)])

    def restart(self, who: int) -> None:
        """ICE restart."""
        [self.bob, *self.members][who].negotiate(ice_restart=True)

    def move(self) -> None:
        """Go on from another address."""
        self.addresses += 1
        self.bob.move((f"198.51.100.{self.addresses}", 5000))
        self.watch.name(self.bob)

    def park(self, slot: int, parked: bool) -> None:
        """Renegotiate with a slot inactive, or active again."""
        self.slots[slot].parked = parked
        self.bob.negotiate()

    def again(self, track: int) -> None:
        """The publisher ends its track and publishes it again: its streams go on, the layer is a new one."""
        member, sent = self.members[track], self.tracks[track].track
        sent.ended = True
        member.negotiate()
        sent.ended = False
        member.negotiate()

    def pad(self, track: int, count: int) -> None:
        """Send probes on the media SSRC."""
        for size in range(1, count + 1):
            self.cameras[track].stream.send_padding(size, self.meeting.now)

    def leap(self, track: int, packets: int) -> None:
        """The publisher loses many packets for good: numbers leap."""
        for _ in range(packets):
            self.cameras[track].stream.skip()

    def film(self, track: int, running: bool) -> None:
        """Start or stop a camera."""
        camera = self.cameras[track]
        if running and not camera.running:
            camera.start()
        elif not running:
            camera.stop()


two = st.integers(0, 1)
three = st.integers(0, 2)
shares = st.sampled_from((0.0, 0.02, 0.1, 0.3))
happenings: st.SearchStrategy[tuple[Callable[..., None], tuple[object, ...]]] = st.one_of(
    st.tuples(st.just(Life.show), st.tuples(two, three)),
    st.tuples(st.just(Life.show), st.tuples(two, two)),
    st.tuples(st.just(Life.hide), st.tuples(two, two)),
    st.tuples(st.just(Life.limit), st.tuples(two, st.integers(0, 3))),
    st.tuples(st.just(Life.limit), st.tuples(two, st.integers(0, 2))),
    st.tuples(st.just(Life.mute), st.tuples(two, st.booleans())),
    st.tuples(st.just(Life.spoil), st.tuples(three, shares, shares, shares)),
    st.tuples(st.just(Life.nack), st.tuples(two, st.lists(st.integers(-5, 600), min_size=1, max_size=20))),
    st.tuples(st.just(Life.restart), st.tuples(three)),
    st.tuples(st.just(Life.move), st.just(())),
    st.tuples(st.just(Life.park), st.tuples(two, st.booleans())),
    st.tuples(st.just(Life.again), st.tuples(two)),
    st.tuples(st.just(Life.pad), st.tuples(two, st.integers(1, 20))),
    st.tuples(st.just(Life.leap), st.tuples(two, st.sampled_from((1, 3, 100, 700)))),
    st.tuples(st.just(Life.film), st.tuples(two, st.booleans())),
)
steps = st.lists(st.tuples(happenings, st.sampled_from((0.0, 0.04, 0.2, 0.7))), min_size=3, max_size=25)


@given(seed=st.integers(0, 1 << 16), steps=steps, rtx=st.booleans())
@settings(max_examples=40)
def test_no_index_is_sealed_twice_with_different_bytes(
    seed: int, steps: list[tuple[tuple[Callable[..., None], tuple[object, ...]], float]], rtx: bool
) -> None:
    life = Life(seed, Capabilities(rtx=rtx))
    meeting = life.meeting
    for (happens, arguments), seconds in steps:
        happens(life, *arguments)
        meeting.run(seconds)
    meeting.run(0.5)
    assert life.watch.clashes == []
    assert not (rtx and life.watch.repeated)
    parties = [meeting.node.drops, *(member.connection.drops for member in (life.bob, *life.members))]
    assert [drops[DropReason.SRTP_AUTH] for drops in parties] == [0, 0, 0, 0]
    for slot in life.slots:
        times = [packet.timestamp for packet in life.bob.packets(slot)]
        assert all(timestamp_delta(after, before) >= 0 for before, after in pairwise(times))


def test_a_clash_would_be_seen() -> None:
    meeting = Meeting()
    member = meeting.join()
    watch = Watch()
    watch.name(member)
    packet = bytes.fromhex("806000050000000000000001") + bytes(20)
    for data in (packet, packet, packet[:-1] + b"\x01"):
        watch(Datagram(member.address, SERVER, data, 0.0))
    assert watch.repeated == 2
    assert len(watch.clashes) == 1
