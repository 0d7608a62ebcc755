"""DATA_CHANNEL_OPEN in both directions."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.sctp.dcep import ChannelKind, read_open, write_open

TABLE = [
    (ChannelKind("chat", "sfumato.v1"), "0300000000000000" "0004000a" "63686174" "7366756d61746f2e7631"),
    (ChannelKind("", ordered=False), "0380000000000000" "00000000"),
    (ChannelKind("é", ordered=False, max_retransmits=0), "0381000000000000" "00020000" "c3a9"),
    (ChannelKind("a", max_lifetime_ms=300), "030200000000012c" "00010000" "61"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "wire"), TABLE)
def test_an_open_is_written_as_the_rfc_has_it(kind: ChannelKind, wire: str) -> None:
    assert write_open(kind).hex() == wire


@pytest.mark.parametrize(("kind", "wire"), TABLE)
def test_an_open_is_read_as_the_rfc_has_it(kind: ChannelKind, wire: str) -> None:
    assert read_open(bytes.fromhex(wire)) == kind


@given(
    st.builds(
        ChannelKind,
        st.text(max_size=60),
        st.text(max_size=60),
        st.booleans(),
        st.none() | st.integers(0, 2**32 - 1),
    )
)
def test_an_open_comes_back(kind: ChannelKind) -> None:
    assert read_open(write_open(kind)) == kind


@given(st.binary(max_size=40))
def test_any_other_bytes_are_refused(message: bytes) -> None:
    kind = None
    with suppress(RemoteError):
        kind = read_open(message)
    assert kind is None or len(write_open(kind)) == len(message)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        bytes(11),
        write_open(TABLE[0][0])[:-1],
        write_open(TABLE[0][0]) + b"x",
        write_open(ChannelKind("l" * 257)),
    ],
    ids=["empty", "short", "cut", "longer", "label"],
)
def test_an_open_that_lies_is_counted_as_one(message: bytes) -> None:
    with pytest.raises(RemoteError) as raised:
        read_open(message)
    assert raised.value.reason is DropReason.SCTP_CHANNEL
