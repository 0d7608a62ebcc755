"""An association between two ends of ours, over a network that loses and reorders; and against lies."""

import struct
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.drops import DropReason
from sfu.sctp.association import AHEAD_BYTES, WINDOW_BYTES, AssociationState, Closed, Message, Opened
from sfu.sctp.dcep import ChannelKind, write_open
from sfu.sctp.engine import checksum
from sfu.sctp.packet import MAX_PACKET_BYTES, read_packet, write_packets
from tests.sfu.sctp.pair import Pair

CHAT = ChannelKind("chat", "sfumato.v1")
LIVE = ChannelKind("live", "sfumato.v1", ordered=False, max_retransmits=0)

DATA, SACK, INIT, ABORT, RECONFIG, FORWARD_TSN = 0, 3, 1, 6, 130, 192


def chunk(kind: int, value: bytes, flags: int = 0) -> bytes:
    padding = bytes(-len(value) % 4)
    return struct.pack("!BBH", kind, flags, len(value) + 4) + value + padding


def data(tsn: int, stream: int, sequence: int, protocol: int, payload: bytes, flags: int = 3) -> bytes:
    return chunk(DATA, struct.pack("!LHHL", tsn & 0xFFFFFFFF, stream, sequence, protocol) + payload, flags)


class Liar:
    """A client that was honest up to now: it knows the server's tag and which numbers come next."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        tags = [read_packet(packet, checksum) for packet in pair.sent[pair.client]]
        self.tag = tags[-1][0]
        init = next(value for _, chunks in tags for kind, _, value in chunks if kind == INIT)
        self.next_tsn = struct.unpack_from("!L", init, 12)[0]
        for _, chunks in tags:
            for kind, _, value in chunks:
                if kind == DATA:
                    self.next_tsn = struct.unpack_from("!L", value)[0] + 1

    def say(self, *chunks: bytes) -> None:
        (packet,) = write_packets(list(chunks), self.tag, checksum)
        self.pair.give(self.pair.server, packet)


def liar(kind: ChannelKind = CHAT) -> tuple[Pair, Liar]:
    pair = Pair().connected()
    pair.open(kind)
    return pair, Liar(pair)


# --- beginning and end -------------------------------------------------------------------------------------


def test_a_client_opens_and_both_ends_are_told() -> None:
    pair = Pair().connected()
    assert (pair.client.phase, pair.server.phase) == (AssociationState.OPEN, AssociationState.OPEN)
    channel = pair.open(CHAT)
    assert pair.told[pair.server] == [Opened(channel, CHAT)]
    assert pair.told[pair.client] == [Opened(channel, CHAT)]


def test_a_server_never_sends_init() -> None:
    pair = Pair()
    pair.up.loss = 1.0
    pair.run(20)
    assert pair.sent[pair.server] == []
    assert len(pair.sent[pair.client]) > 1


def test_a_repeated_init_has_the_tag_zero_and_still_connects() -> None:
    pair = Pair()
    pair.down.cut(pair.now, pair.now + 3.5)
    pair.run(8)
    inits = [
        read_packet(packet, checksum)
        for packet in pair.sent[pair.client]
        if read_packet(packet, checksum)[1][0][0] == INIT
    ]
    assert len(inits) > 1
    assert {tag for tag, _ in inits} == {0}
    assert pair.client.phase is pair.server.phase is AssociationState.OPEN


def test_channels_of_other_alphabets_keep_their_labels() -> None:
    pair = Pair().connected()
    kind = ChannelKind("Übersicht – 会議", "протокол")
    channel = pair.open(kind)
    assert pair.told[pair.server] == [Opened(channel, kind)]


@pytest.mark.parametrize("closer", ["client", "server"])
def test_a_closed_channel_is_closed_at_both_ends_and_its_number_is_free_again(closer: str) -> None:
    pair = Pair().connected()
    first, second = pair.open(CHAT), pair.open(LIVE)
    (pair.client if closer == "client" else pair.server).close_channel(first, pair.now)
    pair.run(1)
    assert Closed(first) in pair.told[pair.server]
    assert Closed(first) in pair.told[pair.client]
    assert Closed(second) not in pair.told[pair.server]
    assert pair.open(CHAT) == first
    pair.client.send(first, b"again", True, pair.now)
    pair.run(0.1)
    assert pair.messages(pair.server) == ["again"]


def closed_by_client(cut_at: float | None = None) -> Pair:
    """A channel was closed; what the client sends at `cut_at` is lost."""
    pair = Pair().connected()
    channel = pair.open(CHAT)
    pair.server.send(channel, b"old", True, pair.now)
    pair.run(0.1)
    pair.client.close_channel(channel, pair.now)
    if cut_at is not None:
        pair.up.cut(cut_at - 0.0005, cut_at + 0.0005)
    pair.run_until(lambda: pair.told[pair.client][-1] == Closed(channel), 1.0)
    return pair


def test_a_channel_opened_anew_where_the_last_answer_to_its_closing_was_lost_is_open() -> None:
    pair = closed_by_client(closed_by_client().now - 0.001)
    assert pair.told[pair.server] == [Opened(0, CHAT)]
    assert pair.open(CHAT) == 0
    pair.server.send(0, b"new", True, pair.now)
    pair.run(5)
    assert pair.told[pair.server] == [Opened(0, CHAT), Closed(0), Opened(0, CHAT)]
    assert pair.messages(pair.client) == ["old", "new"]
    assert not pair.faults


def test_what_was_handed_over_arrives_before_the_channel_closes() -> None:
    pair = Pair().connected()
    channel = pair.open(CHAT)
    pair.client.send(channel, b"goodbye", True, pair.now)
    pair.client.close_channel(channel, pair.now)
    pair.run(1)
    assert pair.told[pair.server][-2:] == [Message(channel, "goodbye"), Closed(channel)]


def test_an_aborted_association_takes_its_channels_along() -> None:
    pair = Pair().connected()
    channel = pair.open(CHAT)
    pair.server.abort(pair.now)
    pair.run(0.1)
    for end in (pair.client, pair.server):
        assert end.phase is AssociationState.CLOSED
        assert pair.told[end][-1] == Closed(channel)
    assert not pair.server.send(channel, b"late", True, pair.now)


# --- messages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "text", "received"),
    [
        (b"plain", True, "plain"),
        ("Grüße, 会議 😀".encode(), True, "Grüße, 会議 😀"),
        (b"", True, ""),
        (b"\x00\xff", False, b"\x00\xff"),
        (b"", False, b""),
        (b"x" * 65_536, True, "x" * 65_536),
    ],
    ids=["ascii", "unicode", "empty text", "binary", "empty binary", "longest"],
)
@pytest.mark.parametrize("up", [True, False])
def test_a_message_arrives_as_it_was(payload: bytes, text: bool, received: str | bytes, up: bool) -> None:
    pair = Pair().connected()
    channel = pair.open(CHAT)
    sender, receiver = (pair.client, pair.server) if up else (pair.server, pair.client)
    assert sender.send(channel, payload, text, pair.now)
    pair.run(0.5)
    assert pair.messages(receiver) == [received]


@pytest.mark.parametrize("seed", range(4))
def test_a_reliable_channel_is_complete_and_in_order_over_a_bad_network(seed: int) -> None:
    pair = Pair(seed).connected()
    channel = pair.open(CHAT)
    for link in (pair.up, pair.down):
        link.loss, link.delay_ms, link.reorder, link.duplicate = 0.05, 20, 0.1, 0.05
    random = Random(seed)
    texts = [f"{number} " + "x" * random.choice((0, 10, 200, 3000)) for number in range(500)]
    waiting = {pair.client: list(texts), pair.server: list(texts)}

    def feed() -> None:
        for end, left in waiting.items():
            while left and end.has_room:
                end.send(channel, left.pop(0).encode(), True, pair.now)

    pair.run_until(
        lambda: all(len(pair.messages(end)) >= len(texts) for end in (pair.client, pair.server)), 120, feed
    )
    assert pair.messages(pair.server) == texts
    assert pair.messages(pair.client) == texts
    assert set(pair.faults) <= {DropReason.SCTP_WINDOW}


def test_a_live_channel_loses_what_is_lost_and_never_waits() -> None:
    pair = Pair().connected()
    channel = pair.open(LIVE)
    pair.up.loss, pair.up.delay_ms, pair.down.delay_ms = 0.1, 20, 20
    sent = iter(range(300))
    sent_at: dict[str, float] = {}
    arrived_at: dict[str | bytes, float] = {}

    def feed() -> None:
        for data in pair.messages(pair.server)[len(arrived_at) :]:
            arrived_at[data] = pair.now
        if round(pair.now * 1000) % 10 == 0 and (number := next(sent, None)) is not None:
            sent_at[str(number)] = pair.now
            pair.client.send(channel, str(number).encode(), True, pair.now)

    pair.run(5, feed)
    assert 200 < len(arrived_at) < 300
    assert len(set(arrived_at)) == len(pair.messages(pair.server))
    assert all(arrived_at[text] - at < 0.03 for text, at in sent_at.items() if text in arrived_at)


def test_a_lone_lost_message_is_repeated_within_a_third_of_a_second() -> None:
    pair = Pair().connected()
    channel = pair.open(CHAT)
    pair.up.delay_ms = pair.down.delay_ms = 20
    for _ in range(8):  # a round trip is known
        pair.client.send(channel, b"before", True, pair.now)
        pair.run(0.1)
    pair.up.cut(pair.now, pair.now + 0.01)
    pair.client.send(channel, b"lost", True, pair.now)
    start = pair.now
    pair.run_until(lambda: "lost" in pair.messages(pair.server), 5)
    assert pair.now - start < 0.33


def test_after_a_long_outage_it_goes_on_within_two_seconds() -> None:
    pair = Pair().connected()
    channel = pair.open(CHAT)
    pair.up.cut(pair.now, pair.now + 15)
    pair.client.send(channel, b"patient", True, pair.now)
    pair.run(15)
    assert pair.messages(pair.server) == []
    assert len(pair.sent[pair.client]) < 30, "it backed off"
    pair.run_until(lambda: pair.messages(pair.server) == ["patient"], 2.1)


def test_one_acknowledgement_answers_all_packets_of_a_turn() -> None:
    pair = Pair().connected()
    channel = pair.open(CHAT)
    packets: list[bytes] = []
    for _ in range(20):  # nobody answers: the window grows too little for more than a few at once
        pair.client.send(channel, b"x" * 1000, True, pair.now)
        packets += pair.client.poll_packets(pair.now)
    assert len(packets) > 2
    for packet in packets:
        pair.server.receive(packet, pair.now)
    (answer,) = pair.server.poll_packets(pair.now)
    assert [kind for kind, _, _ in read_packet(answer, checksum)[1]] == [SACK]


def test_small_messages_share_packets_and_none_is_too_large() -> None:
    pair = Pair().connected()
    channel = pair.open(CHAT)
    for _ in range(20):
        pair.client.send(channel, b"x" * 100, True, pair.now)
    packets = pair.client.poll_packets(pair.now)
    assert len(packets) <= 3
    assert max(map(len, packets)) <= MAX_PACKET_BYTES


def test_there_is_room_for_so_much_ahead_and_no_more() -> None:
    pair = Pair().connected()
    channel = pair.open(CHAT)
    given = 0
    while pair.client.has_room:
        pair.client.send(channel, b"x" * 1000, True, pair.now)
        given += 1000
    assert AHEAD_BYTES <= given <= AHEAD_BYTES + 1000


# --- lies --------------------------------------------------------------------------------------------------

TEXT = 51
OPEN = write_open(CHAT)


@pytest.mark.parametrize(
    ("chunks", "reason"),
    [
        pytest.param(
            [data(0, 2, 0, 50, OPEN), data(1, 2, 1, 50, OPEN)], DropReason.SCTP_CHANNEL, id="second OPEN"
        ),
        pytest.param(
            [data(0, 2, 0, 50, write_open(ChannelKind("l" * 1000)))], DropReason.SCTP_CHANNEL, id="long label"
        ),
        pytest.param([data(0, 2, 0, 50, OPEN[:-1])], DropReason.SCTP_CHANNEL, id="OPEN that lies"),
        pytest.param([data(0, 2, 0, 50, OPEN[:-1] + b"\xff")], DropReason.SCTP_CHANNEL, id="bad label"),
        pytest.param([data(0, 0, 1, TEXT, b"\xff\xfe")], DropReason.SCTP_TEXT, id="bad UTF-8"),
        pytest.param([chunk(DATA, bytes(12), 3)], DropReason.SCTP_MALFORMED, id="DATA without data"),
        pytest.param([chunk(DATA, bytes(5), 3)], DropReason.SCTP_MALFORMED, id="short DATA"),
        pytest.param([chunk(SACK, bytes(3))], DropReason.SCTP_MALFORMED, id="short SACK"),
        pytest.param([chunk(RECONFIG, b"\0\x0d\0\6\0\0")], DropReason.SCTP_MALFORMED, id="short reset"),
        pytest.param([chunk(RECONFIG, bytes(8))], DropReason.SCTP_MALFORMED, id="parameter of no length"),
        pytest.param([chunk(FORWARD_TSN, b"\x00\x01")], DropReason.SCTP_MALFORMED, id="short FORWARD-TSN"),
    ],
)  # fmt: skip
def test_a_lie_ends_the_association_and_is_counted(chunks: list[bytes], reason: DropReason) -> None:
    pair, client = liar()
    renumbered = []
    for number, entry in enumerate(chunks):
        has_number = entry[0] == DATA and len(entry) > 16
        tsn = struct.pack("!L", (client.next_tsn + number) & 0xFFFFFFFF)
        renumbered.append(entry[:4] + tsn + entry[8:] if has_number else entry)
    client.say(*renumbered)
    assert pair.faults == {reason: 1}
    assert pair.server.phase is AssociationState.CLOSED
    assert isinstance(pair.told[pair.server][-1], Closed)
    pair.run(0.1)
    assert pair.client.phase is AssociationState.CLOSED, "it was told"


@pytest.mark.parametrize(
    ("beyond", "gaps"), [(1, []), (0, [(1, 0xFFFF)] * 250), (0, [(1, 2)])], ids=["number", "gaps", "gap"]
)
def test_a_sack_of_what_was_never_sent_ends_the_association(beyond: int, gaps: list[tuple[int, int]]) -> None:
    pair, client = liar()
    acknowledged = next(
        struct.unpack_from("!L", value)[0]
        for packet in reversed(pair.sent[pair.client])
        for kind, _, value in read_packet(packet, checksum)[1]
        if kind == SACK
    )
    header = struct.pack("!LLHH", (acknowledged + beyond) & 0xFFFFFFFF, 1000, len(gaps), 0)
    client.say(chunk(SACK, header + b"".join(struct.pack("!HH", *gap) for gap in gaps)))
    assert pair.faults == {DropReason.SCTP_MALFORMED: 1}


def test_a_message_longer_than_agreed_closes_its_channel_only() -> None:
    pair = Pair().connected()
    first, second = pair.open(CHAT), pair.open(CHAT)
    pair.client.send(first, b"x" * 70_000, True, pair.now)
    pair.run(1)
    assert pair.faults == {DropReason.DATA_TOO_LARGE: 1}
    assert Closed(first) in pair.told[pair.server]
    pair.client.send(second, b"goes on", True, pair.now)
    pair.run(0.1)
    assert pair.messages(pair.server) == ["goes on"]


def test_a_message_that_never_ends_ends_the_association() -> None:
    pair, client = liar()
    for number in range(2000):
        client.say(data(client.next_tsn + number, 0, 1, TEXT, b"x" * 1000, 2 if number == 0 else 0))
        if pair.server.phase is AssociationState.CLOSED:
            break
    assert DropReason.DATA_TOO_LARGE in pair.faults
    assert number * 1000 < 3 * WINDOW_BYTES


def test_what_is_beyond_the_window_is_as_if_it_was_lost() -> None:
    pair, client = liar()
    pieces = 0
    for number in range(1, 5000):  # the first never comes
        client.say(data(client.next_tsn + number, 0, number + 1, TEXT, b"x"))
        pieces = number
    assert pair.faults[DropReason.SCTP_WINDOW] > 4000
    assert pair.server.phase is AssociationState.OPEN
    (packet,) = pair.server.poll_packets(pair.now)
    assert len(packet) <= MAX_PACKET_BYTES
    client.say(data(client.next_tsn, 0, 1, TEXT, b"first"))
    pair.told[pair.server] += pair.server.poll_events()
    assert pair.messages(pair.server)[0] == "first"
    assert 100 < len(pair.messages(pair.server)) < pieces


def test_fragments_are_charged_as_full_ones() -> None:
    pair, client = liar(LIVE)
    for number in range(1, 1000):  # unordered, so that each might complete a message
        client.say(data(client.next_tsn + number, 0, 0, TEXT, b"x", 6))
    assert pair.faults[DropReason.SCTP_WINDOW] > 800
    assert pair.server.phase is AssociationState.OPEN


def test_the_window_is_whole_again_when_nothing_waits() -> None:
    pair = Pair().connected()
    channel = pair.open(CHAT)
    pair.up.loss, pair.up.delay_ms = 0.2, 20
    for number in range(50):
        pair.client.send(channel, b"x" * (number * 200), True, pair.now)
    pair.run_until(lambda: len(pair.messages(pair.server)) == 50, 60)
    pair.up.loss = 0
    pair.client.send(channel, b"last", True, pair.now)
    pair.run(1)
    sacks = [
        value
        for packet in pair.sent[pair.server]
        for kind, _, value in read_packet(packet, checksum)[1]
        if kind == SACK
    ]
    windows = [struct.unpack_from("!L", value, 4)[0] for value in sacks]
    assert windows[-1] == WINDOW_BYTES
    assert min(windows) < WINDOW_BYTES


def test_an_acknowledgement_of_many_gaps_fits_a_packet() -> None:
    pair, client = liar()
    for number in range(1, 1000):
        client.say(data(client.next_tsn + 2 * number, 0, number + 1, TEXT, b"x"))
    (packet,) = pair.server.poll_packets(pair.now)
    assert len(packet) <= MAX_PACKET_BYTES


def test_a_number_far_ahead_is_as_if_it_was_lost() -> None:
    pair, client = liar()
    for ahead in (1 << 16, (1 << 31) - 2):
        client.say(data(client.next_tsn + ahead, 0, 1, TEXT, b"x"))
    assert pair.faults == {DropReason.SCTP_WINDOW: 2}
    assert pair.server.phase is AssociationState.OPEN


def test_streams_and_channels_are_bounded() -> None:
    pair, client = liar()
    for number in range(200):
        client.say(data(client.next_tsn + number, 2 * number + 2, 0, 50, OPEN))
    assert pair.faults[DropReason.SCTP_CHANNEL] == 1
    assert sum(isinstance(event, Opened) for event in pair.told[pair.server]) == 32
    other, second = liar()
    for number in range(200):
        second.say(data(second.next_tsn + number, 2 * number + 2, 0, TEXT, b"x"))
    assert other.server.phase is AssociationState.CLOSED


def test_an_init_in_the_middle_changes_nothing() -> None:
    pair = Pair().connected()
    channel = pair.open(CHAT)
    pair.give(pair.server, pair.sent[pair.client][0])
    assert pair.faults == {DropReason.SCTP_UNEXPECTED: 1}
    pair.client.send(channel, b"still here", True, pair.now)
    pair.run(0.1)
    assert pair.messages(pair.server) == ["still here"]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_and_harm_nothing(packet: bytes) -> None:
    pair = Pair().connected()
    channel = pair.open(CHAT)
    pair.give(pair.server, packet)
    assert sum(pair.faults.values()) == 1
    pair.client.send(channel, b"still here", True, pair.now)
    pair.run(0.01)
    assert pair.messages(pair.server) == ["still here"]


CHUNKS = st.builds(
    chunk,
    st.sampled_from([*range(16), 130, 192, 64, 255]),
    st.binary(max_size=60),
    st.integers(0, 255),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CHUNKS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_any_chunks_are_taken_or_refused_and_raise_nothing_else(packets: list[list[bytes]]) -> None:
    pair, client = liar()
    for chunks in packets:
        for packet in write_packets(chunks, client.tag, checksum):
            pair.give(pair.server, packet)
    pair.run(0.05)
    assert pair.server.phase in AssociationState


@settings(max_examples=200, deadline=None)
@given(st.lists(CHUNKS, min_size=1, max_size=4), st.booleans())
def test_any_chunks_before_the_handshake_raise_nothing_else(chunks: list[bytes], client: bool) -> None:
    pair = Pair()
    end = pair.client if client else pair.server
    for tag in (0, 1):
        for packet in write_packets(chunks, tag, checksum):
            pair.give(end, packet)
    pair.run(0.05)
    assert end.phase in AssociationState
