"""Which layer a packet belongs to, what becomes of it, and what the publisher is told."""

from collections.abc import Callable, Sequence
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.flush import FlushSchedule
from sfu.identifiers import Ssrc, TrackId
from sfu.inbound import Inbound
from sfu.layer import Layer
from sfu.publication import Publication
from sfu.rtcp.nack import Nack
from sfu.rtcp.pli import Pli
from sfu.rtcp.receiver_report import ReceiverReport
from sfu.rtcp.remb import Remb
from sfu.rtcp.sender_report import SenderReport
from sfu.rtcp.transport_feedback import TransportFeedback
from sfu.rtp.extensions import write_elements
from sfu.rtp.packet import RtpPacket, header_length, read_fixed_header
from sfu.sdp.extensions import ExtensionIds
from sfu.sdp.sections import PublishSection
from tests.sfu.packets import vp8
from tests.sfu.sdp.offers import IDS, Line, offer, simulcast
from tests.sfu.sdp.parties import Server

CAMERA = Line(
    "video", "v", "sendonly", extra=("ssrc:1001 cname:c", "ssrc:1002 cname:c", "ssrc-group:FID 1001 1002")
)
MICROPHONE = Line("audio", "a", "sendonly", extensions=("mid", "transport_cc", "audio_level"))


class Sink:
    """What reaches the readers of a track."""

    def __init__(self) -> None:
        self.packets: list[RtpPacket] = []

    def forward(self, layer: Layer, batch: list[RtpPacket], now: float) -> None:
        del layer, now
        self.packets.extend(batch)

    def restart(self, layer: Layer) -> None:
        """Numbering begins anew: nothing to do."""


class Publisher:
    """The publishing half of a peer, given plain packets."""

    def __init__(self, *lines: Line) -> None:
        self.schedule = FlushSchedule()
        self.woken: list[float] = []
        self.inbound = Inbound(Ssrc(42), self._create, self.woken.append)
        self.server = Server()
        self.sinks: dict[tuple[str, str], Sink] = {}
        self.offer(*lines)

    def offer(self, *lines: Line) -> tuple[list[Publication], list[Publication]]:
        negotiated = self.server.negotiate(offer(*lines))
        changed = self.inbound.apply(negotiated.publishes, negotiated.extensions)
        for publication in changed[0]:
            for layer in publication.layers:
                sink = self.sinks[publication.track, layer.rid] = Sink()
                layer.sinks.append(sink)
        return changed

    def _create(self, section: PublishSection) -> Publication:
        return Publication(
            section.track, section.csrc, section.source, section.kind, section.codec, section.rids,
            self.schedule, lambda publication, now: None, self.woken.append,
        )  # fmt: skip

    def send(
        self,
        sequence: int,
        payload: bytes | None = None,
        *,
        ssrc: int = 1001,
        payload_type: int = 96,
        padded: bool = False,
        marker: bool = True,
        now: float = 1.0,
        **elements: bytes,
    ) -> None:
        """One packet; `elements` are header extensions by name."""
        body = vp8() if payload is None else payload
        block = write_elements([(IDS[name], value) for name, value in elements.items()]) if elements else b""
        first = 0x80 | (0x10 if block else 0) | (0x20 if padded else 0)
        head = bytes((first, marker << 7 | payload_type)) + (sequence & 0xFFFF).to_bytes(2, "big")
        packet = head + (3000 * sequence).to_bytes(4, "big") + ssrc.to_bytes(4, "big") + block + body
        self.take(packet, sequence, now)

    def take(self, packet: bytes, index: int, now: float) -> None:
        size = header_length(packet)
        _, second, _, timestamp, ssrc = read_fixed_header(packet)
        marker = second > 0x7F
        self.inbound.receive(packet, size, second & 0x7F, marker, timestamp, ssrc, index, packet[size:], now)
        self.schedule.flush(now)

    def got(self, track: str = "tr_v", rid: str = "") -> list[RtpPacket]:
        return self.sinks[track, rid].packets

    def indices(self, track: str = "tr_v", rid: str = "") -> list[int]:
        return [packet.index for packet in self.got(track, rid)]


def refusal(act: Callable[[], object]) -> DropReason:
    with pytest.raises(RemoteError) as refused:
        act()
    return refused.value.reason


# --- whose packet it is ----------------------------------------------------------------------------------


def test_announced_ssrc_names_its_track() -> None:
    publisher = Publisher(CAMERA)
    publisher.send(5)
    assert publisher.indices() == [5]


def test_mid_and_rid_name_the_layer_and_their_ssrc_is_remembered() -> None:
    publisher = Publisher(simulcast("q", "h", "f"))
    for ssrc, rid in ((1, b"q"), (2, b"h"), (3, b"f")):
        publisher.send(5, ssrc=ssrc, mid=b"v", rid=rid)
        publisher.send(6, ssrc=ssrc)
    assert [publisher.indices(rid=rid) for rid in ("q", "h", "f")] == [[5, 6]] * 3


def test_repaired_rid_names_the_layer_a_retransmission_repairs() -> None:
    publisher = Publisher(simulcast("q", "f"))
    publisher.send(5, ssrc=1, mid=b"v", rid=b"f")
    publisher.send(7, ssrc=1)
    publisher.send(900, b"\x00\x06" + vp8(), ssrc=2, payload_type=97, mid=b"v", repaired_rid=b"f")
    assert publisher.indices(rid="f") == [5, 7, 6]


def test_payload_type_of_one_m_line_alone_names_it() -> None:
    publisher = Publisher(Line("video", "v", "sendonly"), MICROPHONE)
    publisher.send(5, ssrc=77)
    publisher.send(9, b"opus", ssrc=78, payload_type=111)
    assert publisher.indices() == [5]
    assert publisher.indices("tr_a") == [9]


def test_payload_type_of_two_m_lines_names_none() -> None:
    publisher = Publisher(Line("video", "v", "sendonly"), Line("video", "w", "sendonly"))
    assert refusal(lambda: publisher.send(5, ssrc=77)) is DropReason.RTP_UNKNOWN_SSRC
    publisher.send(5, ssrc=77, mid=b"w")
    assert publisher.indices("tr_w") == [5]


@pytest.mark.parametrize(
    ("elements", "payload_type", "reason"),
    [
        ({"mid": b"x"}, 96, DropReason.RTP_UNKNOWN_SSRC),
        ({"mid": b"v", "rid": b"x"}, 96, DropReason.RTP_UNKNOWN_SSRC),
        ({"mid": b"v"}, 96, DropReason.RTP_UNKNOWN_SSRC),
        ({"mid": b"v", "rid": b"\xff\xfe"}, 96, DropReason.RTP_UNKNOWN_SSRC),
        ({"mid": b"\xff", "rid": b"q"}, 96, DropReason.RTP_UNKNOWN_SSRC),
        ({"mid": b"v", "rid": b"q"}, 97, DropReason.RTP_UNKNOWN_SSRC),  # a repair has a repaired-rid
        ({"mid": b"v", "rid": b"q"}, 120, DropReason.RTP_UNKNOWN_PAYLOAD_TYPE),
        ({}, 120, DropReason.RTP_UNKNOWN_SSRC),
    ],
)
def test_packet_that_cannot_be_placed_is_dropped_and_binds_nothing(
    elements: dict[str, bytes], payload_type: int, reason: DropReason
) -> None:
    publisher = Publisher(simulcast("q", "f"))
    publisher.send(5, ssrc=1, mid=b"v", rid=b"q")
    assert refusal(lambda: publisher.send(5, ssrc=9, payload_type=payload_type, **elements)) is reason
    publisher.send(6, ssrc=1)
    assert publisher.indices(rid="q") == [5, 6]


def test_known_ssrc_with_a_payload_type_not_agreed_on_is_dropped() -> None:
    publisher = Publisher(CAMERA)
    publisher.send(5)
    assert refusal(lambda: publisher.send(6, payload_type=120)) is DropReason.RTP_UNKNOWN_PAYLOAD_TYPE
    assert refusal(lambda: publisher.send(7, payload_type=97)) is DropReason.RTP_UNKNOWN_PAYLOAD_TYPE


def test_encoding_that_changes_its_ssrc_is_followed_and_the_old_one_is_unknown() -> None:
    publisher = Publisher(simulcast("q", "f"))
    publisher.send(500, ssrc=1, mid=b"v", rid=b"q")
    publisher.send(5, ssrc=2, mid=b"v", rid=b"q")
    assert publisher.indices(rid="q") == [500, 5]
    assert refusal(lambda: publisher.send(501, ssrc=1)) is DropReason.RTP_UNKNOWN_SSRC


def test_ended_track_is_unknown() -> None:
    publisher = Publisher(CAMERA)
    publisher.send(5)
    publication = publisher.inbound.end(TrackId("tr_v"))
    assert publication is not None
    assert refusal(lambda: publisher.send(6)) is DropReason.RTP_UNKNOWN_SSRC
    assert refusal(lambda: publisher.send(6, ssrc=9, mid=b"v")) is DropReason.RTP_UNKNOWN_SSRC
    assert publisher.inbound.end(TrackId("tr_v")) is None


def test_later_offer_begins_and_ends_tracks_and_keeps_the_others() -> None:
    publisher = Publisher(CAMERA, MICROPHONE)
    publisher.send(5)
    camera = publisher.inbound.publications[TrackId("tr_v")]
    begun, ended = publisher.offer(CAMERA, Line("audio", "a", "inactive"), Line("video", "w", "sendonly"))
    assert [publication.track for publication in begun] == ["tr_w"]
    assert [publication.track for publication in ended] == ["tr_a"]
    assert publisher.inbound.publications[TrackId("tr_v")] is camera
    publisher.send(6)
    assert publisher.indices() == [5, 6]


# --- what becomes of it ----------------------------------------------------------------------------------


def test_padding_alone_is_dropped_and_leaves_no_gap() -> None:
    publisher = Publisher(CAMERA)
    publisher.send(5)
    assert refusal(lambda: publisher.send(6, bytes(9) + b"\x0a", padded=True)) is DropReason.RTP_PADDING
    assert refusal(lambda: publisher.send(7, b"")) is DropReason.RTP_PADDING
    publisher.send(8)
    assert publisher.indices() == [5, 6]


def test_padding_is_taken_away() -> None:
    publisher = Publisher(CAMERA)
    publisher.send(5, vp8() + b"\x00\x00\x03", padded=True)
    assert publisher.got()[0].payload == vp8()


@pytest.mark.parametrize("payload", [b"\x00", b"ab\x04", b""])
def test_padding_that_lies_is_malformed(payload: bytes) -> None:
    publisher = Publisher(CAMERA)
    publisher.send(5)
    assert refusal(lambda: publisher.send(6, payload, padded=True)) is DropReason.RTP_MALFORMED


def test_payload_that_lies_is_dropped() -> None:
    publisher = Publisher(CAMERA)
    assert refusal(lambda: publisher.send(5, b"\x90")) is DropReason.RTP_PAYLOAD_MALFORMED


def test_extensions_for_subscribers_go_along_by_name_and_no_others() -> None:
    extensions = ("mid", "transport_cc", "video_orientation", "abs_capture_time")
    publisher = Publisher(Line("video", "v", "sendonly", extensions=extensions))
    publisher.send(5, ssrc=9, mid=b"v", video_orientation=b"\x02", abs_capture_time=bytes(8))
    publisher.send(6, ssrc=9, mid=b"v")
    first, second = publisher.got()
    assert dict(first.extras) == {"video_orientation": b"\x02", "abs_capture_time": bytes(8)}
    assert second.extras == ()


def test_audio_level_goes_along_and_is_heard() -> None:
    publisher = Publisher(MICROPHONE)
    for index in range(50):
        publisher.send(
            index, b"opus", ssrc=9, payload_type=111, audio_level=b"\x85", mid=b"a", now=1.0 + index / 50
        )
    assert publisher.got("tr_a")[0].level == 0x85
    assert publisher.inbound.publications[TrackId("tr_a")].level.value(2.0) > 0.3


def test_redundant_audio_keeps_its_older_blocks_for_who_takes_them() -> None:
    line = Line("audio", "a", "sendonly", formats=("63 red/48000/2", "111 opus/48000/2"))
    publisher = Publisher(line)
    redundant = bytes((0x80 | 111, 960 >> 6, (960 << 2 & 0xFF), 3, 111)) + b"old" + b"new!"
    publisher.send(5, redundant, ssrc=9, payload_type=63, mid=b"a")
    publisher.send(6, b"plain", ssrc=9, payload_type=111)
    packets = publisher.got("tr_a")
    assert [packet.payload for packet in packets] == [b"new!", b"plain"]
    assert [packet.redundant for packet in packets] == [redundant, None]
    reason = refusal(lambda: publisher.send(7, b"\xff\xff", ssrc=9, payload_type=63))
    assert reason is DropReason.RTP_PAYLOAD_MALFORMED


# --- repairs ---------------------------------------------------------------------------------------------


def repair(
    publisher: Publisher, sequence: int, original: int, payload: bytes | None = None, now: float = 1.1
) -> None:
    body = vp8(size=77) if payload is None else payload
    number = (original & 0xFFFF).to_bytes(2, "big")
    publisher.send(sequence, number + body, ssrc=1002, payload_type=97, now=now)


def test_repaired_packet_takes_its_place_once() -> None:
    publisher = Publisher(CAMERA)
    publisher.send(5)
    publisher.send(7)
    repair(publisher, 900, 6)
    assert publisher.indices() == [5, 7, 6]
    fixed = publisher.got()[-1]
    assert (fixed.payload, fixed.payload_type, fixed.timestamp) == (vp8(size=77), 96, 3000 * 900)
    assert refusal(lambda: repair(publisher, 901, 6)) is DropReason.RTP_DUPLICATE
    assert refusal(lambda: repair(publisher, 902, 7)) is DropReason.RTP_DUPLICATE


def test_repair_reaches_back_over_a_rollover() -> None:
    publisher = Publisher(CAMERA)
    publisher.send(65_534)
    publisher.send(65_537)
    repair(publisher, 900, 65_535)
    repair(publisher, 901, 65_536)
    assert publisher.indices() == [65_534, 65_537, 65_535, 65_536]


def test_repair_of_nothing_we_miss_is_refused() -> None:
    publisher = Publisher(CAMERA)
    assert refusal(lambda: repair(publisher, 900, 5)) is DropReason.RTX_UNKNOWN
    publisher.send(5)
    assert refusal(lambda: repair(publisher, 901, 6)) is DropReason.RTX_UNKNOWN
    assert refusal(lambda: repair(publisher, 902, 65_000)) is DropReason.RTX_UNKNOWN


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", DropReason.RTP_PADDING),
        (b"\x00", DropReason.RTX_MALFORMED),
        (b"\x00\x05", DropReason.RTP_PADDING),
    ],
)
def test_repair_without_a_packet_in_it_is_dropped(payload: bytes, reason: DropReason) -> None:
    publisher = Publisher(CAMERA)
    publisher.send(5)
    assert refusal(lambda: publisher.send(900, payload, ssrc=1002, payload_type=97)) is reason


def test_repair_with_the_media_payload_type_is_dropped() -> None:
    publisher = Publisher(CAMERA)
    publisher.send(5)
    reason = refusal(lambda: publisher.send(900, ssrc=1002, payload_type=96))
    assert reason is DropReason.RTP_UNKNOWN_PAYLOAD_TYPE


# --- what the publisher is told --------------------------------------------------------------------------


def drain(publisher: Publisher, until: float) -> list[tuple[float, object]]:
    """Every message with its time, as a timer would bring them."""
    told: list[tuple[float, object]] = []
    while (at := publisher.inbound.next_timeout()) <= until:
        told += [(at, message) for message in publisher.inbound.feedback(at)]
    return told


def of_kind(told: Sequence[tuple[float, object]], kind: type) -> list[tuple[float, object]]:
    return [entry for entry in told if isinstance(entry[1], kind)]


def test_before_anything_comes_there_is_nothing_to_say() -> None:
    publisher = Publisher(CAMERA)
    assert publisher.inbound.next_timeout() == inf
    assert publisher.inbound.feedback(100.0) == []


def test_receiver_reports_come_each_second_with_a_block_a_layer() -> None:
    publisher = Publisher(CAMERA)
    publisher.send(5)
    told = of_kind(drain(publisher, 3.5), ReceiverReport)
    assert [at for at, _ in told] == [2.0, 3.0]
    report = told[0][1]
    assert isinstance(report, ReceiverReport)
    assert [block.ssrc for block in report.blocks] == [1001]


def test_lost_packets_are_asked_for_by_their_16_bit_numbers() -> None:
    publisher = Publisher(CAMERA)
    publisher.send(65_534)
    publisher.send(65_537, now=1.01)
    at, message = of_kind(drain(publisher, 1.05), Nack)[0]
    assert at == pytest.approx(1.02)
    assert message == Nack(Ssrc(42), Ssrc(1001), (65_535, 0))
    assert publisher.woken


def test_wanted_key_frame_is_asked_for_by_pli() -> None:
    publisher = Publisher(CAMERA)
    publisher.send(5)
    publisher.inbound.publications[TrackId("tr_v")].layers[0].want_keyframe(1.2)
    assert (1.2, Pli(Ssrc(42), Ssrc(1001))) in drain(publisher, 1.3)


def test_transport_feedback_tells_of_every_arrival_placed_or_not() -> None:
    publisher = Publisher(Line("video", "v", "sendonly"), Line("video", "w", "sendonly"))
    publisher.send(5, ssrc=9, mid=b"v", transport_cc=b"\x00\x10")
    assert (
        refusal(lambda: publisher.send(6, ssrc=10, transport_cc=b"\x00\x11")) is DropReason.RTP_UNKNOWN_SSRC
    )
    _, message = of_kind(drain(publisher, 1.5), TransportFeedback)[0]
    assert isinstance(message, TransportFeedback)
    assert message.base_sequence == 16
    assert len(message.arrivals) == 2
    assert message.media_ssrc == 9


def test_publisher_without_transport_cc_is_told_a_rate() -> None:
    line = Line("video", "v", "sendonly", extensions=("mid",), feedback=("goog-remb", "nack", "nack pli"))
    publisher = Publisher(line)
    publisher.send(5, ssrc=9, mid=b"v")
    _, message = of_kind(drain(publisher, 2.5), Remb)[0]
    assert isinstance(message, Remb)
    assert message.ssrcs == (9,)


def test_sender_reports_of_unknown_streams_change_nothing() -> None:
    publisher = Publisher(CAMERA)
    publisher.send(5)
    publisher.inbound.sender_report(SenderReport(Ssrc(7777), 1 << 40, 5, 1, 1), 1.0)
    publisher.inbound.sender_report(SenderReport(Ssrc(1001), 1 << 40, 15_000, 1, 1), 1.0)
    _, message = of_kind(drain(publisher, 2.0), ReceiverReport)[0]
    assert isinstance(message, ReceiverReport)
    assert message.blocks[0].last_sr == (1 << 40) >> 16


def test_round_trip_times_resends() -> None:
    publisher = Publisher(CAMERA)
    publisher.inbound.measured_round_trip(0.25)
    layer = publisher.inbound.publications[TrackId("tr_v")].layers[0]
    assert (layer.nacks.rtt_s, layer.keyframes.rtt_s) == (0.25, 0.25)


# --- anything --------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(
            st.binary(min_size=2, max_size=60),
            st.sampled_from([1001, 1002, 7]),
            st.sampled_from([96, 97, 63, 111, 120]),
            st.integers(0, 70_000),
        ),
        max_size=30,
    )
)
@settings(max_examples=60)
def test_any_authentic_packets_raise_nothing_but_remote_error(
    packets: list[tuple[bytes, int, int, int]],
) -> None:
    publisher = Publisher(CAMERA, MICROPHONE)
    for number, (noise, ssrc, payload_type, index) in enumerate(packets):
        now = 1.0 + number / 100
        packet = bytes((0x80 | noise[0] & 0x3F, noise[1] & 0x80 | payload_type)) + (index & 0xFFFF).to_bytes(
            2, "big"
        )
        packet += bytes(4) + ssrc.to_bytes(4, "big") + noise[2:]
        try:
            publisher.take(packet, index, now)
        except RemoteError:
            continue
    for _, message in drain(publisher, 5.0):
        assert message.to_bytes()  # type: ignore[attr-defined]
    for sink in publisher.sinks.values():
        indices = [packet.index for packet in sink.packets]
        assert len(indices) == len(set(indices))


def test_extension_ids_of_zero_mean_nothing_is_negotiated() -> None:
    assert ExtensionIds().items() == []
