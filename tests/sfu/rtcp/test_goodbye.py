import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.errors import LocalError
from sfu.identifiers import Ssrc
from sfu.rtcp.compound import parse_compound
from sfu.rtcp.goodbye import Goodbye


@given(st.lists(st.integers(0, 0xFFFFFFFF).map(Ssrc), max_size=31), st.text(max_size=60))
def test_goodbye_reads_back(ssrcs: list[Ssrc], reason: str) -> None:
    goodbye = Goodbye(tuple(ssrcs), reason)
    assert parse_compound(goodbye.to_bytes()) == [goodbye]


@pytest.mark.parametrize("goodbye", [Goodbye((Ssrc(1),) * 32), Goodbye((), "x" * 256)])
def test_what_the_format_cannot_hold_is_our_error(goodbye: Goodbye) -> None:
    with pytest.raises(LocalError):
        goodbye.to_bytes()
