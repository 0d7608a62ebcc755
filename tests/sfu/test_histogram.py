from hypothesis import given
from hypothesis import strategies as st

from sfu.histogram import SECONDS, Histogram


def test_a_bound_belongs_to_its_own_bucket() -> None:
    histogram = Histogram((0.1, 1.0))
    for seconds in (0.0, 0.1, 0.1001, 1.0, 5.0):
        histogram.observe(seconds)
    assert histogram.counts == [2, 2, 1]
    assert histogram.total == 0.0 + 0.1 + 0.1001 + 1.0 + 5.0


@given(st.lists(st.floats(0, 10)))
def test_everything_is_counted_once(observed: list[float]) -> None:
    histogram = Histogram()
    for seconds in observed:
        histogram.observe(seconds)
    assert sum(histogram.counts) == len(observed)
    assert sum(histogram.counts[:-1]) == sum(seconds <= SECONDS[-1] for seconds in observed)
