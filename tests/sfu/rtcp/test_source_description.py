import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.errors import LocalError
from sfu.identifiers import Ssrc
from sfu.rtcp.compound import parse_compound
from sfu.rtcp.source_description import SourceDescription

chunks = st.tuples(st.integers(0, 0xFFFFFFFF).map(Ssrc), st.text(max_size=60))


@given(st.lists(chunks, max_size=31))
def test_names_read_back(cnames: list[tuple[Ssrc, str]]) -> None:
    description = SourceDescription(tuple(cnames))
    assert parse_compound(description.to_bytes()) == [description]


def test_items_other_than_the_name_are_skipped() -> None:
    # NAME "x", CNAME "ab", TOOL ""
    wire = bytes.fromhex("81ca000401020304" + "020178" + "01026162" + "0600" + "000000")
    assert parse_compound(wire) == [SourceDescription(((Ssrc(0x01020304), "ab"),))]


def test_name_that_is_not_utf8_is_read_with_replacements() -> None:
    wire = bytes.fromhex("81ca000301020304" + "0102ff61" + "00000000")
    assert parse_compound(wire) == [SourceDescription(((Ssrc(0x01020304), "\ufffda"),))]


def test_more_than_31_sources_take_several_packets() -> None:
    cnames = tuple((Ssrc(index), "x") for index in range(40))
    first, second = parse_compound(SourceDescription(cnames).to_bytes())
    assert (first, second) == (SourceDescription(cnames[:31]), SourceDescription(cnames[31:]))


def test_name_above_255_bytes_is_our_error() -> None:
    with pytest.raises(LocalError):
        SourceDescription(((Ssrc(1), "x" * 256),)).to_bytes()
