import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.errors import RemoteError
from sfu.identifiers import Ssrc
from sfu.rtcp.compound import parse_compound
from sfu.rtcp.fir import MAX_ENTRIES, Fir

entries = st.tuples(st.integers(0, 0xFFFFFFFF).map(Ssrc), st.integers(0, 255))


@given(st.lists(entries, min_size=1, max_size=20))
def test_requests_read_back(requests: list[tuple[Ssrc, int]]) -> None:
    fir = Fir(Ssrc(1), tuple(requests))
    assert parse_compound(fir.to_bytes()) == [fir]


def test_requests_are_bounded() -> None:
    assert parse_compound(Fir(Ssrc(1), ((Ssrc(2), 3),) * MAX_ENTRIES).to_bytes())
    with pytest.raises(RemoteError):
        parse_compound(Fir(Ssrc(1), ((Ssrc(2), 3),) * (MAX_ENTRIES + 1)).to_bytes())
