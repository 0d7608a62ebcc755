"""What the answer says, rule by rule, and that an independent stack reads it."""

from dataclasses import dataclass, replace

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from aiortc.rtcconfiguration import RTCBundlePolicy
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.codecs.codec import enabled_keys
from sfu.errors import OfferRefused
from sfu.sdp.answer import write_answer
from sfu.sdp.limits import SdpLimits
from tests.sfu.sdp.offers import (
    AV1,
    CAPTURED,
    H264,
    OPUS,
    RED,
    VP8,
    VP9,
    Line,
    captured,
    mutated,
    offer,
    simulcast,
    slots,
)
from tests.sfu.sdp.parties import CANDIDATE, Server, description, listed


@dataclass
class Answer:
    """An answer taken apart by hand: the session's lines, and each m-section's."""

    session: list[str]
    sections: list[list[str]]

    def values(self, index: int, name: str) -> list[str]:
        """Values of the attribute in one section; ``""`` for flags."""
        found = (line[2:].partition(":") for line in self.sections[index] if line.startswith("a="))
        return [value for key, _, value in found if key == name]

    def head(self, index: int) -> list[str]:
        """Medium, port, transport and formats."""
        return self.sections[index][0][2:].split()

    def direction(self, index: int) -> str:
        """The one direction attribute."""
        known = ("a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive")
        (found,) = [line for line in self.sections[index] if line in known]
        return found[2:]


def _taken_apart(text: str) -> Answer:
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    parts: list[list[str]] = [[]]
    for line in text.removesuffix("\r\n").split("\r\n"):
        if line.startswith("m="):
            parts.append([])
        parts[-1].append(line)
    return Answer(parts[0], parts[1:])


def _answer(text: str, *, server: Server | None = None, tracks: list | None = None) -> Answer:
    return _taken_apart((server or Server()).answer(text, tracks)[1])


_MEETING = offer(
    Line("audio", "a", "sendonly"), simulcast("q", "h", "f"), *slots(2), Line("application", "d")
)


def test_session_is_ice_lite_with_a_version_that_counts_the_answers():
    server = Server()
    first, second = (_answer(_MEETING, server=server) for _ in range(2))
    assert "a=ice-lite" in first.session
    assert first.session[0] == "v=0"
    assert first.session[1] == "o=- 4711 1 IN IP4 127.0.0.1"
    assert second.session[1] == "o=- 4711 2 IN IP4 127.0.0.1"
    assert "a=group:BUNDLE a v 0 1 2 3 d" in first.session


def test_every_section_is_passive_with_our_credentials_and_fingerprint():
    answer = _answer(_MEETING)
    local = description()
    for index in range(len(answer.sections)):
        assert answer.values(index, "setup") == ["passive"]
        assert answer.values(index, "ice-ufrag") == [local.credentials.ufrag]
        assert answer.values(index, "ice-pwd") == [local.credentials.pwd]
        assert answer.values(index, "fingerprint") == [str(local.fingerprint)]


def test_ice_restart_is_answered_with_new_credentials():
    server = Server()
    before = _answer(_MEETING, server=server)
    after = _answer(_MEETING.replace("ice-ufrag:abcd", "ice-ufrag:efgh"), server=server)
    assert before.values(0, "ice-ufrag") != after.values(0, "ice-ufrag")


def test_candidates_stand_in_the_first_section_of_the_group_alone():
    answer = _answer(_MEETING)
    assert answer.values(0, "candidate") == [CANDIDATE]
    assert answer.values(0, "end-of-candidates") == [""]
    for index in range(1, len(answer.sections)):
        assert answer.values(index, "candidate") == answer.values(index, "end-of-candidates") == []


def test_candidates_skip_a_deleted_first_section():
    server = Server()
    _answer(offer(*slots(1)), server=server)
    answer = _answer(offer(Line("audio", "0", port=0), Line("video", "1")), server=server)
    assert "a=group:BUNDLE 1" in answer.session
    assert answer.values(0, "candidate") == []
    assert answer.values(1, "candidate") == [CANDIDATE]


def test_deleted_section_keeps_its_place_with_port_0():
    server = Server()
    _answer(_MEETING, server=server)
    lines = [Line("audio", "a", "sendonly"), simulcast("q", "h", "f"), *slots(2), Line("application", "d")]
    lines[2].port = 0
    answer = _answer(offer(*lines), server=server)
    assert answer.head(2) == ["audio", "0", "UDP/TLS/RTP/SAVPF", "111"]
    assert answer.direction(2) == "inactive"
    assert answer.values(2, "mid") == ["0"]
    assert "a=group:BUNDLE a v 1 2 3 d" in answer.session


def test_directions_mirror_the_offer():
    server = Server(SdpLimits(max_slots_video=1))
    lines = [
        Line("audio", "a", "sendonly"),
        Line("video", "b", "sendrecv"),
        Line("video", "c"),
        Line("video", "d"),
        Line("audio", "e", "inactive"),
        Line("video", "f", "sendonly"),
    ]
    tracks = [listed("a", "microphone"), listed("b", "camera")]
    answer = _answer(offer(*lines), server=server, tracks=tracks)
    assert [answer.direction(index) for index in range(6)] == [
        "recvonly",
        "recvonly",
        "sendonly",
        "inactive",  # over the limit
        "inactive",
        "inactive",  # not listed
    ]
    assert all(answer.head(index)[1] == "9" for index in range(6))


def test_slot_has_one_ssrc_with_rtx_and_the_cname_of_all():
    server = Server()
    negotiated, text = server.answer(offer(*slots(2)))
    answer = _taken_apart(text)
    for index, slot in enumerate(negotiated.slots):
        if slot.rtx_ssrc is None:
            assert answer.values(index, "ssrc") == [f"{slot.ssrc} cname:sfumato"]
            assert answer.values(index, "ssrc-group") == []
        else:
            assert answer.values(index, "ssrc") == [
                f"{slot.ssrc} cname:sfumato",
                f"{slot.rtx_ssrc} cname:sfumato",
            ]
            assert answer.values(index, "ssrc-group") == [f"FID {slot.ssrc} {slot.rtx_ssrc}"]
        assert answer.values(index, "rid") == answer.values(index, "simulcast") == []


def test_slots_of_a_seat_share_their_msid():
    answer = _answer(offer(*slots(2)))
    found = [answer.values(index, "msid")[0].split() for index in range(4)]
    assert [stream for stream, _ in found] == ["seat-1", "seat-1", "seat-2", "seat-2"]
    assert len({track for _, track in found}) == 4


def test_parked_slot_names_no_source():
    answer = _answer(offer(Line("video", "0", "inactive"), Line("audio", "1")))
    assert answer.values(0, "ssrc") == answer.values(0, "msid") == []


def test_slot_lists_codecs_in_the_offers_order_then_rtx():
    answer = _answer(offer(Line("video", "0", formats=[*AV1, *VP8, "100 H265/90000", *H264])))
    assert answer.head(0)[3:] == ["45", "96", "102", "46", "97", "103"]
    assert sorted(answer.values(0, "rtpmap")) == sorted([*AV1, *VP8, *H264])
    assert {"97 apt=96", "46 apt=45", "103 apt=102", "45 level-idx=5;profile=0;tier=0"} <= set(
        answer.values(0, "fmtp")
    )


def test_publish_lists_one_codec_with_its_feedback():
    answer = _answer(offer(Line("video", "v", "sendonly", formats=[*H264, *VP8])))
    assert answer.head(0)[3:] == ["102", "103"]
    assert sorted(answer.values(0, "rtcp-fb")) == [
        "102 ccm fir",
        "102 goog-remb",
        "102 nack",
        "102 nack pli",
        "102 transport-cc",
    ]
    assert "102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" in answer.values(
        0, "fmtp"
    )


@pytest.mark.parametrize(
    ("formats", "expected"), [(RED + OPUS, ["63", "111"]), (OPUS + RED, ["111"]), (OPUS, ["111"])]
)
def test_publish_lists_red_before_its_opus_only_where_it_was_preferred(formats, expected):
    assert _answer(offer(Line("audio", "a", "sendonly", formats=formats))).head(0)[3:] == expected


def test_feedback_that_was_not_offered_is_not_answered():
    answer = _answer(offer(Line("video", "v", "sendonly", feedback=["nack", "x-private"])))
    assert answer.values(0, "rtcp-fb") == ["96 nack"]


@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        ("minptime=10;useinbandfec=1", "minptime=10;useinbandfec=1"),
        ("stereo=1;useinbandfec=1", "stereo=1;useinbandfec=1;sprop-stereo=1"),
        ("sprop-stereo=1;usedtx=1", "usedtx=1;stereo=1;sprop-stereo=1"),
        ("stereo=0", "stereo=0"),
        ("x-own=3", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("direction", ["sendonly", "recvonly"])
def test_opus_parameters_are_honoured(offered, answered, direction):
    answer = _answer(offer(Line("audio", "a", direction, fmtps={"111": offered})))
    assert answer.values(0, "fmtp") == ([] if answered is None else [f"111 {answered}"])


@pytest.mark.parametrize(("formats", "expected"), [(VP8[:1], []), (VP9[:1], ["98 profile-id=0"])])
def test_limits_of_the_offerers_decoder_are_not_ours(formats, expected):
    fmtps = {"96": "max-fs=12288;max-fr=60", "98": "max-fs=12288;profile-id=0;max-fr=60"}
    answer = _answer(offer(Line("video", "v", "sendonly", formats=formats, fmtps=fmtps)))
    assert answer.values(0, "fmtp") == expected


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        (("q", "h", "f"), "recv q;h;f"),
        (("f", "~h", "q"), "recv f;~h;q"),
        (("1", "2", "3", "4", "5"), "recv 1;2;3;4"),
    ],
)
def test_simulcast_is_answered_recv_in_the_offers_order(offered, expected):
    answer = _answer(offer(simulcast(*offered)))
    assert answer.values(0, "simulcast") == [expected]
    names = expected.removeprefix("recv ").replace("~", "").split(";")
    assert answer.values(0, "rid") == [f"{name} recv" for name in names]


@pytest.mark.parametrize("tracks", [[], [listed("v", "camera", allowed=False)]])
def test_refused_camera_keeps_its_simulcast_for_later(tracks):
    answer = _answer(offer(simulcast("q", "f")), tracks=tracks)
    assert answer.direction(0) == "inactive"
    assert answer.values(0, "simulcast") == ["recv q;f"]
    assert len(answer.values(0, "extmap")) == 4


def test_extension_offered_for_one_direction_is_answered_for_the_other():
    _, text = Server().answer(captured("firefox_meeting"))
    answer = _taken_apart(text)
    camera = [value.split()[0] for value in answer.values(1, "extmap")]
    slot = [value.split()[0] for value in answer.values(3, "extmap")]
    assert {"9/recvonly", "10/recvonly", "3"} <= set(camera)
    assert "6/sendonly" in slot


@pytest.mark.parametrize("place", ["session", "section", "nowhere"])
def test_mixed_extension_forms_are_answered_where_they_were_offered(place):
    extra = ["extmap-allow-mixed"]
    text = offer(
        Line("video", "0", extra=extra if place == "section" else []),
        session=extra if place == "session" else [],
    )
    answer = _answer(text)
    assert ("a=extmap-allow-mixed" in answer.session) is (place == "session")
    assert bool(answer.values(0, "extmap-allow-mixed")) is (place == "section")


def test_reduced_size_rtcp_is_answered_where_it_was_offered():
    answer = _answer(offer(Line("video", "0"), Line("video", "1", without=["a=rtcp-rsize"])))
    assert [bool(answer.values(index, "rtcp-rsize")) for index in range(2)] == [True, False]
    assert [answer.values(index, "rtcp-mux") for index in range(2)] == [[""], [""]]


def test_data_section_names_its_port_and_our_message_size():
    answer = _answer(offer(Line("application", "d")), server=Server(SdpLimits(data_message_bytes=4096)))
    assert answer.head(0) == ["application", "9", "UDP/DTLS/SCTP", "webrtc-datachannel"]
    assert answer.values(0, "sctp-port") == ["5000"]
    assert answer.values(0, "max-message-size") == ["4096"]
    assert answer.values(0, "candidate") == [CANDIDATE]


@pytest.mark.parametrize("formats", [["100 H265/90000"], ["9"]])
def test_section_without_a_codec_of_ours_names_one_of_the_offers(formats):
    answer = _answer(offer(Line("video", "0", formats=formats)))
    assert answer.head(0)[3:] == [formats[0].split()[0]]
    assert answer.direction(0) == "inactive"


def test_disabled_codecs_are_not_answered():
    answer = _answer(offer(Line("video", "0")), server=Server(enabled=enabled_keys(["H264"])))
    assert answer.head(0)[3:] == ["102", "103"]


@pytest.mark.parametrize("prefix", ["", "candidate:", "a=candidate:"])
def test_candidates_may_come_with_or_without_their_prefix(prefix):
    local = replace(description(), candidates=(prefix + CANDIDATE,))
    answer = _taken_apart(write_answer(Server().negotiate(offer(*slots(1))), local))
    assert answer.values(0, "candidate") == [CANDIDATE]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["chromium_sequence_4", "firefox_sequence_3", "aiortc_meeting"]), st.data())
def test_mutated_renegotiation_is_refused_or_mirrored(name, data):
    server = Server()
    server.negotiate(captured(name))
    before = server.state
    try:
        negotiated, text = server.answer(data.draw(mutated([name])))
    except OfferRefused:
        assert server.state is before
        return
    answer = _taken_apart(text)
    assert [(head.split()[0][2:], values) for head, values in _heads(answer)] == [
        (section.line.media, [section.mid] if section.mid else []) for section in negotiated.sections
    ]


def _heads(answer: Answer) -> list[tuple[str, list[str]]]:
    """The m-line and the mid of each section."""
    return [(lines[0], answer.values(index, "mid")) for index, lines in enumerate(answer.sections)]


@pytest.mark.parametrize("name", CAPTURED)
def test_answer_to_a_real_offer_is_read_by_another_parser(name):
    negotiated, text = Server().answer(captured(name))
    read = SessionDescription.parse(text)
    assert read.group[0].items == [section.mid for section in negotiated.sections if section.line.live]
    assert [media.kind for media in read.media] == [section.line.media for section in negotiated.sections]
    by_mid = {media.rtp.muxId: media for media in read.media}
    for slot in negotiated.slots:
        media = by_mid[slot.mid]
        assert [codec.payloadType for codec in media.rtp.codecs if codec.name != "rtx"] == [
            entry.payload_type for entry in slot.codecs
        ]
        assert {extension.id for extension in media.rtp.headerExtensions} == {
            number for _, number in slot.extensions.items()
        }
        assert media.ssrc[0].ssrc == slot.ssrc
    for section in negotiated.publishes:
        media = by_mid[section.mid]
        assert media.direction == "recvonly"
        assert (
            media.rtp.codecs[-1 if section.rtx_payload_type is None else -2].payloadType
            == section.payload_type
        )


async def test_aiortc_takes_the_answer_and_its_renegotiation():
    connection = RTCPeerConnection(RTCConfiguration(bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
    server = Server()
    connection.addTransceiver(AudioStreamTrack(), "sendonly")
    connection.addTransceiver(VideoStreamTrack(), "sendonly")
    for _ in range(2):
        connection.addTransceiver("audio", "recvonly")
        connection.addTransceiver("video", "recvonly")
    connection.createDataChannel("chat")
    try:
        for more in range(2):
            await connection.setLocalDescription(await connection.createOffer())
            negotiated, text = server.answer(connection.localDescription.sdp)
            await connection.setRemoteDescription(RTCSessionDescription(text, "answer"))
            assert len(negotiated.publishes) == 2
            assert len(negotiated.slots) == 4 + more
            assert negotiated.data is not None
            current = {entry.mid: entry.currentDirection for entry in connection.getTransceivers()}
            assert current == {section.mid: "sendonly" for section in negotiated.publishes} | {
                slot.mid: "recvonly" for slot in negotiated.slots
            }
            connection.addTransceiver("video", "recvonly")
    finally:
        await connection.close()
