"""Whatever strangers and participants send: dropped, counted by reason, and the meeting beside it goes on."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Error

from sfu.drops import DropReason
from sfu.dtls import DtlsTransport, make_context
from sfu.identifiers import Ssrc
from sfu.messages import ApplyOffer, Refused
from sfu.node import MAX_DATAGRAM_BYTES
from sfu.peer import ABUSE_LIMIT, RTCP_PER_S
from sfu.rtcp.remb import Remb
from sfu.rtcp.transport_feedback import TransportFeedback
from sfu.srtp.session import MAX_SSRCS
from sfu.stun import Attribute, StunClass, parse_message, write_message
from tests.sfu.packets import vp8
from tests.sfu.remote import CAMERA, STRANGER, VIDEO_SLOT, Meeting, Remote, Site
from tests.sfu.sdp.offers import captured, offer, slots
from tests.sfu.stage import Wire

FEEDBACK = bytes.fromhex("80c9000101020304")


class Scene:
    """A meeting, a connected participant who will misbehave, and a stranger's address."""

    def __init__(self) -> None:
        self.site = Site()
        self.meeting = Meeting(self.site)
        self.rogue = Remote(self.site, "rogue", CAMERA, VIDEO_SLOT, wire=Wire(("203.0.113.7", 7))).connect()
        self.stranger = Wire(("203.0.113.66", 66))
        self.rogue.wire.take()
        self.site.node.drops.clear()

    def from_stranger(self, datagram: bytes) -> None:
        self.site.node.receive(datagram, self.stranger, self.site.now)
        self.site.node.flush(self.site.now)

    def counts(self, reason: DropReason, count: int = 1) -> None:
        """Exactly this was dropped, nobody was closed, nothing was answered to the stranger."""
        assert self.site.drops == {reason.value: count}
        assert self.stranger.sent == []
        assert self.rogue.closed == []
        self.meeting.goes_on()


@pytest.fixture
def scene() -> Scene:
    return Scene()


# --- datagrams -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("datagram", [b"\x05garbage", b"\x50", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 900])
def test_garbage_from_a_participant_is_dropped(scene: Scene, datagram: bytes) -> None:
    scene.rogue.send(datagram)
    scene.counts(DropReason.DEMUX_UNKNOWN)


@pytest.mark.parametrize(
    "datagram", [b"\x05garbage", b"\x80", b"\xff" * 900, b"\x80\x60" + bytes(200), FEEDBACK]
)
def test_garbage_and_media_from_a_stranger_are_dropped(scene: Scene, datagram: bytes) -> None:
    scene.from_stranger(datagram)
    scene.counts(DropReason.ADDRESS_UNKNOWN)


def test_empty_datagrams_are_dropped(scene: Scene) -> None:
    scene.rogue.send(b"")
    scene.from_stranger(b"")
    scene.counts(DropReason.DATAGRAM_EMPTY, 2)


@pytest.mark.parametrize("first", [0, 22, 100, 128])
@pytest.mark.parametrize("size", [MAX_DATAGRAM_BYTES + 1, 9000, 65_507])
def test_oversized_datagrams_are_dropped(scene: Scene, first: int, size: int) -> None:
    scene.rogue.send(bytes((first, 96)) + bytes(size - 2))
    scene.from_stranger(bytes((first, 96)) + bytes(size - 2))
    scene.counts(DropReason.DATAGRAM_TOO_LARGE, 2)


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        (1, DropReason.RTP_MALFORMED),
        (11, DropReason.RTP_MALFORMED),
        (12, DropReason.SRTP_SHORT),
        (27, DropReason.SRTP_SHORT),
        (28, DropReason.SRTP_AUTH),
        (60, DropReason.SRTP_AUTH),
    ],
)
def test_truncated_media_is_dropped(scene: Scene, size: int, reason: DropReason) -> None:
    scene.rogue.send(scene.rogue.rtp(5)[:size])
    scene.counts(reason)


@pytest.mark.parametrize("size", [2, 8, 20, 27])
def test_truncated_rtcp_is_dropped(scene: Scene, size: int) -> None:
    assert scene.rogue.srtp is not None
    scene.rogue.send(scene.rogue.srtp.send.protect_rtcp(FEEDBACK)[:size])
    scene.counts(DropReason.SRTP_SHORT)


# --- STUN ------------------------------------------------------------------------------------------------


def test_stun_with_a_wrong_message_integrity_is_dropped_and_introduces_nobody(scene: Scene) -> None:
    scene.from_stranger(scene.rogue.check(pwd="not the password at all!"))
    scene.rogue.send(scene.rogue.check(pwd="not the password at all!"))
    scene.counts(DropReason.STUN_INTEGRITY, 2)
    assert not scene.site.node.knows(scene.stranger)


def test_stun_without_message_integrity_is_dropped(scene: Scene) -> None:
    username = parse_message(scene.rogue.check()).username()
    assert username is not None
    bare = write_message(StunClass.REQUEST, bytes(12), ((Attribute.USERNAME, username.encode()),))
    scene.from_stranger(bare)
    scene.counts(DropReason.STUN_INTEGRITY)
    assert not scene.site.node.knows(scene.stranger)


def test_stun_for_nobody_is_dropped(scene: Scene) -> None:
    scene.from_stranger(scene.rogue.check(ufrag="nobody"))
    scene.from_stranger(write_message(StunClass.REQUEST, bytes(12), ()))
    scene.from_stranger(b"\x00\x01")
    scene.counts(DropReason.STUN_USERNAME, 3)


def test_stun_addressed_to_another_peer_is_dropped(scene: Scene) -> None:
    scene.rogue.send(scene.meeting.viewer.check())
    scene.counts(DropReason.STUN_USERNAME)


def test_truncated_stun_is_dropped(scene: Scene) -> None:
    check = scene.rogue.check()
    for size in range(1, len(check)):
        scene.rogue.send(check[:size])
    scene.counts(DropReason.STUN_MALFORMED, len(check) - 1)


def test_stun_changed_on_the_way_is_dropped(scene: Scene) -> None:
    check = bytearray(scene.rogue.check())
    check[-1] ^= 1
    scene.rogue.send(bytes(check))
    scene.counts(DropReason.STUN_FINGERPRINT)


def test_answer_to_a_question_never_asked_is_dropped(scene: Scene) -> None:
    scene.rogue.send(write_message(StunClass.SUCCESS, bytes(12), ()))
    scene.counts(DropReason.STUN_UNEXPECTED)


# --- DTLS ------------------------------------------------------------------------------------------------


def hello() -> bytes:
    dtls = DtlsTransport(make_context(STRANGER), "client", None)
    dtls.start(0.0)
    return dtls.poll_datagrams()[0]


def test_dtls_from_an_unvalidated_address_is_dropped_and_not_answered(scene: Scene) -> None:
    scene.from_stranger(hello())
    scene.counts(DropReason.DTLS_UNVALIDATED)


def test_dtls_with_the_wrong_fingerprint_closes_that_peer_only(scene: Scene) -> None:
    impostor = Remote(scene.site, "impostor", CAMERA, context=make_context(STRANGER))
    impostor.offer()
    impostor.send(impostor.check())
    impostor.handshake()
    assert impostor.closed == ["dtls_failed"]
    assert scene.site.drops["dtls_fingerprint"] == 1
    assert not any(
        peer.connected and not peer.closed for peer in scene.site.node.peers if peer.id == impostor.id
    )
    impostor.send(b"\x80\x60" + bytes(60))
    assert scene.site.drops["address_unknown"] == 1
    scene.meeting.goes_on()


@pytest.mark.parametrize(
    "datagram", [b"\x16\xfe\xfd", b"\x16" + bytes(40), b"\x3f\xfe\xfd" + bytes(10), hello()[:40]]
)
def test_dtls_that_is_none_is_dropped(scene: Scene, datagram: bytes) -> None:
    scene.rogue.send(datagram)
    scene.counts(DropReason.DTLS_MALFORMED)


def test_media_before_dtls_is_through_is_dropped(scene: Scene) -> None:
    early = Remote(scene.site, "early", CAMERA)
    early.offer()
    early.send(early.check())
    early.send(b"\x80\x60" + bytes(60))
    early.send(FEEDBACK + bytes(40))
    assert scene.site.drops == {"srtp_not_ready": 2}
    scene.meeting.goes_on()


# --- SRTP ------------------------------------------------------------------------------------------------


def test_replayed_srtp_is_dropped(scene: Scene) -> None:
    scene.site.assign(scene.meeting.viewer, "1", "tr_rogue_v")
    datagram = scene.rogue.rtp(5, vp8(key=True))
    for _ in range(4):
        scene.rogue.send(datagram)
    assert len(scene.meeting.viewer.media()) == 1
    assert scene.site.drops == {"srtp_replay": 3}


def test_srtp_of_long_ago_is_dropped(scene: Scene) -> None:
    old = scene.rogue.rtp(5)
    for sequence in range(1000, 3000, 500):
        scene.rogue.send(scene.rogue.rtp(sequence))
    scene.rogue.send(old)
    scene.counts(DropReason.SRTP_TOO_OLD)


def test_replayed_srtcp_is_dropped(scene: Scene) -> None:
    assert scene.rogue.srtp is not None
    datagram = scene.rogue.srtp.send.protect_rtcp(FEEDBACK)
    for _ in range(3):
        scene.rogue.send(datagram)
    scene.counts(DropReason.SRTP_REPLAY, 2)


def test_srtp_of_another_participant_is_dropped(scene: Scene) -> None:
    scene.rogue.send(scene.meeting.publisher.rtp(5))
    scene.counts(DropReason.SRTP_AUTH)


def test_ssrcs_without_end_are_dropped_and_close_that_peer_only(scene: Scene) -> None:
    for ssrc in range(MAX_SSRCS + ABUSE_LIMIT + 1):
        assert scene.rogue.closed == []
        scene.rogue.send(scene.rogue.rtp(5, ssrc=50_000 + ssrc, mid=b"none"))
    assert scene.rogue.closed == ["abuse"]
    assert scene.site.drops == {"rtp_unknown_ssrc": MAX_SSRCS, "srtp_too_many_ssrcs": ABUSE_LIMIT + 1}
    scene.meeting.goes_on()


# --- RTP -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "datagram"),
    [
        ("csrcs beyond the end", b"\x8f\x60" + bytes(40)),
        ("extension beyond the end", b"\x90\x60" + bytes(10) + b"\xbe\xde\xff\xff" + bytes(40)),
        ("half an extension header", b"\x90\x60" + bytes(10) + b"\xbe\xde"),
    ],
)
def test_rtp_header_with_a_lying_length_is_dropped(scene: Scene, name: str, datagram: bytes) -> None:
    scene.rogue.send(datagram)
    scene.counts(DropReason.RTP_MALFORMED)


@pytest.mark.parametrize("payload", [b"\x00", b"abc\x05", b"\xff"])
def test_authentic_rtp_with_lying_padding_is_dropped(scene: Scene, payload: bytes) -> None:
    scene.rogue.send(scene.rogue.rtp(5, payload, padded=True))
    scene.counts(DropReason.RTP_MALFORMED)


def test_authentic_rtp_whose_extensions_run_over_their_block_has_none(scene: Scene) -> None:
    scene.site.assign(scene.meeting.viewer, "1", "tr_rogue_v")
    head = b"\x90\xe0\x00\x05" + bytes(4) + (1001).to_bytes(4, "big")
    scene.rogue.send(scene.rogue.seal(head + b"\xbe\xde\x00\x01\x1f\xaa\xbb\xcc" + vp8(key=True)))
    assert len(scene.meeting.viewer.media()) == 1
    assert scene.site.drops == {}


def test_unknown_ssrc_is_dropped(scene: Scene) -> None:
    scene.rogue.send(scene.rogue.rtp(5, ssrc=4711, payload_type=120))
    scene.rogue.send(scene.rogue.rtp(6, ssrc=4711, mid=b"none"))
    scene.counts(DropReason.RTP_UNKNOWN_SSRC, 2)


def test_unknown_payload_type_is_dropped(scene: Scene) -> None:
    scene.rogue.send(scene.rogue.rtp(5, payload_type=120))
    scene.rogue.send(scene.rogue.rtp(6, ssrc=4711, payload_type=120, mid=b"v"))
    scene.counts(DropReason.RTP_UNKNOWN_PAYLOAD_TYPE, 2)


@pytest.mark.parametrize("payload", [b"\x90", b"\x90\xf0\x80", b"\x10\x00\x00\x00no start code"])
def test_payload_that_lies_is_dropped(scene: Scene, payload: bytes) -> None:
    scene.rogue.send(scene.rogue.rtp(5, payload))
    scene.counts(DropReason.RTP_PAYLOAD_MALFORMED)


def test_leap_in_anothers_numbers_leaves_the_viewers_stream_whole(scene: Scene) -> None:
    viewer = scene.meeting.viewer
    scene.site.assign(viewer, "1", "tr_rogue_v")
    scene.rogue.frame(5, key=True)
    (first,) = viewer.media()
    scene.rogue.send(scene.rogue.rtp(30_005, b"\x90"))
    scene.rogue.frame(60_005)
    assert viewer.media() == []
    scene.rogue.frame(60_006, key=True)
    scene.site.assign(viewer, "1", "tr_publisher_v")
    scene.meeting.publisher.frame(99, key=True)
    numbers = [int.from_bytes(packet[2:4], "big") for packet in (first, *viewer.media())]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]


def test_retransmission_of_nothing_is_dropped(scene: Scene) -> None:
    scene.rogue.send(scene.rogue.rtp(5, b"\x00\x07" + vp8(), ssrc=1002, payload_type=97))
    scene.counts(DropReason.RTX_UNKNOWN)


def test_repeated_payloads_that_lie_close_that_peer_only(scene: Scene) -> None:
    for sequence in range(ABUSE_LIMIT + 1):
        assert scene.rogue.closed == []
        scene.rogue.send(scene.rogue.rtp(sequence, b"\x90"))
    assert scene.rogue.closed == ["abuse"]
    scene.meeting.goes_on()


# --- RTCP ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "compound"),
    [
        ("length beyond the end", "80c9ffff01020304"),
        ("version 1", "40c9000101020304" + "80c9000101020304"),
        ("blocks that are not there", "9fc9000101020304"),
        ("NACK of nothing", "81cd00020102030401020304"),
        ("FIR of half an entry", "84ce00030102030400000000deadbeef"),
        ("padding beyond the packet", "a0c90001010203ff"),
        ("transport feedback without a body", "8fcd00020102030401020304"),
        ("noise behind a report", "80c9000101020304" + "ffff"),
    ],
)
def test_nonsense_rtcp_is_dropped_whole(scene: Scene, name: str, compound: str) -> None:
    data = bytearray(bytes.fromhex(compound))
    data[0] |= 0x80  # else it is no RTCP on the wire; the version of the second packet is what counts
    scene.rogue.rtcp(bytes(data) if name != "version 1" else FEEDBACK + bytes.fromhex("40c9000101020304"))
    scene.counts(DropReason.RTCP_MALFORMED)


def test_rtcp_of_a_kind_we_do_not_know_is_counted(scene: Scene) -> None:
    scene.rogue.rtcp(FEEDBACK + bytes.fromhex("80cc0002" + "01020304" + "61626364"))
    scene.counts(DropReason.RTCP_UNKNOWN)


def _feedback(base: int, *arrivals: int | None, reference: int = 0) -> bytes:
    message = TransportFeedback(Ssrc(1), Ssrc(2), base & 0xFFFF, 0, reference, arrivals)
    return FEEDBACK + message.to_bytes()


@pytest.mark.parametrize("base", [0, 1, 4000, 40_000, 65_535])
def test_feedback_on_packets_never_sent_is_counted(scene: Scene, base: int) -> None:
    scene.rogue.rtcp(_feedback(base, 0, None, 5))
    scene.counts(DropReason.FEEDBACK_UNUSABLE)


def test_feedback_that_lies_moves_nobody_elses_estimate() -> None:
    """Bases that jump, clocks that run backwards, packets reported again and again."""
    site = Site()
    meeting = Meeting(site)
    for turn in range(200):
        meeting.goes_on()
        back = -15_000 if turn % 2 else 15_000
        for base in (turn, turn - 1, turn * 77, 0):
            meeting.viewer.rtcp(_feedback(base, 0, back, back * -1, None, reference=turn * 99_991 % 0x7FFFFF))
    assert set(site.drops) == {DropReason.FEEDBACK_UNUSABLE.value}
    estimates = {peer.id: peer.outbound.downlink.estimate.estimator.estimate_bps for peer in site.node.peers}
    assert all(30_000 <= estimate <= 100_000_000 for estimate in estimates.values())
    meeting.goes_on()


@pytest.mark.parametrize("bitrate_bps", [0, 10**18])
def test_absurd_remb_harms_nobody(scene: Scene, bitrate_bps: int) -> None:
    scene.rogue.rtcp(FEEDBACK + Remb(Ssrc(1), bitrate_bps, (Ssrc(2),)).to_bytes())
    assert scene.site.drops == {}
    scene.meeting.goes_on()


def test_ten_thousand_reports_a_second_are_cut_and_end_that_connection(scene: Scene) -> None:
    for _ in range(RTCP_PER_S + ABUSE_LIMIT):
        scene.rogue.rtcp(FEEDBACK)
    scene.counts(DropReason.RTCP_FLOOD, ABUSE_LIMIT)
    scene.rogue.rtcp(FEEDBACK)
    assert scene.rogue.closed == ["abuse"]
    scene.meeting.goes_on()


def _of_many_statuses(count: int) -> bytes:
    """A feedback that says in 24 bytes of so many packets that they were lost."""
    return bytes.fromhex(f"8fcd00050000000100000002ffff{count:04x}00000000{count:04x}0000")


def test_feedback_on_thousands_of_packets_in_few_bytes_costs_as_many_reports(scene: Scene) -> None:
    for _ in range(100):
        scene.rogue.rtcp(FEEDBACK + _of_many_statuses(4000) * 2)
    assert scene.site.drops == {"feedback_unusable": 62, "rtcp_flood": 69}
    scene.meeting.goes_on()


def test_feedback_on_more_packets_than_anybody_sent_is_dropped_whole(scene: Scene) -> None:
    scene.rogue.rtcp(FEEDBACK + _of_many_statuses(4000) * 40)
    scene.counts(DropReason.RTCP_MALFORMED)


def test_losses_by_the_thousand_in_few_bytes_cost_as_many_reports(scene: Scene) -> None:
    losses = bytes.fromhex("81cd000c" + "0000000100000002") + bytes.fromhex("0001ffff") * 10
    for _ in range(100):
        scene.rogue.rtcp(FEEDBACK + losses * 16)
    assert scene.site.drops == {"rtcp_flood": 94}
    scene.meeting.goes_on()


def test_as_many_reports_as_loss_can_cause_are_read(scene: Scene) -> None:
    for second in range(3):
        scene.site.now = 200.0 + second
        for _ in range(RTCP_PER_S):
            scene.rogue.rtcp(FEEDBACK)
    assert scene.site.drops == {}


def test_rtcp_about_streams_of_others_changes_nothing(scene: Scene) -> None:
    viewer = scene.meeting.viewer
    ssrc = bytes.fromhex(f"{_ssrc_of(viewer.answer.sdp):08x}")
    scene.rogue.rtcp(FEEDBACK + b"\x81\xcd\x00\x03" + bytes(4) + ssrc + b"\x00\x01\xff\xff")
    scene.rogue.rtcp(FEEDBACK + b"\x81\xce\x00\x02" + bytes(4) + ssrc)
    assert viewer.media() == []
    assert scene.site.drops == {}
    scene.meeting.goes_on()


def _ssrc_of(sdp: str) -> int:
    return int(sdp.split("a=ssrc:")[1].split(maxsplit=1)[0])


def test_nonsense_rtcp_without_end_closes_that_peer_only(scene: Scene) -> None:
    for _ in range(ABUSE_LIMIT + 1):
        assert scene.rogue.closed == []
        scene.rogue.rtcp(bytes.fromhex("80c9ffff01020304"))
    assert scene.rogue.closed == ["abuse"]
    assert scene.site.drops == {"rtcp_malformed": ABUSE_LIMIT + 1}
    scene.rogue.send(scene.rogue.rtp(5))
    assert scene.site.drops["address_unknown"] == 1
    scene.meeting.goes_on()


# --- SDP -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sdp", "code"),
    [
        ("not SDP at all", "hello", "bad_message"),
        ("empty", "", "bad_message"),
        ("without BUNDLE", offer(*slots(2), bundle=()), "bad_message"),
        ("500 m-lines", offer(*slots(250)), "too_large"),
        ("a megabyte", captured("chromium_meeting") + "a=x\r\n" * 300_000, "too_large"),
    ],
)
def test_offer_that_cannot_be_answered_is_refused_and_changes_nothing(
    scene: Scene, name: str, sdp: str, code: str
) -> None:
    node, rogue = scene.site.node, scene.rogue
    scene.site.assign(scene.meeting.viewer, "1", "tr_rogue_v")
    node.handle(ApplyOffer(rogue.id, 99, sdp, ()), scene.site.now)
    refused = scene.site.events[-1]
    assert isinstance(refused, Refused)
    assert (refused.peer, refused.request, refused.code) == (rogue.id, 99, code)
    assert scene.site.drops == {"sdp_refused": 1}
    rogue.frame(5, key=True)
    assert len(scene.meeting.viewer.media()) == 1


# --- anything --------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1, 20, 22, 23, 63, 64, 128, 144, 191, 255]), st.binary(max_size=120))
    )
)
@settings(max_examples=25, deadline=None)
def test_any_datagrams_from_anybody_leave_the_meeting_alone(datagrams: list[tuple[int, bytes]]) -> None:
    scene = Scene()
    before = sum(scene.site.node.drops.values())
    for first, rest in datagrams:
        scene.rogue.send(bytes((first,)) + rest)
        scene.from_stranger(bytes((first,)) + rest)
    assert sum(scene.site.node.drops.values()) == before + 2 * len(datagrams)
    scene.meeting.goes_on()


@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=12, max_size=120)), max_size=20))
@settings(max_examples=25, deadline=None)
def test_any_authentic_content_leaves_the_meeting_alone(contents: list[tuple[bool, bytes]]) -> None:
    scene = Scene()
    send = rtp_sender(scene.rogue)
    for is_rtp, content in contents:
        if is_rtp:
            send(content)
        else:
            scene.rogue.rtcp(b"\x80\xc9" + content[: len(content) // 4 * 4])
    scene.site.run(0.05)
    scene.meeting.viewer.wire.take()
    scene.meeting.goes_on()


def rtp_sender(rogue: Remote) -> Callable[[bytes], None]:
    """Sends noise as authentic RTP; what libsrtp itself would not seal is left out."""

    def send(content: bytes) -> None:
        head = bytes((0x80 | content[0] & 0x3F, content[1] % 128 if content[1] < 192 else 96)) + content[2:8]
        try:
            datagram = rogue.seal(head + (1001).to_bytes(4, "big") + content[8:])
        except Error:
            return
        rogue.send(datagram)

    return send
