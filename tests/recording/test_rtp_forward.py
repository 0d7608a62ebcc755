"""A track as one RTP stream: what a receiver that knows nothing of layers and runs gets."""

from hypothesis import given, settings
from hypothesis import strategies as st

from recording.rtp_forward import RtpForward, session_description
from sfu.rtp.packet import header_length
from sfu.tap import IS_PACKET, KEYFRAME, MARKER, PACKET, PACKET_TAIL

SSRC = 0x01020304
START = 65_000
PAYLOAD = b"payload"


def record(run: int, index: int, timestamp: int, flags: int = 0, capture: float = 0.0) -> bytes:
    flags |= IS_PACKET
    return PACKET.pack(PACKET_TAIL + len(PAYLOAD), flags, 1, run, index, timestamp, capture, capture)


def stream(kind: str = "video") -> RtpForward:
    rate = 90_000 if kind == "video" else 48_000
    return RtpForward(kind, rate, SSRC, START, 1_000, 1_800_000_000.0)


def sequence(datagram: bytes | None) -> int:
    assert datagram is not None
    assert header_length(datagram) == 12
    return int.from_bytes(datagram[2:4], "big")


def timestamp(datagram: bytes | None) -> int:
    assert datagram is not None
    return int.from_bytes(datagram[4:8], "big")


def test_a_datagram_is_a_header_and_the_payload() -> None:
    forward = stream()
    datagram = forward.packet(record(1, 500, 7_000, KEYFRAME | MARKER), PAYLOAD)
    assert datagram is not None
    assert datagram[:2] == bytes((0x80, 0x80 | 96))
    assert datagram[8:] == SSRC.to_bytes(4, "big") + PAYLOAD
    assert (sequence(datagram), timestamp(datagram)) == (START, 1_000)
    voice = stream("audio").packet(record(1, 500, 7_000), PAYLOAD)
    assert voice is not None
    assert voice[1] == 111


def test_pictures_begin_with_a_key_frame_and_a_run_goes_on_until_the_next_has_one() -> None:
    forward = stream()
    assert forward.packet(record(1, 10, 100), PAYLOAD) is None
    assert sequence(forward.packet(record(1, 11, 200, KEYFRAME), PAYLOAD)) == START
    assert forward.packet(record(2, 900, 5), PAYLOAD) is None
    assert sequence(forward.packet(record(1, 12, 300), PAYLOAD)) == START + 1
    assert sequence(forward.packet(record(2, 901, 6, KEYFRAME), PAYLOAD)) == START + 2
    assert forward.packet(record(1, 13, 400), PAYLOAD) is None


def test_times_go_on_over_a_new_run_as_the_capture_did() -> None:
    forward = stream()
    forward.packet(record(1, 10, 100, KEYFRAME, capture=5.0), PAYLOAD)
    later = forward.packet(record(2, 10, 999_999, KEYFRAME, capture=5.5), PAYLOAD)
    assert timestamp(later) == 1_000 + 45_000


def test_lost_packets_leave_a_hole_and_late_ones_fill_it() -> None:
    forward = stream("audio")
    numbers = [sequence(forward.packet(record(1, index, index * 960), PAYLOAD)) for index in (100, 102, 101)]
    assert numbers == [START, START + 2, START + 1]
    assert forward.packet(record(1, 99, 0), PAYLOAD) is None


def test_reports_tie_the_stream_to_the_clock_once_a_second() -> None:
    forward = stream()
    assert forward.report(1.0) is None
    forward.packet(record(1, 10, 100, KEYFRAME, capture=5.0), PAYLOAD)
    report = forward.report(6.0)
    assert report is not None
    assert report[1] == 200
    assert int.from_bytes(report[8:12], "big") == 1_800_000_005 + 2_208_988_800
    assert int.from_bytes(report[16:20], "big") == 1_000
    assert forward.report(6.5) is None


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 40), st.booleans()), max_size=60),
    st.sampled_from(["audio", "video"]),
)
def test_no_number_is_used_twice_by_different_packets(
    packets: list[tuple[int, int, bool]], kind: str
) -> None:
    forward = stream(kind)
    used: dict[int, tuple[int, int]] = {}
    for run, index, keyframe in packets:
        datagram = forward.packet(record(run, index, index * 10, KEYFRAME if keyframe else 0), PAYLOAD)
        if datagram is not None:
            assert used.setdefault(sequence(datagram), (run, index)) == (run, index)


def test_the_description_is_what_players_read() -> None:
    lines = session_description("camera", "video", "H264", "42e01f", 90_000, "192.0.2.1", 5004).split("\r\n")
    assert "c=IN IP4 192.0.2.1" in lines
    assert "m=video 5004 RTP/AVP 96" in lines
    assert "a=rtpmap:96 H264/90000" in lines
    assert "a=fmtp:96 packetization-mode=1;profile-level-id=42e01f" in lines
    voice = session_description("microphone", "audio", "opus", "", 48_000, "2001:db8::1", 5006)
    assert "c=IN IP6 2001:db8::1\r\n" in voice
    assert "a=rtpmap:111 opus/48000/2" in voice
