from hypothesis import given
from hypothesis import strategies as st

from loadtests.canned_media.payload import cut


@given(st.binary(max_size=5_000), st.integers(1, 1_200))
def test_parts_are_few_even_and_whole(data, largest):
    parts = cut(data, largest)
    sizes = [len(part) for part in parts]
    assert b"".join(parts) == data
    assert len(parts) == max(1, -(-len(data) // largest))
    assert sizes == sorted(sizes)
    assert sizes[-1] - sizes[0] <= 1
