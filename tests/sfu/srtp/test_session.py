"""Both profiles against libsrtp, both ways, over rollovers and under attack."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Error

from sfu.drops import DropReason
from sfu.dtls import SrtpProfile
from sfu.errors import LocalError, RemoteError
from sfu.srtp.replay import WINDOW
from sfu.srtp.session import MAX_SSRCS, open_session
from tests.sfu.srtp.parties import CM, GCM, PROFILES, Libsrtp, keys, mirrored, pair, rtp, seal, unprotect

EXTENSION = bytes.fromhex("bede0001 10 aa 00 00".replace(" ", ""))
RECEIVER_REPORT = bytes.fromhex("80c9000101020304")
TRAILER_BYTES = {GCM: 16, CM: 10}
RTCP_TRAILER_BYTES = {GCM: 20, CM: 14}

both = pytest.mark.parametrize("profile", PROFILES)


def refusal(act: Callable[[], object]) -> DropReason:
    with pytest.raises(RemoteError) as refused:
        act()
    return refused.value.reason


# --- RTP -------------------------------------------------------------------------------------------------


@both
@given(payload=st.binary(max_size=1200), sequence=st.integers(0, 0x7FFF), extension=st.booleans())
@settings(max_examples=30)
def test_libsrtp_reads_what_we_send_and_we_read_what_it_sends(
    profile: SrtpProfile, payload: bytes, sequence: int, extension: bool
) -> None:
    ours, theirs = pair(profile)
    packet = rtp(sequence, payload, extra=EXTENSION if extension else b"")
    sent = seal(ours, sequence, packet)
    assert len(sent) == len(packet) + TRAILER_BYTES[profile]
    assert theirs.receive.unprotect(sent) == packet
    assert unprotect(ours, theirs.send.protect(packet)) == (sequence, packet)


@both
def test_what_we_seal_is_byte_for_byte_what_libsrtp_seals(profile: SrtpProfile) -> None:
    ours = open_session(keys(profile))
    twin = Libsrtp.facing(mirrored(keys(profile)))
    for index in (100, 101, 30_000, 60_000, 65_535, 65_536, 65_537, 90_000, 120_000, 131_071, 131_072):
        packet = rtp(index, b"frame" * 20, extra=EXTENSION)
        assert seal(ours, index, packet) == twin.send.protect(packet)


@both
def test_three_rollovers_are_counted_the_same_on_both_ends(profile: SrtpProfile) -> None:
    ours, theirs = pair(profile)
    indices = sorted(
        {*range(30_000, 4 * 65_536, 9_000), *(65_536 * n + d for n in (1, 2, 3) for d in (-1, 0, 1))}
    )
    for index in indices:
        packet = rtp(index)
        assert theirs.receive.unprotect(seal(ours, index, packet)) == packet
        assert unprotect(ours, theirs.send.protect(packet)) == (index, packet)


@both
@given(order=st.permutations(range(65_530, 65_545)))
@settings(max_examples=20)
def test_order_around_a_rollover_does_not_matter(profile: SrtpProfile, order: list[int]) -> None:
    ours, theirs = pair(profile)
    start = theirs.send.protect(rtp(65_400))
    sent = {index: theirs.send.protect(rtp(index)) for index in range(65_530, 65_545)}
    unprotect(ours, start)
    for index in order:
        assert unprotect(ours, sent[index]) == (index, rtp(index))


@both
def test_late_packet_of_before_a_rollover_is_sent_under_its_own_count(profile: SrtpProfile) -> None:
    ours, theirs = pair(profile)
    sent = {index: seal(ours, index, rtp(index)) for index in (65_000, 65_534, 65_537, 65_535, 65_536)}
    for index, datagram in sent.items():
        assert theirs.receive.unprotect(datagram) == rtp(index)


@both
def test_packet_longer_than_libsrtp_takes_is_sealed_all_the_same(profile: SrtpProfile) -> None:
    ours = open_session(keys(profile))
    theirs = open_session(mirrored(keys(profile)))
    for index, size in ((5, 1380), (30_000, 1330), (60_000, 1340), (65_535, 1380), (65_536, 1380)):
        packet = rtp(index, bytes(size), extra=EXTENSION)
        assert unprotect(theirs, seal(ours, index, packet)) == (index, packet)


# --- attacks on RTP --------------------------------------------------------------------------------------


@both
@given(at=st.integers(0, 38), flip=st.integers(1, 255))
@settings(max_examples=40)
def test_no_byte_can_be_changed_unnoticed(profile: SrtpProfile, at: int, flip: int) -> None:
    ours, theirs = pair(profile)
    sent = bytearray(theirs.send.protect(rtp(7, b"0123456789ab")))
    at %= len(sent)
    sent[at] ^= flip
    with pytest.raises(RemoteError) as refused:
        unprotect(ours, bytes(sent))
    # A header that lies about its length is refused before anything is decrypted.
    assert refused.value.reason in (DropReason.SRTP_AUTH, DropReason.SRTP_SHORT, DropReason.RTP_MALFORMED)
    assert unprotect(ours, theirs.send.protect(rtp(8))) == (8, rtp(8))


@both
def test_truncated_packet_is_refused_at_every_length(profile: SrtpProfile) -> None:
    ours, theirs = pair(profile)
    sent = theirs.send.protect(rtp(7))
    for size in range(16, len(sent)):
        cut = sent[:size]
        expected = DropReason.SRTP_SHORT if size < 16 + TRAILER_BYTES[profile] else DropReason.SRTP_AUTH
        assert refusal(lambda cut=cut: unprotect(ours, cut)) is expected


@both
def test_oversized_packet_is_refused(profile: SrtpProfile) -> None:
    ours = open_session(keys(profile))
    assert refusal(lambda: unprotect(ours, rtp(7, bytes(60_000)))) in (
        DropReason.SRTP_AUTH,
        DropReason.DATAGRAM_TOO_LARGE,
    )
    assert refusal(lambda: ours.unprotect_rtcp(RECEIVER_REPORT + bytes(60_000))) in (
        DropReason.SRTP_AUTH,
        DropReason.DATAGRAM_TOO_LARGE,
    )


@both
def test_replayed_packet_is_refused_as_long_as_it_is_remembered_and_after(profile: SrtpProfile) -> None:
    ours, theirs = pair(profile)
    sent = [theirs.send.protect(rtp(index)) for index in range(WINDOW + 10)]
    for datagram in sent:
        unprotect(ours, datagram)
    for index, datagram in enumerate(sent):
        expected = DropReason.SRTP_TOO_OLD if index < 10 else DropReason.SRTP_REPLAY
        assert refusal(lambda datagram=datagram: unprotect(ours, datagram)) is expected


@both
def test_packet_older_than_the_window_is_refused_even_if_never_seen(profile: SrtpProfile) -> None:
    ours, theirs = pair(profile)
    late = theirs.send.protect(rtp(10))
    just_in_time = theirs.send.protect(rtp(11))
    unprotect(ours, theirs.send.protect(rtp(10 + WINDOW)))
    assert refusal(lambda: unprotect(ours, late)) is DropReason.SRTP_TOO_OLD
    assert unprotect(ours, just_in_time) == (11, rtp(11))


@both
def test_forged_packet_far_ahead_does_not_move_the_window(profile: SrtpProfile) -> None:
    ours, theirs = pair(profile)
    unprotect(ours, theirs.send.protect(rtp(10)))
    assert refusal(lambda: unprotect(ours, rtp(30_000, bytes(40)))) is DropReason.SRTP_AUTH
    assert unprotect(ours, theirs.send.protect(rtp(11))) == (11, rtp(11))


@both
def test_authentic_leap_ahead_is_followed(profile: SrtpProfile) -> None:
    ours, theirs = pair(profile)
    first = theirs.send.protect(rtp(10))
    unprotect(ours, first)
    assert unprotect(ours, theirs.send.protect(rtp(30_000))) == (30_000, rtp(30_000))
    assert refusal(lambda: unprotect(ours, first)) is DropReason.SRTP_TOO_OLD


@both
def test_authentic_ssrcs_are_bounded_and_those_known_go_on(profile: SrtpProfile) -> None:
    ours, theirs = pair(profile)
    for ssrc in range(MAX_SSRCS):
        unprotect(ours, theirs.send.protect(rtp(5, ssrc=ssrc)))
    for ssrc in range(MAX_SSRCS, MAX_SSRCS + 20):
        one_more = theirs.send.protect(rtp(5, ssrc=ssrc))
        for _ in range(2):  # a stream that was refused is not remembered, so it is no replay either
            assert refusal(lambda sent=one_more: unprotect(ours, sent)) is DropReason.SRTP_TOO_MANY_SSRCS
    assert unprotect(ours, theirs.send.protect(rtp(6, ssrc=0))) == (6, rtp(6, ssrc=0))


@both
def test_forged_ssrcs_take_no_room(profile: SrtpProfile) -> None:
    ours, theirs = pair(profile)
    for ssrc in range(2 * MAX_SSRCS):
        assert refusal(lambda ssrc=ssrc: unprotect(ours, rtp(5, bytes(40), ssrc))) is DropReason.SRTP_AUTH
    assert unprotect(ours, theirs.send.protect(rtp(5, ssrc=1 << 20)))[0] == 5


def test_one_index_is_never_protected_twice_by_libsrtp() -> None:
    ours = open_session(keys(CM))
    seal(ours, 5, rtp(5))
    with pytest.raises(LocalError):
        seal(ours, 5, rtp(5, b"other bytes"))


@both
@given(data=st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_but_remote_error(profile: SrtpProfile, data: bytes) -> None:
    ours = open_session(keys(profile))
    packet = b"\x80\x60" + data.ljust(10, b"\0")
    with pytest.raises(RemoteError):
        unprotect(ours, packet)
    with pytest.raises(RemoteError):
        ours.unprotect_rtcp(data)


# --- RTCP ------------------------------------------------------------------------------------------------


@both
@given(compounds=st.lists(st.binary(max_size=200), min_size=1, max_size=5))
@settings(max_examples=30)
def test_rtcp_passes_both_ways_with_libsrtp(profile: SrtpProfile, compounds: list[bytes]) -> None:
    ours, theirs = pair(profile)
    for body in compounds:
        compound = RECEIVER_REPORT + body
        sent = ours.protect_rtcp(compound)
        assert len(sent) == len(compound) + RTCP_TRAILER_BYTES[profile]
        assert theirs.receive.unprotect_rtcp(sent) == compound
        assert ours.unprotect_rtcp(theirs.send.protect_rtcp(compound)) == compound


def test_gcm_rtcp_is_byte_for_byte_that_of_libsrtp_from_its_second_index_on() -> None:
    ours = open_session(keys(GCM))
    twin = Libsrtp.facing(mirrored(keys(GCM)))
    ours.protect_rtcp(RECEIVER_REPORT)  # ours begins at index 0, libsrtp at 1
    for _ in range(3):
        assert ours.protect_rtcp(RECEIVER_REPORT) == twin.send.protect_rtcp(RECEIVER_REPORT)


@both
def test_replayed_rtcp_is_refused(profile: SrtpProfile) -> None:
    ours, theirs = pair(profile)
    sent = [theirs.send.protect_rtcp(RECEIVER_REPORT) for _ in range(5)]
    for datagram in sent[1:]:
        ours.unprotect_rtcp(datagram)
    for datagram in sent[1:]:
        assert refusal(lambda datagram=datagram: ours.unprotect_rtcp(datagram)) is DropReason.SRTP_REPLAY
    assert ours.unprotect_rtcp(sent[0]) == RECEIVER_REPORT  # late, not replayed


@both
@given(at=st.integers(0, 100), flip=st.integers(1, 255))
@settings(max_examples=40)
def test_no_byte_of_rtcp_can_be_changed_unnoticed(profile: SrtpProfile, at: int, flip: int) -> None:
    ours, theirs = pair(profile)
    sent = bytearray(theirs.send.protect_rtcp(RECEIVER_REPORT + b"abcdefgh"))
    sent[at % len(sent)] ^= flip
    with pytest.raises(RemoteError) as refused:
        ours.unprotect_rtcp(bytes(sent))
    assert refused.value.reason in (DropReason.SRTP_AUTH, DropReason.SRTP_REPLAY)


@both
def test_truncated_rtcp_is_refused_at_every_length(profile: SrtpProfile) -> None:
    ours, theirs = pair(profile)
    sent = theirs.send.protect_rtcp(RECEIVER_REPORT)
    for size in range(len(sent)):
        assert refusal(lambda size=size: ours.unprotect_rtcp(sent[:size])) in (
            DropReason.SRTP_SHORT,
            DropReason.SRTP_AUTH,
        )


@both
def test_rtcp_ssrcs_are_bounded(profile: SrtpProfile) -> None:
    ours, theirs = pair(profile)
    reports = [RECEIVER_REPORT[:4] + ssrc.to_bytes(4, "big") for ssrc in range(MAX_SSRCS + 1)]
    for report in reports[:-1]:
        ours.unprotect_rtcp(theirs.send.protect_rtcp(report))
    one_more = theirs.send.protect_rtcp(reports[-1])
    assert refusal(lambda: ours.unprotect_rtcp(one_more)) is DropReason.SRTP_TOO_MANY_SSRCS
    assert ours.unprotect_rtcp(theirs.send.protect_rtcp(reports[0])) == reports[0]


def test_libsrtp_refuses_what_was_sent_to_somebody_else() -> None:
    ours, _ = pair(GCM)
    other = Libsrtp.facing(mirrored(keys(GCM)))
    with pytest.raises(Error):
        other.receive.unprotect(seal(ours, 5, rtp(5)))
