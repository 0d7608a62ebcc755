"""Messages of all priorities over a slow network: what matters most overtakes, what is old is let go."""

from random import Random

import pytest

from sfu.drops import DropReason, Drops
from sfu.sctp.association import AssociationState, Message
from sfu.sctp.data_channels import DataChannels
from sfu.sctp.dcep import ChannelKind
from sfu.sctp.message_queue import MAX_WAIT_S
from tests.sim.network import LinkModel


class Ends:
    """A client and a server behind a link; what the client hears is kept with the time."""

    def __init__(self, rate_bps: float | None = None) -> None:
        self.now = 10.0
        self.drops = Drops()
        random = Random(1)
        self.client, self.server = (
            DataChannels("client", 65_536, random.getrandbits, self.drops, self.now),
            DataChannels("server", 65_536, random.getrandbits, self.drops, self.now),
        )
        self.down = LinkModel(Random(2), delay_ms=20, rate_bps=rate_bps, queue_ms=300)
        self.up = LinkModel(Random(3), delay_ms=20)
        self.heard: dict[str, float] = {}
        self.slow: list[int] = []
        self._travelling: list[tuple[float, DataChannels, bytes]] = []

    def open(self, label: str) -> int:
        live = label == "live"
        kind = ChannelKind(label, ordered=not live, max_retransmits=0 if live else None)
        channel = self.client.open(kind, self.now)
        self.run(0.3)
        return channel

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            due = [entry for entry in self._travelling if entry[0] <= self.now]
            self._travelling = [entry for entry in self._travelling if entry[0] > self.now]
            for _, to, packet in due:
                to.receive(packet, self.now)
            for end_, link, other in (
                (self.client, self.up, self.server),
                (self.server, self.down, self.client),
            ):
                if end_.next_timeout() <= self.now:
                    end_.handle_timeout(self.now)
                for packet in end_.poll_packets(self.now):
                    self._travelling += [(at, other, packet) for at in link.schedule(len(packet), self.now)]
            for event in self.client.poll_events():
                if isinstance(event, Message) and isinstance(event.data, str):
                    self.heard[event.data[:20].strip("x")] = self.now
            self.server.poll_events()
            self.slow += self.server.poll_slow()
            self.now += 0.001


def test_control_overtakes_a_snapshot_that_is_on_its_way() -> None:
    ends = Ends(rate_bps=1_000_000)
    documents, control = ends.open("documents"), ends.open("control")
    for number in range(16):
        ends.server.send(
            documents, f"snapshot {number} ".encode() + b"x" * 48_000, True, "bulk", "", ends.now
        )
    ends.run(1)
    said = ends.now
    ends.server.send(control, b"revoked", True, "control", "", said)
    ends.run(8)
    assert len(ends.heard) == 17
    assert ends.heard["revoked"] - said < 1.5
    assert ends.heard["snapshot 15 "] - said > 4.0


def test_a_reader_that_is_cut_off_costs_its_own_channels_only_what_waited() -> None:
    ends = Ends()
    chat = ends.open("chat")
    ends.down.cut(ends.now, ends.now + MAX_WAIT_S + 3)
    for number in range(200):
        ends.server.send(chat, f"{number} ".encode() + b"x" * 1000, True, "edits", "", ends.now)
    ends.run(MAX_WAIT_S + 1)
    assert ends.slow == [chat]
    assert ends.drops[DropReason.DATA_AGE] > 100
    ends.server.send(chat, b"snapshot", True, "bulk", "", ends.now)
    ends.run(6)
    numbers = [int(text) for text in ends.heard if text != "snapshot"]
    assert numbers == list(range(len(numbers)))
    assert ends.heard["snapshot"] >= max(ends.heard.values())


def test_live_messages_stay_fresh_on_a_link_too_slow_for_them() -> None:
    ends = Ends(rate_bps=300_000)
    live = ends.open("live")
    said: dict[str, float] = {}
    for number in range(200):
        said[text := f"{number} "] = ends.now
        ends.server.send(live, text.encode() + b"x" * 1000, True, "live", "ann", ends.now)
        ends.run(0.01)
    ends.run(2)
    assert 20 < len(ends.heard) < 150
    assert max(at - said[text] for text, at in ends.heard.items()) < 2.0
    assert max(int(text) for text in ends.heard) > 150, "not the oldest of what was said"
    assert ends.drops[DropReason.DATA_SUPERSEDED] > 50


def test_a_message_longer_than_allowed_is_refused_where_it_is_said() -> None:
    ends = Ends()
    chat = ends.open("chat")
    with pytest.raises(ValueError, match="65537"):
        ends.server.send(chat, bytes(65_537), True, "edits", "", ends.now)


def test_nothing_is_sent_on_what_was_aborted() -> None:
    ends = Ends()
    chat = ends.open("chat")
    ends.server.abort(ends.now)
    ends.server.send(chat, b"late", True, "edits", "", ends.now)
    ends.run(0.5)
    assert ends.heard == {}
    assert ends.client.state is ends.server.state is AssociationState.CLOSED
