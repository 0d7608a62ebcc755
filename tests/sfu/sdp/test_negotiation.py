"""The rules of PROTOCOL.md's SDP section, one by one."""

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.codecs.codec import enabled_keys
from sfu.errors import LocalError, OfferRefused
from sfu.identifiers import Ssrc
from sfu.sdp.extensions import ExtensionIds
from sfu.sdp.limits import SdpLimits
from sfu.sdp.negotiation import Negotiation, negotiate
from sfu.sdp.offer import parse_offer
from sfu.sdp.sections import InactiveSection, RejectedSection
from tests.sfu.sdp.offers import (
    AV1,
    CAPTURED,
    FINGERPRINT,
    H264,
    IDS,
    OPUS,
    OTHER_FINGERPRINT,
    RED,
    VP8,
    VP9,
    Line,
    captured,
    offer,
    simulcast,
    slots,
)
from tests.sfu.sdp.parties import Server, listed

_DESCRIPTOR = ("mid", "rid", "repaired_rid", "transport_cc", "dependency_descriptor")


def _camera(mid: str = "v", **changes: object) -> Line:
    return Line("video", mid, "sendonly", **changes)  # type: ignore[arg-type]


def _microphone(mid: str = "a", **changes: object) -> Line:
    return Line("audio", mid, "sendonly", **changes)  # type: ignore[arg-type]


def _refusal(server: Server, text: str, tracks: list | None = None) -> str:
    before = server.state
    with pytest.raises(OfferRefused) as caught:
        server.negotiate(text, tracks)
    assert server.state is before
    return caught.value.code


# --- tracks ----------------------------------------------------------------------------------------------


def test_listed_m_line_that_sends_is_published_with_its_track():
    tracks = [listed("a", "microphone", muted=True), listed("v", "screen")]
    negotiated = Server().negotiate(offer(_microphone(), _camera()), tracks)
    assert [
        (entry.mid, entry.track, entry.csrc, entry.source, entry.muted, entry.kind)
        for entry in negotiated.publishes
    ] == [
        ("a", tracks[0].track, tracks[0].csrc, "microphone", True, "audio"),
        ("v", tracks[1].track, tracks[1].csrc, "screen", False, "video"),
    ]
    assert negotiated.refused == ()


@pytest.mark.parametrize("direction", ["sendonly", "sendrecv"])
def test_unlisted_m_line_that_sends_is_forbidden_and_the_rest_stands(direction):
    text = offer(Line("video", "v", direction), _microphone(), *slots(1))
    negotiated = Server().negotiate(text, [listed("a", "microphone")])
    assert negotiated.refused == (("v", "forbidden"),)
    assert [entry.mid for entry in negotiated.publishes] == ["a"]
    assert [entry.mid for entry in negotiated.slots] == ["0", "1"]


def test_source_that_is_not_allowed_is_forbidden():
    tracks = [listed("a", "microphone"), listed("v", "screen", allowed=False)]
    negotiated = Server().negotiate(offer(_microphone(), _camera()), tracks)
    assert negotiated.refused == (("v", "forbidden"),)


def test_sendrecv_publishes_and_is_no_slot():
    negotiated = Server().negotiate(offer(Line("video", "v", "sendrecv")))
    assert [entry.mid for entry in negotiated.publishes] == ["v"]
    assert negotiated.slots == ()


@pytest.mark.parametrize("direction", ["inactive", "recvonly"])
def test_listed_m_line_that_does_not_send_is_unpublished(direction):
    server = Server()
    assert server.negotiate(offer(_camera())).publishes
    negotiated = server.negotiate(offer(Line("video", "v", direction)), [listed("v", "camera")])
    assert negotiated.publishes == ()
    assert negotiated.refused == ()


def test_listed_m_line_with_port_0_is_unpublished():
    server = Server()
    server.negotiate(offer(_camera(), *slots(1)))
    negotiated = server.negotiate(offer(_camera(port=0), *slots(1)), [listed("v", "camera")])
    assert negotiated.publishes == ()
    assert isinstance(negotiated.sections[0], RejectedSection)


def test_listed_mid_without_an_m_line_is_left_out():
    negotiated = Server().negotiate(offer(_camera()), [listed("v", "camera"), listed("x", "screen")])
    assert [entry.mid for entry in negotiated.publishes] == ["v"]


def test_mid_listed_again_is_published_as_what_the_room_says():
    server = Server()
    server.negotiate(offer(_camera()), [listed("v", "camera")])
    server.negotiate(offer(_camera()), [])
    fresh = replace(listed("v", "screen"), track="tr_fresh")
    negotiated = server.negotiate(offer(_camera()), [fresh])
    assert [(entry.track, entry.source) for entry in negotiated.publishes] == [("tr_fresh", "screen")]


@pytest.mark.parametrize(
    ("line", "source"), [(_camera(), "microphone"), (_camera(), "screen_audio"), (_microphone(), "screen")]
)
def test_source_of_the_wrong_kind_is_a_conflict(line, source):
    assert _refusal(Server(), offer(line), [listed(line.mid, source)]) == "conflict"


def test_mid_listed_twice_is_a_bad_message():
    twice = [listed("v", "camera"), listed("v", "screen")]
    assert _refusal(Server(), offer(_camera()), twice) == "bad_message"


def test_tracks_beyond_the_limit_are_answered_inactive():
    server = Server(SdpLimits(max_tracks=2))
    negotiated = server.negotiate(offer(*(_camera(str(n)) for n in range(3))))
    assert [entry.mid for entry in negotiated.publishes] == ["0", "1"]
    assert negotiated.refused == (("2", "too_large"),)


def test_m_line_without_a_codec_of_ours_is_answered_inactive():
    line = _camera(formats=["100 H265/90000"])
    assert Server().negotiate(offer(line)).refused == (("v", "unavailable"),)


# --- the codec of a track --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formats", "enabled", "key", "payload_type", "rtx"),
    [
        (VP8 + H264, ["VP8", "H264"], "VP8", 96, 97),
        (H264 + VP8, ["VP8", "H264"], "H264/42e01f", 102, 103),
        (H264 + VP8, ["VP8"], "VP8", 96, 97),
        (AV1 + VP9, ["VP9", "AV1"], "AV1/0", 45, 46),
        (["100 H265/90000", *VP9], ["VP9"], "VP9/0", 98, 99),
        (VP8[:1], ["VP8"], "VP8", 96, None),
    ],
)
def test_track_gets_the_first_offered_codec_that_is_enabled(formats, enabled, key, payload_type, rtx):
    server = Server(enabled=enabled_keys(enabled))
    (section,) = server.negotiate(offer(_camera(formats=formats))).publishes
    assert (section.codec.key, section.payload_type, section.rtx_payload_type) == (key, payload_type, rtx)
    assert [entry.codec.key for entry in section.codecs] == [key]


def test_h264_needs_packetization_mode_1_and_an_enabled_profile():
    formats = ["100 H264/90000", "101 H264/90000", *H264]
    fmtps = {
        "100": "packetization-mode=1;profile-level-id=42001f",
        "101": "packetization-mode=0;profile-level-id=42e01f",
    }
    (section,) = Server().negotiate(offer(_camera(formats=formats, fmtps=fmtps))).publishes
    assert section.payload_type == 102


@pytest.mark.parametrize(
    ("formats", "fmtp", "red"),
    [
        (RED + OPUS, "111/111", 63),
        (OPUS + RED, "111/111", None),
        (RED + OPUS, "111/112", None),
        (RED + OPUS, "", None),
    ],
)
def test_red_is_used_where_it_is_preferred_and_carries_the_opus_of_its_m_line(formats, fmtp, red):
    (section,) = Server().negotiate(offer(_microphone(formats=formats, fmtps={"63": fmtp}))).publishes
    assert (section.codec.key, section.payload_type, section.red_payload_type) == ("opus", 111, red)


def test_red_that_is_not_enabled_is_left_out():
    server = Server(enabled=enabled_keys(["opus"]))
    (section,) = server.negotiate(offer(_microphone(formats=RED + OPUS))).publishes
    assert section.red_payload_type is None


def test_feedback_of_a_track_is_that_of_its_codec():
    line = _camera(feedback=[], extra=["rtcp-fb:96 nack", "rtcp-fb:96 ccm fir", "rtcp-fb:102 goog-remb"])
    (section,) = Server().negotiate(offer(line)).publishes
    feedback = section.feedback
    assert (feedback.nack, feedback.fir, feedback.pli, feedback.transport_cc, feedback.remb) == (
        True,
        True,
        False,
        False,
        False,
    )


# --- simulcast and SSRCs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offered", "quality"),
    [
        (("q", "h", "f"), ("q", "h", "f")),
        (("f", "h", "q"), ("q", "h", "f")),
        (("h", "m", "l"), ("l", "m", "h")),
        (("l", "m", "h"), ("l", "m", "h")),
        (("f", "~h", "q"), ("q", "h", "f")),
        (("b", "a"), ("b", "a")),
        (("1", "2", "3", "4", "5"), ("1", "2", "3", "4")),
    ],
)
def test_quality_order_is_the_offers_but_for_names_known_to_run_backwards(offered, quality):
    (section,) = Server().negotiate(offer(simulcast(*offered))).publishes
    assert section.rids == quality
    assert section.ssrcs == ()


def test_single_encoding_has_no_rids():
    (section,) = Server().negotiate(offer(_camera())).publishes
    assert section.rids == ()


def test_firefox_ssrcs_get_the_rids_in_the_offers_order():
    (section,) = (
        entry for entry in Server().negotiate(captured("firefox_h264_best_first")).publishes if entry.rids
    )
    lines = captured("firefox_h264_best_first").split("\r\n")
    groups = [line.split()[1:] for line in lines if line.startswith("a=ssrc-group:FID")][-3:]
    assert section.rids == ("q", "h", "f")
    assert section.ssrcs == tuple(zip((int(media) for media, _ in groups), ("f", "h", "q"), strict=True))
    assert section.rtx_of == tuple((int(rtx), int(media)) for media, rtx in groups)


def test_announced_ssrc_of_a_single_encoding_has_the_empty_rid():
    extra = ["ssrc-group:FID 7 8", "ssrc:7 cname:x", "ssrc:8 cname:x"]
    (section,) = Server().negotiate(offer(_camera(extra=extra))).publishes
    assert section.ssrcs == ((7, ""),)
    assert section.rtx_of == ((8, 7),)


def test_sim_group_without_rids_is_named_from_the_lowest_up():
    extra = ["ssrc-group:SIM 7 8", "ssrc-group:FID 7 17", *(f"ssrc:{n} cname:x" for n in (8, 7, 17))]
    (section,) = Server().negotiate(offer(_camera(extra=extra))).publishes
    assert section.ssrcs == ((7, "h"), (8, "f"))
    assert section.rids == ("h", "f")
    assert section.answered_rids == ()


def test_ssrcs_that_do_not_match_the_rids_are_learnt_from_packets():
    line = simulcast("q", "f")
    line.extra = [*line.extra, "ssrc:7 cname:x"]
    (section,) = Server().negotiate(offer(line)).publishes
    assert section.ssrcs == ()
    assert section.rids == ("q", "f")


def test_simulcast_that_nothing_could_tell_apart_becomes_one_encoding():
    (section,) = Server().negotiate(offer(simulcast("q", "f", extensions=["mid"]))).publishes
    assert section.rids == section.answered_rids == ()


def test_rid_bound_to_other_payload_types_is_left_out():
    extra = ["rid:q send pt=96", "rid:f send max-width=640;pt=102", "simulcast:send q;f"]
    (section,) = Server().negotiate(offer(simulcast(extra=extra))).publishes
    assert section.rids == ("q",)


def test_m_line_without_mid_extension_needs_ssrcs():
    bare = _camera(extensions=["transport_cc"])
    assert _refusal(Server(), offer(bare)) == "bad_message"
    bare.extra = ["ssrc:7 cname:x"]
    (section,) = Server().negotiate(offer(bare)).publishes
    assert section.ssrcs == ((7, ""),)


# --- slots -----------------------------------------------------------------------------------------------


def test_seats_count_in_m_line_order_of_each_kind():
    lines = [Line(kind, mid) for mid, kind in enumerate_text(["video", "audio", "video", "audio", "audio"])]
    found = Server().negotiate(offer(*lines)).slots
    assert [(slot.kind, slot.seat) for slot in found] == [
        ("video", 1),
        ("audio", 1),
        ("video", 2),
        ("audio", 2),
        ("audio", 3),
    ]


def enumerate_text(values: list[str]) -> list[tuple[str, str]]:
    """(index as a mid, value)."""
    return [(str(index), value) for index, value in enumerate(values)]


def test_new_slot_takes_the_lowest_free_seat_of_its_kind():
    server = Server()
    server.negotiate(offer(*slots(3)))
    gone = [replace(line, port=0) if line.mid in ("2", "3") else line for line in slots(3)]
    server.negotiate(offer(*gone))
    grown = [*gone, Line("video", "7"), Line("video", "8")]
    found = {slot.mid: slot.seat for slot in server.negotiate(offer(*grown)).slots}
    assert found == {"0": 1, "1": 1, "4": 3, "5": 3, "7": 2, "8": 4}


def test_deleted_index_returns_with_a_new_mid_and_new_ssrcs():
    server = Server()
    (old,) = server.negotiate(offer(Line("video", "0"), _microphone())).slots
    server.negotiate(offer(Line("video", "0", port=0), _microphone()))
    (new,) = server.negotiate(offer(Line("video", "9"), _microphone())).slots
    assert new.seat == old.seat
    assert {new.ssrc, new.rtx_ssrc}.isdisjoint({old.ssrc, old.rtx_ssrc})


def test_inactive_slot_is_parked_and_comes_back_as_it_was():
    server = Server()
    (before,) = server.negotiate(offer(Line("video", "0"))).slots
    (parked,) = server.negotiate(offer(Line("video", "0", "inactive"))).slots
    (after,) = server.negotiate(offer(Line("video", "0"))).slots
    assert (before.parked, parked.parked, after.parked) == (False, True, False)
    assert replace(parked, line=before.line, parked=False) == before == after


def test_slot_that_publishes_for_a_while_keeps_its_seat():
    server = Server()
    before = server.negotiate(offer(*slots(2))).slots
    lent = [replace(line, direction="sendrecv") if line.mid == "1" else line for line in slots(2)]
    assert [slot.mid for slot in server.negotiate(offer(*lent)).slots] == ["0", "2", "3"]
    assert server.negotiate(offer(*slots(2))).slots == before


@pytest.mark.parametrize(("kind", "others"), [("audio", "video"), ("video", "audio")])
def test_slots_over_the_limit_are_answered_inactive_and_left_out(kind, others):
    server = Server(SdpLimits(max_slots_audio=2, max_slots_video=2))
    lines = [Line(kind, mid) for mid in "abc"] + [Line(others, "d")]
    negotiated = server.negotiate(offer(*lines))
    assert [slot.mid for slot in negotiated.slots] == ["a", "b", "d"]
    assert isinstance(negotiated.sections[2], InactiveSection)
    assert negotiated.refused == ()
    lines[0] = replace(lines[0], port=0)
    assert [(slot.mid, slot.seat) for slot in server.negotiate(offer(*lines)).slots] == [
        ("b", 2),
        ("c", 1),
        ("d", 1),
    ]


def test_slot_keeps_every_accepted_codec_in_the_offers_order_with_rtx():
    formats = [*H264, "100 H265/90000", *AV1, *VP8[:1], *VP9]
    (slot,) = Server().negotiate(offer(Line("video", "0", formats=formats))).slots
    assert [(entry.codec.key, entry.payload_type, entry.rtx_payload_type) for entry in slot.codecs] == [
        ("H264/42e01f", 102, 103),
        ("AV1/0", 45, 46),
        ("VP8", 96, None),
        ("VP9/0", 98, 99),
    ]


def test_slot_without_rtx_has_no_rtx_ssrc_until_it_is_offered():
    server = Server()
    bare = Line("video", "0", formats=VP8[:1])
    (slot,) = server.negotiate(offer(bare)).slots
    assert slot.rtx_ssrc is None
    (repaired,) = server.negotiate(offer(Line("video", "0"))).slots
    assert repaired.ssrc == slot.ssrc
    assert repaired.rtx_ssrc is not None
    (bare_again,) = server.negotiate(offer(bare)).slots
    assert bare_again.rtx_ssrc is None
    assert server.negotiate(offer(Line("video", "0"))).slots == (repaired,)


def test_slot_without_a_codec_of_ours_is_left_out():
    assert Server().negotiate(offer(Line("video", "0", formats=["100 H265/90000"]))).slots == ()


def test_inactive_m_line_that_was_never_a_slot_is_none():
    negotiated = Server().negotiate(offer(Line("video", "0", "inactive")))
    assert negotiated.slots == ()
    assert negotiated.refused == ()


def test_ssrc_is_drawn_until_it_is_free():
    drawn = iter([0, 7, 5, 5, 6])
    text = offer(_microphone(extra=["ssrc:7 cname:x"]), Line("video", "0"))
    negotiated = negotiate(
        Negotiation(),
        parse_offer(text, SdpLimits()),
        [listed("a", "microphone")],
        SdpLimits(),
        enabled=enabled_keys(["opus", "VP8"]),
        make_ssrc=lambda: Ssrc(next(drawn)),
    )
    assert [(slot.ssrc, slot.rtx_ssrc) for slot in negotiated.slots] == [(5, 6)]


def test_broken_random_source_is_our_fault():
    with pytest.raises(LocalError):
        negotiate(
            Negotiation(),
            parse_offer(offer(Line("video", "0")), SdpLimits()),
            [],
            SdpLimits(),
            enabled=enabled_keys(["VP8"]),
            make_ssrc=lambda: Ssrc(0),
        )


def test_connection_that_used_up_its_ssrcs_gets_no_new_slot():
    server = Server()
    server.state = Negotiation(issued=frozenset(Ssrc(number) for number in range(1, 65_537)))
    assert _refusal(server, offer(Line("video", "0"))) == "unavailable"


# --- header extensions -----------------------------------------------------------------------------------


def _ids(*names: str) -> ExtensionIds:
    return ExtensionIds(**{name: IDS[name] for name in names})


def test_extensions_keep_the_offers_numbers_and_only_offered_ones_are_there():
    everything = [name for name in IDS if name != "dependency_descriptor"]
    negotiated = Server().negotiate(
        offer(_camera(extensions=everything), Line("audio", "0", extensions=["mid"]))
    )
    assert negotiated.publishes[0].extensions == _ids(*everything)
    assert negotiated.slots[0].extensions == _ids("mid")
    assert negotiated.extensions == _ids(*everything)


def test_slot_accepts_rid_as_chromium_needs_it_but_no_second_send_time():
    names = ["mid", "rid", "repaired_rid", "transport_cc", "abs_send_time", "playout_delay"]
    (slot,) = Server().negotiate(offer(Line("video", "0", extensions=names))).slots
    assert slot.extensions == _ids("mid", "rid", "repaired_rid", "transport_cc", "playout_delay")


@pytest.mark.parametrize(
    ("names", "feedback"),
    [(["mid", "abs_send_time"], ["transport-cc"]), (["mid", "abs_send_time", "transport_cc"], ["goog-remb"])],
)
def test_slot_without_transport_cc_carries_the_send_time(names, feedback):
    (slot,) = Server().negotiate(offer(Line("video", "0", extensions=names, feedback=feedback))).slots
    assert slot.extensions == _ids(*names)


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        (_camera(formats=AV1 + VP8, extensions=_DESCRIPTOR), True),
        (simulcast("q", "f", formats=AV1, extensions=_DESCRIPTOR), True),
        (_camera(formats=VP9 + AV1, extensions=_DESCRIPTOR), True),
        (simulcast("q", "f", formats=VP9, extensions=_DESCRIPTOR), False),
        (_camera(formats=VP8 + AV1, extensions=_DESCRIPTOR), False),
        (_camera(formats=H264, extensions=_DESCRIPTOR), False),
        (Line("video", "0", formats=AV1 + VP8, extensions=_DESCRIPTOR), True),
        (Line("video", "0", formats=VP9 + VP8, extensions=_DESCRIPTOR), True),
        (Line("video", "0", formats=VP8 + AV1, extensions=_DESCRIPTOR), False),
    ],
)
def test_dependency_descriptor_is_for_av1_first_or_vp9_without_rids(line, accepted):
    negotiated = Server().negotiate(offer(line))
    (section,) = negotiated.publishes or negotiated.slots
    assert bool(section.extensions.dependency_descriptor) is accepted


def test_dependency_descriptor_follows_the_codec_that_is_sent():
    server = Server(enabled=enabled_keys(["VP8"]))
    (section,) = server.negotiate(offer(_camera(formats=AV1 + VP8, extensions=_DESCRIPTOR))).publishes
    assert section.extensions.dependency_descriptor == 0


def test_extension_is_accepted_in_the_direction_it_is_offered_for():
    negotiated = Server().negotiate(captured("firefox_meeting"))
    camera = next(entry for entry in negotiated.publishes if entry.kind == "video")
    slot = next(entry for entry in negotiated.slots if entry.kind == "video")
    assert camera.extensions.rid
    assert not camera.extensions.playout_delay  # offered as recvonly
    assert slot.extensions.playout_delay
    assert not slot.extensions.dependency_descriptor  # offered as sendonly


# --- renegotiation ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("an m-line less", offer(*slots(1))),
        ("another mid", offer(*slots(1), Line("audio", "x"), Line("video", "3"))),
        ("another order", offer(*slots(2)[::-1])),
        ("another medium", offer(*slots(1), Line("video", "2"), Line("video", "3"))),
        (
            "a payload type with another codec",
            offer(*slots(1), Line("audio", "2"), Line("video", "3", formats=["96 VP9/90000"])),
        ),
        (
            "a codec with another payload type",
            offer(*slots(1), Line("audio", "2"), Line("video", "3", formats=["98 VP8/90000"])),
        ),
        (
            "RTX with another payload type",
            offer(
                *slots(1),
                Line("audio", "2"),
                Line("video", "3", formats=["96 VP8/90000", "99 rtx/90000"], fmtps={"99": "apt=96"}),
            ),
        ),
    ],
    ids=lambda value: value if len(value) < 50 else "",
)
def test_renegotiation_that_moves_what_is_fixed_is_a_bad_message(name, second):
    server = Server()
    server.negotiate(offer(*slots(2)))
    assert _refusal(server, second) == "bad_message", name


def test_extension_number_that_changes_is_a_bad_message():
    server = Server()
    text = offer(*slots(1))
    server.negotiate(text)
    moved = text.replace(f"a=extmap:{IDS['transport_cc']} ", "a=extmap:13 ")
    assert moved != text
    assert _refusal(server, moved) == "bad_message"


def test_extension_number_that_changes_its_meaning_is_a_bad_message():
    server = Server()
    server.negotiate(offer(Line("video", "0", extensions=["mid", "playout_delay"])))
    line = Line(
        "video", "0", extensions=["mid"], extra=[f"extmap:{IDS['playout_delay']} urn:3gpp:video-orientation"]
    )
    assert _refusal(server, offer(line)) == "bad_message"


def test_codec_that_was_left_out_comes_back_with_its_payload_type():
    server = Server()
    (before,) = server.negotiate(offer(Line("video", "0"))).slots
    (narrow,) = server.negotiate(offer(Line("video", "0", formats=VP8))).slots
    assert [entry.codec.key for entry in narrow.codecs] == ["VP8"]
    assert server.negotiate(offer(Line("video", "0"))).slots == (before,)


def test_second_payload_type_of_a_codec_does_not_take_over():
    server = Server()
    server.negotiate(offer(Line("video", "0", formats=VP8)))
    both = ["110 VP8/90000", "112 rtx/90000", *VP8]
    (slot,) = server.negotiate(offer(Line("video", "0", formats=both, fmtps={"112": "apt=110"}))).slots
    assert [(entry.payload_type, entry.rtx_payload_type) for entry in slot.codecs] == [(96, 97)]


def test_new_credentials_restart_ice():
    server = Server()
    text = offer(*slots(1))
    assert not server.negotiate(text).ice_restart
    assert not server.negotiate(text).ice_restart
    renewed = server.negotiate(text.replace("ice-ufrag:abcd", "ice-ufrag:efgh"))
    assert renewed.ice_restart
    assert renewed.credentials.ufrag == "efgh"


def test_another_certificate_is_another_connection():
    server = Server()
    server.negotiate(offer(*slots(1)))
    assert _refusal(server, offer(*slots(1)).replace(FINGERPRINT, OTHER_FINGERPRINT)) == "conflict"


def test_data_m_line_may_come_with_any_offer_and_go():
    server = Server()
    assert server.negotiate(offer(*slots(1))).data is None
    data = server.negotiate(offer(*slots(1), Line("application", "d"))).data
    assert data is not None
    assert data.mid == "d"
    assert server.negotiate(offer(*slots(1), Line("application", "d", port=0))).data is None


def test_offer_with_only_data_is_valid():
    negotiated = Server().negotiate(offer(Line("application", "d")))
    assert negotiated.data is not None
    assert negotiated.publishes == negotiated.slots == negotiated.refused == ()


def test_m_line_of_an_unknown_medium_is_rejected_and_its_index_free():
    server = Server()
    text = offer(*slots(1))
    other = "m=text 9 UDP/TLS/RTP/SAVPF 98\r\na=mid:t\r\n"
    assert isinstance(server.negotiate(text + other).sections[2], RejectedSection)
    assert len(server.negotiate(offer(*slots(1), Line("video", "2"))).slots) == 3


# --- whole lives -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in CAPTURED if "sequence" not in name])
def test_real_offer_is_negotiated(name):
    negotiated = Server().negotiate(captured(name))
    assert negotiated.refused == ()
    assert all(slot.codecs for slot in negotiated.slots)
    if "data_only" not in name:
        assert negotiated.publishes


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_real_renegotiations_keep_what_is_fixed(browser):
    server = Server()
    steps = [server.negotiate(captured(f"{browser}_sequence_{number}")) for number in range(8)]
    seats = [{slot.mid: slot.seat for slot in step.slots} for step in steps]
    assert seats[0] == {"2": 1, "3": 1, "4": 2, "5": 2}
    assert seats[2] == seats[0] | {"7": 3, "8": 3}
    assert "2" not in seats[3]
    assert seats[4]["9"] == 1  # the deleted slot's seat and index
    assert [slot.mid for slot in steps[4].slots if slot.parked] == ["3"]
    assert [slot.mid for slot in steps[5].slots if slot.parked] == []
    assert [[entry.kind for entry in step.publishes] for step in steps[5:]] == [
        ["audio", "video"],
        ["audio"],
        ["audio"],
    ]
    assert [step.ice_restart for step in steps] == [False] * 7 + [True]
    for step, following in itertools.pairwise(steps):
        known = {slot.mid: (slot.seat, slot.ssrc, slot.rtx_ssrc) for slot in step.slots}
        for slot in following.slots:
            assert known.get(slot.mid, (slot.seat, slot.ssrc, slot.rtx_ssrc)) == (
                slot.seat,
                slot.ssrc,
                slot.rtx_ssrc,
            )


_FORMATS = st.permutations([VP8, H264, VP9, AV1]).flatmap(
    lambda order: st.integers(1, 4).map(lambda count: [entry for pair in order[:count] for entry in pair])
)
_DIRECTIONS = st.sampled_from(["recvonly", "recvonly", "inactive", "sendonly", "sendrecv"])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_renegotiation_changes_what_a_mid_has(data):
    server = Server(SdpLimits(max_slots_audio=3, max_slots_video=3, max_tracks=3))
    server.source = random.Random(data.draw(st.integers(0, 99)))
    lines: list[Line] = []
    fixed: dict[str, dict[object, int]] = {}
    issued: dict[int, str] = {}
    count = 0
    for _ in range(data.draw(st.integers(2, 6))):
        for place, line in enumerate(lines):
            if line.port == 0:
                if data.draw(st.booleans()):
                    lines[place] = Line(data.draw(st.sampled_from(["audio", "video"])), f"m{count}")
                    count += 1
                continue
            line.direction = data.draw(_DIRECTIONS)
            line.port = data.draw(st.sampled_from([9, 9, 9, 0])) if len(lines) > 1 else 9
            if line.kind == "video":
                line.formats = data.draw(_FORMATS)
        for _ in range(data.draw(st.integers(0 if lines else 1, 3))):
            lines.append(Line(data.draw(st.sampled_from(["audio", "video"])), f"m{count}"))
            count += 1
        if not any(line.port for line in lines):
            lines.append(Line("video", f"m{count}"))
            count += 1
        negotiated = server.negotiate(offer(*lines))
        for line in lines:
            if line.port == 0:
                fixed.pop(line.mid, None)
        for kind in ("audio", "video"):
            seats = [slot.seat for slot in negotiated.slots if slot.kind == kind]
            assert len(set(seats)) == len(seats) <= 3
            assert all(1 <= seat <= 3 for seat in seats)
        for slot in negotiated.slots:
            facts: dict[object, int] = {"seat": slot.seat, "ssrc": slot.ssrc}
            facts |= {} if slot.rtx_ssrc is None else {"rtx": slot.rtx_ssrc}
            facts |= {entry.codec.key: entry.payload_type for entry in slot.codecs}
            facts |= dict(slot.extensions.items())
            known = fixed.setdefault(slot.mid, {})
            assert known | facts == facts | known
            known |= facts
            for ssrc in (slot.ssrc, slot.rtx_ssrc):
                if ssrc is not None:
                    assert issued.setdefault(ssrc, slot.mid) == slot.mid
