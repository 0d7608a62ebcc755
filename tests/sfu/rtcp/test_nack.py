import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.errors import RemoteError
from sfu.identifiers import Ssrc
from sfu.rtcp.compound import parse_compound
from sfu.rtcp.nack import MAX_ENTRIES, Nack


def _entries(lost: tuple[int, ...]) -> int:
    return (len(Nack(Ssrc(1), Ssrc(2), lost).to_bytes()) - 12) // 4


@pytest.mark.parametrize(
    ("lost", "entries"),
    [
        ((5,), 1),
        ((5, 21), 1),
        ((5, 22), 2),
        (tuple(range(100, 117)), 1),
        (tuple(range(100, 118)), 2),
        ((65530, 65535, 0, 10), 1),
        ((65530, 11), 2),
        ((7, 7), 2),  # odd, still valid
    ],
)
def test_entry_covers_a_packet_and_the_16_after_it(lost: tuple[int, ...], entries: int) -> None:
    assert _entries(lost) == entries


@given(st.integers(0, 65535), st.lists(st.integers(1, 40), max_size=60))
def test_packets_in_order_read_back_in_order_over_the_wrap(first: int, steps: list[int]) -> None:
    lost = [first]
    for step in steps:
        lost.append((lost[-1] + step) & 0xFFFF)
    nack = Nack(Ssrc(1), Ssrc(2), tuple(lost))
    assert parse_compound(nack.to_bytes()) == [nack]


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=100))
def test_packets_in_any_order_all_read_back(lost: list[int]) -> None:
    (nack,) = parse_compound(Nack(Ssrc(1), Ssrc(2), tuple(lost)).to_bytes())
    assert isinstance(nack, Nack)
    assert set(nack.lost) == set(lost)


def test_entries_are_bounded() -> None:
    spread = tuple(range(0, 17 * (MAX_ENTRIES + 1), 17))
    assert parse_compound(Nack(Ssrc(1), Ssrc(2), spread[:-1]).to_bytes())
    with pytest.raises(RemoteError):
        parse_compound(Nack(Ssrc(1), Ssrc(2), spread).to_bytes())


def test_nack_cut_by_its_padding_is_refused() -> None:
    with pytest.raises(RemoteError):
        parse_compound(bytes.fromhex("a1cd000401020304a1a2a3a40001000000000001"))
