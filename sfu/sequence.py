"""Arithmetic on numbers that wrap: RTP sequence numbers (16 bit) and RTP timestamps (32 bit).

Inside the node a sequence number is an *index*: an integer that never wraps. `unwrap` makes one from what
is on the wire. Comparisons are those of serial numbers (RFC 1982): half the circle is ahead, half behind; the
number exactly opposite counts as behind.
"""


def unwrap(value16: int, reference_extended: int) -> int:
    """The index nearest to `reference_extended` whose low 16 bits are `value16`.

    Negative only for a number that lies before the one the stream began with.
    """
    delta = (value16 - reference_extended) & 0xFFFF
    return reference_extended + (delta - 0x10000 if delta >= 0x8000 else delta)


def timestamp_delta(a: int, b: int) -> int:
    """How many ticks `a` is after `b`, in [-2³¹, 2³¹)."""
    delta = (a - b) & 0xFFFFFFFF
    return delta - 0x1_0000_0000 if delta >= 0x8000_0000 else delta
