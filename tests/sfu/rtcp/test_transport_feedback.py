import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.errors import LocalError, RemoteError
from sfu.identifiers import Ssrc
from sfu.rtcp.compound import parse_compound
from sfu.rtcp.transport_feedback import MAX_DELTA_TICKS, MAX_PACKETS, MIN_DELTA_TICKS, TransportFeedback


def _feedback(*arrivals: int | None, base: int = 10, count: int = 1, reference: int = 5) -> TransportFeedback:
    return TransportFeedback(Ssrc(1), Ssrc(2), base, count, reference, arrivals)


deltas = st.one_of(
    st.none(),
    st.integers(0, 0xFF),
    st.sampled_from((-1, 0x100, MIN_DELTA_TICKS, MAX_DELTA_TICKS)),
    st.integers(MIN_DELTA_TICKS, MAX_DELTA_TICKS),
)


@given(
    st.lists(deltas, min_size=1, max_size=200),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFF),
    st.integers(-0x800000, 0x7FFFFF),
)
def test_arrivals_read_back(steps: list[int | None], base: int, count: int, reference: int) -> None:
    arrivals: list[int | None] = []
    arrival = 0
    for step in steps:
        arrival += step or 0
        arrivals.append(None if step is None else arrival)
    feedback = _feedback(*arrivals, base=base, count=count, reference=reference)
    assert parse_compound(feedback.to_bytes()) == [feedback]


@pytest.mark.parametrize(
    ("arrivals", "octets"),
    [
        ((0,) * 100, 2 + 100),
        ((0, 300), 2 + 1 + 2),
        ((5, 4), 2 + 1 + 2),
        ((None,) * 100 + (7,), 4 + 1),
    ],
)
def test_delta_takes_a_byte_where_it_can(arrivals: tuple[int | None, ...], octets: int) -> None:
    assert len(_feedback(*arrivals).to_bytes()) == 20 + (octets + 3) // 4 * 4


@pytest.mark.parametrize(
    "arrivals",
    [(), (MAX_DELTA_TICKS + 1,), (0, MIN_DELTA_TICKS - 1), (None,) * (MAX_PACKETS + 1)],
)
def test_what_one_feedback_cannot_hold_is_our_error(arrivals: tuple[int | None, ...]) -> None:
    with pytest.raises(LocalError):
        _feedback(*arrivals).to_bytes()


def test_few_bytes_cannot_promise_endless_packets() -> None:
    most = _feedback(*(None,) * MAX_PACKETS)
    wire = bytearray(most.to_bytes())
    assert parse_compound(bytes(wire)) == [most]
    assert len(wire) < 30
    wire[14:16] = (MAX_PACKETS + 1).to_bytes(2, "big")
    with pytest.raises(RemoteError):
        parse_compound(bytes(wire))


def test_feedback_on_what_was_all_lost_is_valid() -> None:
    feedback = _feedback(None, None)
    assert parse_compound(feedback.to_bytes()) == [feedback]
