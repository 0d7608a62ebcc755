"""A client's connection: what may come in, how it ends, what it negotiates."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from client.capabilities import Capabilities
from client.connection import Connection, ConnectionState
from sfu.certificate import Fingerprint
from sfu.drops import DropReason
from sfu.dtls import make_context
from sfu.errors import RemoteError
from sfu.messages import ClosePeer, PeerClosed, PeerConnected
from sfu.rtcp.fir import Fir
from sfu.rtcp.pli import Pli
from tests.sim import pictures
from tests.sim.meeting import SERVER, WALL, Camera, Meeting, certificate, default_context
from tests.sim.simulation import Datagram


def connection(seed: int = 0, capabilities: Capabilities | None = None) -> Connection:
    return Connection(default_context(), certificate().fingerprint(), Random(seed), WALL, capabilities)


# --- negotiation -------------------------------------------------------------------------------------------


def test_m_lines_keep_their_place_over_offers() -> None:
    client = connection()
    client.add_slots(audio=1, video=2)
    first = client.make_offer()
    client.add_data()
    client.add_track("video", rids=("q", "h"))
    second = client.make_offer()
    mids = [line for line in second.splitlines() if line.startswith("a=mid:")]
    assert mids == ["a=mid:0", "a=mid:1", "a=mid:2", "a=mid:3", "a=mid:4"]
    assert [line for line in first.splitlines() if line.startswith("a=mid:")] == mids[:3]
    assert client.add_data() == "3"
    assert "o=- " in first
    assert first.splitlines()[1].split()[1] == second.splitlines()[1].split()[1]
    assert (first.splitlines()[1].split()[2], second.splitlines()[1].split()[2]) == ("1", "2")


def test_a_restart_changes_credentials_and_nothing_else_does() -> None:
    client = connection()
    client.add_slots(video=1)
    ufrags = [
        next(line for line in sdp.splitlines() if line.startswith("a=ice-ufrag"))
        for sdp in (client.make_offer(), client.make_offer(), client.make_offer(ice_restart=True))
    ]
    assert ufrags[0] == ufrags[1] != ufrags[2]


def test_a_wrong_answer_is_refused_and_changes_nothing() -> None:
    client = connection()
    client.add_slots(video=1)
    client.make_offer()
    with pytest.raises(RemoteError) as refused:
        client.apply_answer("v=0\r\n", 1.0)
    assert refused.value.reason is DropReason.SDP_REFUSED
    assert client.state is ConnectionState.NEW


def test_data_alone_connects() -> None:
    meeting = Meeting()
    ann = meeting.join()
    ann.connection.add_data()
    ann.connect()
    meeting.run(1)
    assert ann.connection.state is ConnectionState.CONNECTED


# --- life --------------------------------------------------------------------------------------------------


def test_states_follow_one_another() -> None:
    meeting = Meeting()
    ann = meeting.join()
    ann.open_slots(video=1)
    states: list[ConnectionState] = []
    ann.connection.on_state = states.append
    ann.connect()
    ann.leave()
    meeting.run(1)
    assert states == [ConnectionState.CONNECTING, ConnectionState.CONNECTED, ConnectionState.CLOSED]
    assert ann.connection.next_timeout() is None


def test_the_servers_goodbye_ends_the_client_and_the_clients_the_peer() -> None:
    meeting = Meeting()
    ann, bob = meeting.join(), meeting.join()
    for member in (ann, bob):
        member.open_slots(video=1)
        member.connect()
    meeting.handle(ClosePeer(ann.peer))
    bob.connection.close()
    meeting.run(1)
    assert ann.connection.state is ConnectionState.CLOSED
    closed = [event for event in meeting.events if isinstance(event, PeerClosed)]
    assert closed == [PeerClosed(bob.peer, "closed")]


def test_another_certificate_than_announced_is_no_connection() -> None:
    meeting = Meeting()
    ann = meeting.join()
    ann.open_slots(video=1)
    ann.connection = Connection(
        default_context(), Fingerprint("sha-256", ":".join(["00"] * 32)), Random(1), WALL, Capabilities()
    )
    ann.connection.add_slots(video=1)
    meeting.simulation.attach(ann.address, ann.connection)
    ann.negotiate()
    ann.connection.add_path(ann.path(), meeting.now)
    meeting.run(5)
    assert PeerConnected(ann.peer) not in meeting.events
    assert meeting.node.drops[DropReason.DTLS_FINGERPRINT] == 1
    assert ann.connection.state is not ConnectionState.CONNECTED


def cm_only() -> SSL.Context:
    found = make_context(certificate())
    found.set_tlsext_use_srtp(b"SRTP_AES128_CM_SHA1_80")
    return found


@pytest.mark.parametrize("older", ["ann", "bob", "both"])
def test_clients_that_know_only_the_older_profile_take_part(older: str) -> None:
    meeting = Meeting(3)
    ann = meeting.join(context=cm_only() if older in ("ann", "both") else None)
    bob = meeting.join(context=cm_only() if older in ("bob", "both") else None)
    camera = ann.publish("camera", first_sequence=65_500)
    (slot,) = bob.open_slots(video=1)
    ann.connect()
    bob.connect()
    meeting.show(bob, slot, camera)
    film = Camera(ann, camera, pictures.vp8()).start()
    meeting.run(0.5)
    meeting.lossy(ann, up=0.05, down=0.05)
    meeting.lossy(bob, up=0.05, down=0.05)
    meeting.run(4)
    film.stop()
    meeting.lossy(ann)
    meeting.lossy(bob)
    meeting.run(1)
    assert slot.missing == 0
    assert slot.counters.repaired > 0
    assert len(bob.packets(slot)) >= 3 * film.frames - 3
    assert meeting.node.drops[DropReason.SRTP_AUTH] == bob.connection.drops[DropReason.SRTP_AUTH] == 0


def test_the_round_trip_is_measured_on_both_sides() -> None:
    meeting = Meeting()
    ann, bob = meeting.join(), meeting.join()
    camera = ann.publish("camera")
    (slot,) = bob.open_slots(video=1)
    ann.connect()
    bob.connect()
    meeting.lossy(ann, delay_ms=40)
    meeting.lossy(bob, delay_ms=25)
    meeting.show(bob, slot, camera)
    Camera(ann, camera, pictures.vp8()).start()
    meeting.run(5)
    assert ann.connection.rtt_s == pytest.approx(0.08, abs=0.005)
    assert meeting.stats(bob).rtt_ms == pytest.approx(50, abs=5)


# --- what comes in -----------------------------------------------------------------------------------------


def test_full_intra_requests_reach_the_stream() -> None:
    meeting = Meeting()
    ann, bob = meeting.join(), meeting.join()
    camera = ann.publish("camera")
    (slot,) = bob.open_slots(video=1)
    ann.connect()
    bob.connect()
    meeting.show(bob, slot, camera)
    film = Camera(ann, camera, pictures.vp8()).start()
    meeting.run(2)
    before = film.stream.keyframes_wanted
    ssrc = slot.ssrc
    assert ssrc is not None
    bob.connection.send_rtcp([Fir(ssrc, ((ssrc, 1),)), Pli(ssrc, ssrc)])
    meeting.run(1)
    assert film.stream.keyframes_wanted == before + 1


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", DropReason.DATAGRAM_EMPTY),
        (b"\x80\x60" + bytes(30), DropReason.SRTP_NOT_READY),
        (b"\x80\xc8" + bytes(30), DropReason.SRTP_NOT_READY),
        (b"\x50" + bytes(30), DropReason.DEMUX_UNKNOWN),
        (b"\x00\x01" + bytes(30), DropReason.STUN_MALFORMED),
        (b"\x16" + bytes(30), DropReason.DTLS_MALFORMED),
    ],
)
def test_before_the_handshake_nothing_is_read(datagram: bytes, reason: DropReason) -> None:
    client = connection()
    path = Meeting().simulation.path(("192.0.2.9", 9), SERVER)
    client.receive(datagram, path, 1.0)
    assert client.drops == {reason: 1}
    assert client.state is ConnectionState.NEW


bytes_of_protocols = st.builds(
    lambda first, rest: bytes((first,)) + rest,
    st.sampled_from((0, 1, 20, 22, 23, 63, 128, 144, 160, 177, 191, 255)),
    st.binary(max_size=200),
)


@given(
    garbage=st.lists(st.tuples(st.sampled_from(("node", "ann", "bob")), bytes_of_protocols)),
    spoilt=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 1500), st.integers(1, 255))),
)
@settings(max_examples=40)
def test_nothing_that_arrives_stops_the_meeting(
    garbage: list[tuple[str, bytes]], spoilt: list[tuple[int, int, int]]
) -> None:
    """Garbage, and real datagrams with a byte changed, from validated addresses."""
    meeting = Meeting()
    ann, bob = meeting.join(), meeting.join()
    camera = ann.publish("camera")
    (slot,) = bob.open_slots(video=1)
    seen: list[Datagram] = []
    meeting.simulation.observe(seen.append)
    ann.connect()
    bob.connect()
    meeting.show(bob, slot, camera)
    Camera(ann, camera, pictures.vp8()).start()
    meeting.run(0.5)
    for number, place, change in spoilt:
        datagram = seen[number % len(seen)]
        data = bytearray(datagram.data)
        data[place % len(data)] ^= change
        meeting.simulation.path(datagram.source, datagram.destination).send([data])
    for target, data in garbage:
        if target == "node":
            ann.path().send([data])
        else:
            address = ann.address if target == "ann" else bob.address
            meeting.simulation.path(SERVER, address).send([data])
    meeting.run(0.5)
    before = slot.counters.packets
    meeting.run(1.5)
    assert slot.counters.packets >= before + 80
    assert slot.missing == 0
    assert not [event for event in meeting.events if isinstance(event, PeerClosed)]
