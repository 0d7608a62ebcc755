import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.errors import LocalError
from sfu.identifiers import Ssrc
from sfu.rtcp.compound import parse_compound
from sfu.rtcp.remb import Remb


def _told(bitrate_bps: int) -> int:
    (remb,) = parse_compound(Remb(Ssrc(1), bitrate_bps, ()).to_bytes())
    assert isinstance(remb, Remb)
    return remb.bitrate_bps


@given(st.integers(0, (1 << 18) - 1))
def test_rate_of_18_bits_is_told_exactly(bitrate_bps: int) -> None:
    assert _told(bitrate_bps) == bitrate_bps


@given(st.integers(1 << 18, (1 << 63) - 1))
def test_higher_rate_is_told_rounded_down_by_less_than_a_part_in_131072(bitrate_bps: int) -> None:
    told = _told(bitrate_bps)
    assert 0 <= bitrate_bps - told < bitrate_bps >> 17


@given(st.lists(st.integers(0, 0xFFFFFFFF), max_size=255))
def test_streams_read_back(ssrcs: list[int]) -> None:
    remb = Remb(Ssrc(1), 300_000, tuple(map(Ssrc, ssrcs)))
    assert parse_compound(remb.to_bytes()) == [remb]


@pytest.mark.parametrize(("bitrate_bps", "streams"), [(-1, 0), (1 << 63, 0), (1, 256)])
def test_what_the_format_cannot_hold_is_our_error(bitrate_bps: int, streams: int) -> None:
    with pytest.raises(LocalError):
        Remb(Ssrc(1), bitrate_bps, (Ssrc(2),) * streams).to_bytes()
