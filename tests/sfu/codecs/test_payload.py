from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.codecs.payload import PayloadFacts, reader_for
from sfu.drops import DropReason
from sfu.errors import LocalError, RemoteError
from tests.sfu.codecs.captured import AUDIO, VIDEO, capture

CODECS = ("VP8", "VP9", "H264", "AV1", "opus", "red")
CAPTURES = {name: capture(name) for name in VIDEO + AUDIO}


def _by_picture(name: str) -> dict[int, list[PayloadFacts]]:
    read = reader_for(CAPTURES[name].codec)
    pictures: dict[int, list[PayloadFacts]] = {}
    for packet in CAPTURES[name].packets:
        pictures.setdefault(packet.timestamp, []).append(read(packet.payload))
    return pictures


@pytest.mark.parametrize("name", VIDEO)
def test_key_frames_are_those_the_browser_encoded(name: str) -> None:
    keys = [frame.timestamp for frame in CAPTURES[name].frames if frame.key]
    assert len(keys) == 2
    pictures = _by_picture(name)
    assert [timestamp for timestamp, packets in pictures.items() if packets[0].keyframe] == keys
    assert not any(facts.keyframe for packets in pictures.values() for facts in packets[1:])


@pytest.mark.parametrize("name", VIDEO)
def test_size_is_that_of_the_largest_layer(name: str) -> None:
    for timestamp, packets in _by_picture(name).items():
        if packets[0].keyframe:
            largest = max((frame.width, frame.height) for frame in CAPTURES[name].frames_at(timestamp))
            assert (packets[0].width, packets[0].height) == largest
        else:
            assert not any(facts.width or facts.height for facts in packets)


# With the dependency descriptor Chromium tells VP8's layers only there.
@pytest.mark.parametrize("name", [name for name in VIDEO if name != "vp8_dd_l1t3"])
def test_layers_are_those_the_browser_encoded(name: str) -> None:
    for timestamp, packets in _by_picture(name).items():
        frames = CAPTURES[name].frames_at(timestamp)
        first = [facts for facts in packets if facts.starts_frame]
        assert [(facts.spatial, facts.temporal) for facts in first] == [
            (frame.spatial, frame.temporal) for frame in frames
        ]


@pytest.mark.parametrize("name", [name for name in VIDEO if name.startswith("vp9")])
def test_vp9_tells_the_last_packet_of_each_frame(name: str) -> None:
    for packets in _by_picture(name).values():
        starts = [facts.starts_frame for facts in packets]
        assert [facts.ends_frame for facts in packets] == [*starts[1:], True]


def test_numbers_of_pictures_count_up() -> None:
    pictures = list(_by_picture("vp8_l1t3").values())
    assert all(len({facts.picture_id for facts in packets}) == 1 for packets in pictures)
    runs = [packets[0] for packets in pictures[:20]]
    assert [facts.picture_id - runs[0].picture_id for facts in runs] == list(range(20))
    base = [facts.tl0 for facts in runs if facts.temporal == 0]
    assert base == list(range(base[0], base[0] + len(base)))


@pytest.mark.parametrize("name", AUDIO)
def test_every_audio_packet_can_be_decoded_alone(name: str) -> None:
    for packets in _by_picture(name).values():
        assert packets == [PayloadFacts(keyframe=True, starts_frame=True, ends_frame=True)]


def test_reader_of_what_is_not_forwarded_is_our_error() -> None:
    with pytest.raises(LocalError):
        reader_for("H265")


def _refused_or_read(read: Callable[[bytes], PayloadFacts], payload: bytes) -> None:
    reason = None
    try:
        facts = read(payload)
        assert 0 <= facts.temporal <= 7
        assert 0 <= facts.spatial <= 7
        assert -1 <= facts.picture_id < 1 << 15
        assert -1 <= facts.tl0 <= 255
        assert 0 <= facts.width <= 1 << 16
        assert 0 <= facts.height <= 1 << 16
    except RemoteError as error:
        reason = error.reason
    assert reason in (None, DropReason.RTP_PAYLOAD_MALFORMED)


@pytest.mark.parametrize("codec", CODECS)
def test_empty_payload_is_refused(codec: str) -> None:
    with pytest.raises(RemoteError):
        reader_for(codec)(b"")


@pytest.mark.parametrize("codec", CODECS)
@given(payload=st.binary(max_size=80))
def test_arbitrary_payload_raises_nothing_else(codec: str, payload: bytes) -> None:
    _refused_or_read(reader_for(codec), payload)


@pytest.mark.parametrize("name", VIDEO + AUDIO)
@given(data=st.data())
def test_damaged_real_payload_raises_nothing_else(name: str, data: st.DataObject) -> None:
    packets = CAPTURES[name].packets
    payload = bytearray(data.draw(st.sampled_from(packets)).payload)
    beginning = min(len(payload), 48) - 1
    for place in data.draw(st.lists(st.integers(0, beginning), max_size=4)):
        payload[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(payload)))
    _refused_or_read(reader_for(CAPTURES[name].codec), bytes(payload[:cut]))
