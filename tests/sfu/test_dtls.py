"""Two associations back to back: keys, fingerprints, edges of datagrams, loss, and hostile bytes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from sfu.certificate import Certificate, Fingerprint, make_certificate
from sfu.drops import DropReason
from sfu.dtls import (
    HANDSHAKE_TIMEOUT_S,
    MAX_DATA_BYTES,
    MTU_BYTES,
    DtlsState,
    DtlsTransport,
    SrtpProfile,
    make_context,
)
from sfu.errors import LocalError, RemoteError

AT = datetime(2026, 1, 1, tzinfo=UTC)
SERVER = make_certificate(AT)
CLIENT = make_certificate(AT)
STRANGER = make_certificate(AT)
SERVER_CONTEXT = make_context(SERVER)
CLIENT_CONTEXT = make_context(CLIENT)
DATA = 23
HANDSHAKE = 22


def server(
    trusts: tuple[Fingerprint, ...] | None = (CLIENT.fingerprint(),),
    certificate: Certificate | SSL.Context = SERVER_CONTEXT,
) -> DtlsTransport:
    return DtlsTransport(certificate, "server", trusts)


def client(
    trusts: tuple[Fingerprint, ...] | None = (SERVER.fingerprint(),),
    certificate: Certificate | SSL.Context = CLIENT_CONTEXT,
) -> DtlsTransport:
    return DtlsTransport(certificate, "client", trusts)


def exchange(a: DtlsTransport, b: DtlsTransport) -> list[bytes]:
    """Carry datagrams to and fro until both are silent; returns all there were."""
    seen: list[bytes] = []
    busy = True
    while busy:
        busy = False
        for sender, receiver in ((a, b), (b, a)):
            for datagram in sender.poll_datagrams():
                seen.append(datagram)
                receiver.receive(datagram, 0.0)
                busy = True
    return seen


def connected() -> tuple[DtlsTransport, DtlsTransport]:
    """Server and client, through with their handshake."""
    pair = server(), client()
    for transport in pair:
        transport.start(0.0)
    exchange(*pair)
    return pair


def refusal(act: Callable[[], object]) -> DropReason:
    with pytest.raises(RemoteError) as refused:
        act()
    return refused.value.reason


# --- handshake -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["sha-256", "sha-384", "sha-512"])
def test_both_sides_end_with_each_others_keys(algorithm: str) -> None:
    a, b = server((CLIENT.fingerprint(algorithm),)), client((SERVER.fingerprint(algorithm),))
    assert (a.state, b.state) == (DtlsState.NEW, DtlsState.NEW)
    a.start(0.0)
    b.start(0.0)
    assert (a.state, b.state) == (DtlsState.CONNECTING, DtlsState.CONNECTING)
    assert a.poll_datagrams() == []
    exchange(a, b)
    assert (a.state, b.state) == (DtlsState.CONNECTED, DtlsState.CONNECTED)

    ours, theirs = a.srtp_keys, b.srtp_keys
    assert ours is not None
    assert theirs is not None
    assert ours.profile is theirs.profile is SrtpProfile.AEAD_AES_128_GCM
    assert (ours.local_key, ours.local_salt) == (theirs.remote_key, theirs.remote_salt)
    assert (ours.remote_key, ours.remote_salt) == (theirs.local_key, theirs.local_salt)
    assert ours.local_key != ours.remote_key
    assert (len(ours.local_key), len(ours.local_salt)) == (16, 12)


def test_a_server_needs_no_start() -> None:
    a, b = server(), client()
    b.start(0.0)
    exchange(a, b)
    assert a.state is DtlsState.CONNECTED


def test_a_certificate_serves_where_a_context_does() -> None:
    a, b = server(certificate=SERVER), client(certificate=CLIENT)
    b.start(0.0)
    exchange(a, b)
    assert a.state is b.state is DtlsState.CONNECTED


def test_a_client_that_has_nothing_better_gets_the_older_profile() -> None:
    context = make_context(CLIENT)
    context.set_tlsext_use_srtp(b"SRTP_AES128_CM_SHA1_80")
    a, b = server(), client(certificate=context)
    b.start(0.0)
    exchange(a, b)
    assert a.srtp_keys is not None
    assert a.srtp_keys.profile is SrtpProfile.AES128_CM_HMAC_SHA1_80
    assert (len(a.srtp_keys.local_key), len(a.srtp_keys.local_salt)) == (16, 14)


@pytest.mark.parametrize("order", ["SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM"])
def test_the_order_of_the_server_decides(order: str) -> None:
    context = make_context(CLIENT)
    context.set_tlsext_use_srtp(order.encode())
    a, b = server(), client(certificate=context)
    b.start(0.0)
    exchange(a, b)
    assert a.srtp_keys is not None
    assert a.srtp_keys.profile is SrtpProfile.AEAD_AES_128_GCM


def test_the_keys_are_those_that_openssl_exports() -> None:
    # An independent client: OpenSSL alone, without our class.
    context = SSL.Context(SSL.DTLS_METHOD)
    context.use_certificate(CLIENT.x509)
    context.use_privatekey(CLIENT.key)
    context.set_tlsext_use_srtp(b"SRTP_AEAD_AES_128_GCM")
    peer = SSL.Connection(context, None)
    peer.set_connect_state()
    a = server()
    done = False
    while not done:
        try:
            peer.do_handshake()
            done = True
        except SSL.WantReadError:
            a.receive(peer.bio_read(4096), 0.0)
        for datagram in a.poll_datagrams():
            peer.bio_write(datagram)
    with suppress(SSL.WantReadError):
        a.receive(peer.bio_read(4096), 0.0)
    material = peer.export_keying_material(b"EXTRACTOR-dtls_srtp", 56)
    assert a.srtp_keys is not None
    # RFC 5764 §4.2: client key, server key, client salt, server salt
    assert a.srtp_keys.remote_key + a.srtp_keys.local_key == material[:32]
    assert a.srtp_keys.remote_salt + a.srtp_keys.local_salt == material[32:]


def test_a_peer_without_srtp_has_data_channels_all_the_same() -> None:
    context = SSL.Context(SSL.DTLS_METHOD)
    context.use_certificate(CLIENT.x509)
    context.use_privatekey(CLIENT.key)
    a, b = server(), client(certificate=context)
    b.start(0.0)
    exchange(a, b)
    assert a.state is DtlsState.CONNECTED
    assert a.srtp_keys is None
    b.send(b"hello")
    assert [a.receive(datagram, 0.0) for datagram in b.poll_datagrams()] == [[b"hello"]]


def test_a_long_certificate_is_cut_into_datagrams_of_one_mtu() -> None:
    names = [x509.DNSName(f"name-{number}.example") for number in range(300)]
    key = CLIENT.key
    long = Certificate(
        key,
        x509.CertificateBuilder()
        .subject_name(CLIENT.x509.subject)
        .issuer_name(CLIENT.x509.issuer)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(AT)
        .not_valid_after(AT.replace(year=2027))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256()),
    )
    a, b = server((long.fingerprint(),)), client(certificate=long)
    b.start(0.0)
    datagrams = exchange(a, b)
    assert a.state is b.state is DtlsState.CONNECTED
    assert sum(map(len, datagrams)) > 5 * MTU_BYTES
    assert max(map(len, datagrams)) <= MTU_BYTES


# --- fingerprints ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trusts",
    [
        (STRANGER.fingerprint(),),
        (),
        (Fingerprint("sha-1", CLIENT.x509.fingerprint(hashes.SHA1()).hex(":")),),
        (CLIENT.fingerprint("sha-256"), STRANGER.fingerprint("sha-512")),
    ],
    ids=["another's", "none", "only a weak one", "the strongest is another's"],
)
def test_a_certificate_that_was_not_announced_fails(trusts: tuple[Fingerprint, ...]) -> None:
    a, b = server(trusts), client()
    b.start(0.0)
    assert refusal(lambda: exchange(a, b)) is DropReason.DTLS_FINGERPRINT
    assert a.state is DtlsState.FAILED
    assert a.srtp_keys is None
    assert refusal(lambda: a.receive(bytes(13), 0.0)) is DropReason.DTLS_NOT_CONNECTED
    for datagram in a.poll_datagrams():
        b.receive(datagram, 0.0)
    assert b.state is DtlsState.CLOSED


def test_nobody_is_trusted_before_the_fingerprint_is_known() -> None:
    a, b = server(trusts=None), client()
    b.start(0.0)
    exchange(a, b)
    assert b.state is DtlsState.CONNECTED
    assert (a.state, a.srtp_keys) == (DtlsState.CONNECTING, None)
    b.send(b"too early")
    assert [a.receive(datagram, 0.0) for datagram in b.poll_datagrams()] == [[]]
    a.set_remote_fingerprints((CLIENT.fingerprint(),))
    assert a.state.value == "connected"
    assert a.srtp_keys is not None


def test_a_late_fingerprint_of_another_fails() -> None:
    a, b = server(trusts=None), client()
    b.start(0.0)
    exchange(a, b)
    reason = refusal(lambda: a.set_remote_fingerprints((STRANGER.fingerprint(),)))
    assert reason is DropReason.DTLS_FINGERPRINT
    assert a.state is DtlsState.FAILED


# --- data ------------------------------------------------------------------------------------------------


@given(st.lists(st.binary(min_size=1, max_size=1500), max_size=5))
@settings(max_examples=20)
def test_each_message_is_a_datagram_of_its_own(messages: list[bytes]) -> None:
    a, b = PAIR
    for message in messages:
        b.send(message)
    datagrams = b.poll_datagrams()
    assert len(datagrams) == len(messages)
    assert [a.receive(datagram, 0.0) for datagram in datagrams] == [[message] for message in messages]
    assert b.poll_datagrams() == a.poll_datagrams() == []


def test_records_that_share_a_datagram_stay_apart() -> None:
    a, b = connected()
    for message in (b"one", b"two", bytes(MAX_DATA_BYTES)):
        b.send(message)
    assert a.receive(b"".join(b.poll_datagrams()), 0.0) == [b"one", b"two", bytes(MAX_DATA_BYTES)]


def test_datagrams_may_be_lost_and_misordered() -> None:
    a, b = connected()
    for number in range(6):
        b.send(bytes((number,)))
    datagrams = b.poll_datagrams()
    assert [a.receive(datagrams[number], 0.0) for number in (5, 0, 2)] == [[b"\5"], [b"\0"], [b"\2"]]


def test_a_replayed_datagram_is_delivered_once() -> None:
    a, b = connected()
    b.send(b"once")
    (datagram,) = b.poll_datagrams()
    assert [a.receive(datagram, 0.0) for _ in range(3)] == [[b"once"], [], []]


def test_close_tells_the_other_side() -> None:
    a, b = connected()
    b.close()
    assert b.state is DtlsState.CLOSED
    exchange_one_way(b, a)
    assert a.state is DtlsState.CLOSED
    with pytest.raises(LocalError):
        a.send(b"late")
    assert refusal(lambda: a.receive(bytes(13), 0.0)) is DropReason.DTLS_NOT_CONNECTED


def exchange_one_way(sender: DtlsTransport, receiver: DtlsTransport) -> None:
    for datagram in sender.poll_datagrams():
        receiver.receive(datagram, 0.0)


def test_close_before_the_handshake_ends_quietly() -> None:
    a = server()
    a.close()
    assert (a.state, a.poll_datagrams(), a.next_timeout()) == (DtlsState.CLOSED, [], None)


@pytest.mark.parametrize("data", [b"", bytes(MAX_DATA_BYTES + 1)], ids=["empty", "too long"])
def test_what_no_record_holds_is_our_mistake(data: bytes) -> None:
    a, _ = connected()
    with pytest.raises(LocalError):
        a.send(data)


def test_sending_before_the_handshake_is_our_mistake() -> None:
    with pytest.raises(LocalError):
        server().send(b"early")


# --- time ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["server", "client"])
def test_a_handshake_without_an_answer_is_given_up(role: Literal["server", "client"]) -> None:
    transport = DtlsTransport(SERVER_CONTEXT, role, ())
    assert transport.next_timeout() is None
    transport.start(100.0)
    due = transport.next_timeout()
    assert due is not None
    assert 100.0 < due <= 100.0 + HANDSHAKE_TIMEOUT_S
    transport.handle_timeout(100.0 + HANDSHAKE_TIMEOUT_S - 0.1)
    assert transport.state is DtlsState.CONNECTING
    transport.handle_timeout(100.0 + HANDSHAKE_TIMEOUT_S)
    assert transport.state.value == "failed"
    assert transport.next_timeout() is None


def test_once_connected_there_is_nothing_to_wait_for() -> None:
    a, b = connected()
    assert a.next_timeout() is b.next_timeout() is None
    a.handle_timeout(1e6)
    assert a.state is DtlsState.CONNECTED


class LossyPair:
    """Server and client on the event loop's clock, since OpenSSL times repetitions by a clock of its own.

    The `lost`-th datagram (counted over both directions) vanishes.
    """

    def __init__(self, lost: int) -> None:
        self.transports = server(), client()
        self.done = asyncio.Event()
        self._lost = lost
        self._carried = 0
        self._timers: dict[DtlsTransport, asyncio.TimerHandle] = {}
        for transport in self.transports:
            transport.start(asyncio.get_running_loop().time())
        self._settle()

    def _settle(self) -> None:
        loop = asyncio.get_running_loop()
        a, b = self.transports
        busy = True
        while busy:
            busy = False
            for sender, receiver in ((a, b), (b, a)):
                for datagram in sender.poll_datagrams():
                    busy = True
                    self._carried += 1
                    if self._carried != self._lost:
                        receiver.receive(datagram, loop.time())
        for transport in self.transports:
            if (timer := self._timers.pop(transport, None)) is not None:
                timer.cancel()
            if (due := transport.next_timeout()) is not None:
                self._timers[transport] = loop.call_at(due, self._expire, transport)
        if a.state is b.state is DtlsState.CONNECTED:
            self.done.set()

    def _expire(self, transport: DtlsTransport) -> None:
        transport.handle_timeout(asyncio.get_running_loop().time())
        self._settle()


async def test_any_one_datagram_of_the_handshake_may_be_lost() -> None:
    pairs = [LossyPair(lost) for lost in range(1, 5)]
    assert not any(pair.done.is_set() for pair in pairs)
    async with asyncio.timeout(30):
        for pair in pairs:
            await pair.done.wait()


# --- hostile bytes ---------------------------------------------------------------------------------------

PAIR = connected()


def record(content_type: int, body: bytes, version: int = 0xFEFD, epoch: int = 0, sequence: int = 9) -> bytes:
    return (
        bytes((content_type,))
        + version.to_bytes(2, "big")
        + epoch.to_bytes(2, "big")
        + sequence.to_bytes(6, "big")
        + len(body).to_bytes(2, "big")
        + body
    )


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        bytes(13),
        record(DATA, b"x" * 30)[:-1],
        record(DATA, b"x" * 30) + b"\x17",
        record(DATA, b"x", version=0x0303),
        record(19, b"x"),
        record(24, b"x"),
        b"\x17\xfe\xfd" + bytes(8) + b"\xff\xff",
    ],
    ids=["empty", "zeros", "cut", "tail", "TLS", "type 19", "type 24", "length lies"],
)
@pytest.mark.parametrize("established", [False, True])
def test_what_is_not_whole_records_is_refused(datagram: bytes, established: bool) -> None:
    transport = PAIR[0] if established else server()
    before = transport.state
    assert refusal(lambda: transport.receive(datagram, 0.0)) is DropReason.DTLS_MALFORMED
    assert transport.state is before


@pytest.mark.parametrize(
    "datagram",
    [
        record(21, b"\2\50"),
        record(21, b"\1\0"),
        record(21, b"\2\50", epoch=1, sequence=1 << 40),
        record(20, b"\1"),
        record(HANDSHAKE, b"\1" + bytes(60)),
        record(DATA, b"plain"),
        record(DATA, b"x" * 60, epoch=1, sequence=1 << 40),
        record(DATA, b"x" * 60, epoch=2),
    ],
    ids=[
        "fatal alert in clear",
        "close_notify in clear",
        "forged alert",
        "change_cipher_spec",
        "hello in clear",
        "data in clear",
        "forged data",
        "epoch to come",
    ],
)
def test_forged_records_do_not_end_an_established_association(datagram: bytes) -> None:
    a, b = connected()
    assert a.receive(datagram, 0.0) == []
    b.send(b"still here")
    assert [a.receive(item, 0.0) for item in b.poll_datagrams()] == [[b"still here"]]


def test_a_handshake_that_cannot_go_on_fails() -> None:
    a = server()
    assert refusal(lambda: a.receive(record(HANDSHAKE, b"\1" + bytes(80)), 0.0)) is DropReason.DTLS_MALFORMED
    assert a.state is DtlsState.FAILED


@given(st.binary(max_size=200), st.integers(20, 23), st.integers(0, 2), st.integers(0, 2**48 - 1))
def test_arbitrary_records_leave_an_established_association_as_it_was(
    body: bytes, content_type: int, epoch: int, sequence: int
) -> None:
    a, b = PAIR
    with suppress(RemoteError):
        assert a.receive(body, 0.0) == []
    assert a.receive(record(content_type, body, 0xFEFD, epoch, sequence), 0.0) == []
    b.send(b"still here")
    assert [a.receive(item, 0.0) for item in b.poll_datagrams()] == [[b"still here"]]
    for datagram in a.poll_datagrams():  # a repeated flight at most
        assert b.receive(datagram, 0.0) == []


@given(st.integers(0, 5), st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 255)), max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_changed_handshake_raises_nothing_but_remote_error(
    victim: int, changes: list[tuple[int, int]]
) -> None:
    a, b = server(), client()
    b.start(0.0)
    with suppress(RemoteError):
        for number in range(6):
            sender, receiver = ((b, a), (a, b))[number % 2]
            for datagram in sender.poll_datagrams():
                changed = bytearray(datagram)
                for position, bits in changes if number == victim else ():
                    changed[position % len(changed)] ^= bits
                receiver.receive(bytes(changed), 0.0)
    for transport in (a, b):
        assert (transport.state is DtlsState.CONNECTED) == (transport.srtp_keys is not None)
