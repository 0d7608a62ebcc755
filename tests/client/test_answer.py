"""Answers, read back as the server wrote them, and whatever else may come in their place."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from client.answer import Answer, Candidate, parse_answer
from sfu.certificate import Fingerprint
from sfu.drops import DropReason
from sfu.errors import RemoteError
from tests.sfu.sdp.offers import CAPTURED, captured
from tests.sfu.sdp.parties import Server, description


def answer_to(name: str) -> str:
    return Server().answer(captured(name))[1]


@pytest.mark.parametrize("name", [name for name in CAPTURED if "sequence" not in name])
def test_every_answer_of_the_server_is_read(name: str) -> None:
    negotiated, text = Server().answer(captured(name))
    answer = parse_answer(text)
    assert answer.credentials == description().credentials
    assert answer.fingerprints == (description().fingerprint,)
    assert answer.candidates == (Candidate("udp", 2130706431, "127.0.0.1", 9),)
    assert [line.mid for line in answer.lines] == [section.mid for section in negotiated.sections]
    by_mid = {line.mid: line for line in answer.lines}
    for slot in negotiated.slots:
        line = by_mid[slot.mid]
        assert (line.kind, line.direction) == (slot.kind, "sendonly")
        assert (line.ssrc, line.rtx_ssrc, line.seat) == (slot.ssrc, slot.rtx_ssrc, f"seat-{slot.seat}")
        assert [entry.codec for entry in line.formats if entry.codec] == [
            entry.codec for entry in slot.codecs
        ]
        assert line.extensions == slot.extensions
        for entry in slot.codecs:
            assert line.rtx_of(entry.payload_type) == entry.rtx_payload_type
    for track in negotiated.publishes:
        line = by_mid[track.mid]
        assert (line.kind, line.direction) == (track.kind, "recvonly")
        assert [rid.rid for rid in track.answered_rids] == list(line.rids)
        assert line.extensions == track.extensions


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("line", "candidate"),
    [
        ("1 1 udp 5 192.0.2.1 7 typ host", Candidate("udp", 5, "192.0.2.1", 7)),
        ("1 1 UDP 5 2001:db8::1 7 typ srflx raddr 0.0.0.0 rport 0", Candidate("udp", 5, "2001:db8::1", 7)),
        ("1 1 tcp 5 192.0.2.1 7 typ host tcptype passive", Candidate("tcp", 5, "192.0.2.1", 7)),
        ("1 1 tcp 5 192.0.2.1 9 typ host tcptype active", None),
        ("1 2 udp 5 192.0.2.1 7 typ host", None),
        ("1 1 udp x 192.0.2.1 7 typ host", None),
        ("1 1 udp 5 192.0.2.1 0 typ host", None),
        ("1 1 udp 5 192.0.2.1 70000 typ host", None),
        ("1 1 sctp 5 192.0.2.1 7 typ host", None),
        ("1 1 udp 5 192.0.2.1 7", None),
        ("", None),
    ],
)
def test_a_candidate_is_read_or_passed_over(line: str, candidate: Candidate | None) -> None:
    text = changed(answer_to("chromium_meeting"), "1 1 udp 2130706431 127.0.0.1 9 typ host", line)
    assert parse_answer(text).candidates == ((candidate,) if candidate else ())


def test_candidates_come_best_first_and_once() -> None:
    lines = [
        "1 1 udp 5 192.0.2.1 7 typ host",
        "2 1 udp 9 192.0.2.2 7 typ host",
        "3 1 udp 9 192.0.2.2 7 typ host",
    ]
    text = changed(
        answer_to("firefox_meeting"),
        "1 1 udp 2130706431 127.0.0.1 9 typ host",
        "\r\na=candidate:".join(lines),
    )
    assert [(found.priority, found.host) for found in parse_answer(text).candidates] == [
        (9, "192.0.2.2"),
        (5, "192.0.2.1"),
    ]


def without(text: str, prefix: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(prefix))


@pytest.mark.parametrize("prefix", ["v=", "a=ice-lite", "a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "m="])
def test_an_answer_without_what_it_needs_is_refused(prefix: str) -> None:
    with pytest.raises(RemoteError) as refused:
        parse_answer(without(answer_to("chromium_meeting"), prefix))
    assert refused.value.reason is DropReason.SDP_REFUSED


def read_or_refused(text: str) -> Answer | None:
    try:
        return parse_answer(text)
    except RemoteError:
        return None


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
@example("v=0\r\nm=video 9 UDP 96\r\na=mid:\ud800")
def test_no_text_breaks_the_reader(text: str) -> None:
    assert read_or_refused(text) is None


PIECES = (
    "m=video 9 UDP/TLS/RTP/SAVPF",
    "a=ssrc:4294967296 cname:x",
    "a=extmap:0 x",
    "a=candidate:",
    "a=rtpmap:",
    "",
)
ORIGINAL = answer_to("chromium_meeting").split("\r\n")


@given(
    st.lists(
        st.tuples(st.integers(0, len(ORIGINAL) - 1), st.sampled_from(PIECES) | st.text(max_size=30)),
        max_size=4,
    )
)
def test_a_spoilt_answer_is_read_or_refused(changes: Sequence[tuple[int, str]]) -> None:
    lines = list(ORIGINAL)
    for place, text in changes:
        lines[place] = text
    found = read_or_refused("\r\n".join(lines))
    assert found is None or all(isinstance(entry, Fingerprint) for entry in found.fingerprints)
