import pytest

from sfu.demux import Protocol, demux


def expected(first: int) -> Protocol:
    """RFC 7983 §7, figure 3, as its text has it."""
    if first <= 3:
        return Protocol.STUN
    if 20 <= first <= 63:
        return Protocol.DTLS
    return Protocol.RTP if 128 <= first <= 191 else Protocol.UNKNOWN


@pytest.mark.parametrize("first", range(256))
def test_first_byte_tells_the_protocol(first: int) -> None:
    assert demux(bytes((first,))) is expected(first)
    assert demux(bytes((first, 96, 0))) is expected(first)


@pytest.mark.parametrize("second", range(256))
def test_second_byte_tells_rtcp_from_rtp(second: int) -> None:
    assert demux(bytes((0x80, second))) is (Protocol.RTCP if 192 <= second <= 223 else Protocol.RTP)


@pytest.mark.parametrize("first", [0, 22, 100])
def test_second_byte_matters_to_rtp_alone(first: int) -> None:
    assert demux(bytes((first, 200))) is demux(bytes((first,)))
