"""Reading offers: what is refused, and that nothing but a refusal comes out of any text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.drops import DropReason
from sfu.errors import OfferRefused
from sfu.sdp.limits import SdpLimits
from sfu.sdp.offer import fingerprint_of, parse_offer
from tests.sfu.sdp.offers import (
    CAPTURED,
    FINGERPRINT,
    IDS,
    OTHER_FINGERPRINT,
    Line,
    captured,
    mutated,
    offer,
    simulcast,
    slots,
)

_LIMITS = SdpLimits()
_PLAIN = offer(*slots(1), Line("application", "d"))


def _refusal(text: str, limits: SdpLimits = _LIMITS) -> str:
    with pytest.raises(OfferRefused) as caught:
        parse_offer(text, limits)
    assert caught.value.reason is DropReason.SDP_REFUSED
    assert caught.value.message
    return caught.value.code


@pytest.mark.parametrize("name", CAPTURED)
def test_real_offer_is_read(name):
    text = captured(name)
    read = parse_offer(text, _LIMITS)
    assert len(read.media) == len(re.findall("^m=", text, re.MULTILINE))
    assert read.setup == "actpass"
    assert fingerprint_of(text) == tuple(sorted(map(str, read.fingerprints)))
    for section in read.media:
        if section.live and section.kind is not None:
            assert any(entry.codec is not None for entry in section.formats)
            assert "mid" in {entry.name for entry in section.extensions}


def test_chromium_meeting_is_read_in_full():
    read = parse_offer(captured("chromium_meeting"), _LIMITS)
    microphone, camera, *receiving = read.media
    assert (microphone.direction, camera.direction) == ("sendonly", "sendonly")
    assert [rid.rid for rid in camera.rids] == ["q", "h", "f"]
    assert len(microphone.sources.media) == 1
    assert camera.sources.media == ()
    assert [section.direction for section in receiving] == ["recvonly"] * 18 + ["inactive"]
    assert read.media[-1].kind is None


def test_firefox_lists_ssrcs_of_a_simulcast_camera_with_their_rtx():
    camera = parse_offer(captured("firefox_meeting"), _LIMITS).media[1]
    assert len(camera.sources.media) == 3
    assert [media for _, media in camera.sources.rtx_of] == list(camera.sources.media)


def test_bundle_only_m_line_with_port_0_is_alive():
    read = parse_offer(captured("firefox_meeting"), _LIMITS)
    assert all(section.live for section in read.media)


def test_port_0_deletes():
    read = parse_offer(captured("firefox_sequence_3"), _LIMITS)
    assert [section.deleted for section in read.media][:4] == [False, False, True, False]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("empty", ""),
        ("not SDP", "hello"),
        ("JSON", '{"type":"offer"}'),
        ("only a version", "v=0\r\n"),
        ("another version", _PLAIN.replace("v=0", "v=1", 1)),
        ("a line that is none", _PLAIN + "hello\r\n"),
        ("upper-case type", _PLAIN + "A=x\r\n"),
        ("control character", _PLAIN.replace("VP8", "VP\r8")),
        ("lone surrogate", _PLAIN + "a=x:\ud800\r\n"),
        ("no BUNDLE", offer(*slots(1), bundle=[])),
        ("BUNDLE that does not cover", offer(*slots(1), bundle=["0"])),
        ("only other groups", offer(*slots(1), bundle=[], session=["group:LS 0 1"])),
        ("empty group", offer(*slots(1), bundle=[], session=["group:"])),
        ("no live m-line", offer(Line("audio", "0", port=0), bundle=[], session=["group:BUNDLE"])),
        ("no rtcp-mux", offer(Line("audio", "0", without=["a=rtcp-mux"]))),
        ("no fingerprint", offer(Line("audio", "0", without=["a=fingerprint"]))),
        ("unknown digest alone", _PLAIN.replace("sha-256", "md5")),
        ("fingerprint of wrong length", _PLAIN.replace(FINGERPRINT, "sha-256 AA:BB")),
        ("no ufrag", offer(Line("audio", "0", without=["a=ice-ufrag"]))),
        ("no pwd", offer(Line("audio", "0", without=["a=ice-pwd"]))),
        ("short pwd", _PLAIN.replace("abcdefghijklmnopqrstuv", "short")),
        ("ufrag with a colon", _PLAIN.replace("ice-ufrag:abcd", "ice-ufrag:ab:cd")),
        ("setup passive", _PLAIN.replace("actpass", "passive")),
        ("setup holdconn", _PLAIN.replace("actpass", "holdconn")),
        ("two directions", offer(Line("audio", "0", extra=["sendonly"]))),
        ("mid twice", offer(Line("audio", "0"), Line("video", "0"))),
        ("no mid", offer(Line("audio", "0", without=["a=mid"]))),
        ("mid too long", offer(Line("audio", "m" * 17))),
        ("mid with a space", offer(Line("audio", "a b"))),
        ("m-line without formats", _PLAIN.replace("SAVPF 111", "SAVPF")),
        ("payload type above 127", _PLAIN.replace("SAVPF 111", "SAVPF 128")),
        ("payload type twice", _PLAIN.replace("SAVPF 111", "SAVPF 111 111")),
        ("payload type in other digits", _PLAIN.replace("SAVPF 111", "SAVPF ١١١")),
        ("port that is none", _PLAIN.replace("m=audio 9", "m=audio x")),
        ("extmap without URI", offer(Line("audio", "0", extra=["extmap:7"]))),
        ("extmap with letters", offer(Line("audio", "0", extra=["extmap:x urn:x"]))),
        ("extmap with a wrong direction", offer(Line("audio", "0", extra=["extmap:3/both urn:x"]))),
        (
            "one extension number for two extensions",
            offer(Line("audio", "0", extensions=["mid"]), Line("video", "1", extensions=[])).replace(
                "a=mid:1", f"a=mid:1\r\na=extmap:{IDS['mid']} urn:3gpp:video-orientation"
            ),
        ),
        (
            "two numbers for MID",
            _PLAIN.replace("a=mid:1\r\n", "a=mid:1\r\na=extmap:14 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"),
        ),
        ("two data m-lines", offer(Line("application", "a"), Line("application", "b"))),
        ("SSRC that is none", offer(Line("audio", "0", "sendonly", extra=["ssrc:abc cname:x"]))),
        ("SSRC 0", offer(Line("audio", "0", "sendonly", extra=["ssrc:0 cname:x"]))),
        ("SSRC of 33 bits", offer(Line("audio", "0", "sendonly", extra=["ssrc:4294967296 cname:x"]))),
        (
            "SSRC on two m-lines",
            offer(
                Line("audio", "0", "sendonly", extra=["ssrc:7 cname:x"]),
                Line("video", "1", "sendonly", extra=["ssrc:7 cname:x"]),
            ),
        ),
        ("group of unknown SSRCs", offer(Line("video", "0", "sendonly", extra=["ssrc-group:FID 1 2"]))),
        (
            "17 SSRCs on one m-line",
            offer(Line("video", "0", "sendonly", extra=[f"ssrc:{n} cname:x" for n in range(1, 18)])),
        ),
    ],
    ids=lambda value: value if len(value) < 45 and "\n" not in value else "",
)
def test_offer_that_breaks_a_rule_is_a_bad_message(name, text):
    assert _refusal(text) == "bad_message", name


def test_offer_beyond_the_byte_limit_is_too_large():
    size = len(_PLAIN.encode())
    assert parse_offer(_PLAIN, SdpLimits(sdp_bytes=size)).media
    assert _refusal(_PLAIN, SdpLimits(sdp_bytes=size - 1)) == "too_large"


def test_bytes_count_not_characters():
    text = _PLAIN.replace("s=-", "s=" + "é" * 100)
    assert _refusal(text, SdpLimits(sdp_bytes=len(text) + 50)) == "too_large"


def test_500_m_lines_are_too_large():
    assert _refusal(offer(*slots(250))) == "too_large"


def test_most_m_lines_allowed_are_read():
    assert len(parse_offer(offer(*slots(64)), _LIMITS).media) == 128


def test_lone_line_feeds_end_lines_too():
    assert parse_offer(_PLAIN.replace("\r\n", "\n"), _LIMITS) == parse_offer(_PLAIN, _LIMITS)


def test_attributes_at_session_level_hold_for_all_m_lines():
    at_session = ["ice-ufrag:", "ice-pwd:", "fingerprint:", "setup:", "recvonly"]
    lines = [Line(kind, kind, without=[f"a={name}" for name in at_session]) for kind in ("audio", "video")]
    session = [
        "ice-ufrag:efgh",
        "ice-pwd:vutsrqponmlkjihgfedcba",
        f"fingerprint:{OTHER_FINGERPRINT}",
        "setup:active",
        "recvonly",
    ]
    read = parse_offer(offer(*lines, session=session), _LIMITS)
    assert (read.credentials.ufrag, read.credentials.pwd) == ("efgh", "vutsrqponmlkjihgfedcba")
    assert [str(fingerprint) for fingerprint in read.fingerprints] == [OTHER_FINGERPRINT]
    assert read.setup == "active"
    assert [section.direction for section in read.media] == ["recvonly", "recvonly"]


def test_setup_and_direction_have_the_defaults_of_their_rfcs():
    read = parse_offer(offer(Line("audio", "0", without=["a=setup", "a=recvonly"])), _LIMITS)
    assert read.setup == "active"
    assert read.media[0].direction == "sendrecv"


def test_transport_is_that_of_the_first_section_in_the_group():
    text = offer(Line("audio", "a"), Line("video", "v"), bundle=["v", "a"])
    first, mark, second = text.rpartition("m=video")
    text = first + mark + second.replace("ice-ufrag:abcd", "ice-ufrag:tagged")
    assert parse_offer(text, _LIMITS).credentials.ufrag == "tagged"


@pytest.mark.parametrize(
    "line",
    [
        "m=audio 9 RTP/AVP 111",
        "m=text 9 UDP/TLS/RTP/SAVPF 111",
        "m=application 9 DTLS/SCTP 5000",
        "m=application 9 UDP/DTLS/SCTP other",
    ],
)
def test_medium_or_transport_we_do_not_speak_is_left_aside(line):
    text = offer(Line("video", "1")) + f"{line}\r\na=mid:x\r\n"
    read = parse_offer(text, _LIMITS)
    assert [section.live for section in read.media] == [True, False]


@pytest.mark.parametrize(
    ("lines", "rids"),
    [
        (["rid:q send", "rid:f send", "simulcast:send f;~q"], [("f", False), ("q", True)]),
        (["rid:q send", "rid:f send"], [("q", False), ("f", False)]),
        (["rid:q send", "simulcast:send q;x"], [("q", False)]),
        (["rid:a send", "rid:b send", "rid:c send", "simulcast:send a,b;~c"], [("a", False), ("c", True)]),
        (["rid:a send", "rid:b recv", "simulcast:recv b send a"], [("a", False)]),
        (["rid:a recv", "simulcast:recv a"], []),
        (
            [f"rid:{n} send" for n in range(6)] + ["simulcast:send 0;1;2;3;4;5"],
            [(str(n), False) for n in range(4)],
        ),
        (["rid:a/b send", "rid:ü send", "rid: send", f"rid:{'r' * 17} send", "rid:ok send"], [("ok", False)]),
    ],
)
def test_rids_follow_the_simulcast_line(lines, rids):
    read = parse_offer(offer(Line("video", "v", "sendonly", extra=lines)), _LIMITS)
    assert [(entry.rid, entry.paused) for entry in read.media[0].rids] == rids


def test_extension_beyond_the_one_byte_form_is_not_there():
    extra = [
        "extmap:15 urn:3gpp:video-orientation",
        "extmap:200 " + "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    ]
    read = parse_offer(offer(Line("video", "v", extra=extra)), _LIMITS)
    assert {entry.name for entry in read.media[0].extensions} == {"mid", "transport_cc"}


def test_feedback_for_every_payload_type_is_written_with_a_star():
    read = parse_offer(
        offer(Line("video", "v", feedback=[], extra=["rtcp-fb:* nack", "rtcp-fb:96 ccm fir"])), _LIMITS
    )
    vp8, _, h264, _ = read.media[0].formats
    assert (vp8.feedback.nack, vp8.feedback.fir) == (True, True)
    assert (h264.feedback.nack, h264.feedback.fir) == (True, False)


def test_fingerprints_tell_a_renegotiation_from_another_connection():
    first, again = captured("chromium_sequence_0"), captured("chromium_sequence_7")
    assert fingerprint_of(first) == fingerprint_of(again)
    assert fingerprint_of(first) != fingerprint_of(captured("chromium_data_only"))
    assert fingerprint_of(_PLAIN) == fingerprint_of(_PLAIN.lower().replace("\r\n", "\n"))
    assert fingerprint_of("v=0\r\n") is None


@settings(max_examples=200)
@given(st.text(max_size=300))
def test_any_text_is_refused_or_read(text):
    for candidate in (text, "v=0\r\n" + text):
        fingerprint_of(candidate)
        try:
            parse_offer(candidate, _LIMITS)
        except OfferRefused:
            continue


@settings(max_examples=150, deadline=None)
@given(mutated())
def test_mutated_real_offer_is_refused_or_read(text):
    try:
        read = parse_offer(text, _LIMITS)
    except OfferRefused:
        return
    assert read.bundle
    assert set(read.bundle) == {section.mid for section in read.media if section.live}


def test_simulcast_camera_of_the_builder_is_like_a_real_one():
    built = parse_offer(offer(simulcast("q", "~h", "f")), _LIMITS).media[0]
    assert [(entry.rid, entry.paused) for entry in built.rids] == [("q", False), ("h", True), ("f", False)]
