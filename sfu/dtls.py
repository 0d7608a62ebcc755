"""DTLS over datagrams: agrees on SRTP keys (RFC 5764) and carries data channels (RFC 8261).

OpenSSL does the protocol on two memory BIOs; this class keeps the edges of datagrams, checks the peer's
fingerprint and hands out the keys::

    NEW ──start/receive──▶ CONNECTING ──handshake, fingerprint──▶ CONNECTED ──close_notify──▶ CLOSED
                               └── 30 s, fatal alert, wrong certificate ──▶ FAILED

OpenSSL times its retransmissions (1 s, doubling) by a clock of its own: `now` only says when to ask it.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from OpenSSL import SSL

from sfu.certificate import Certificate, Fingerprint, matches
from sfu.drops import DropReason
from sfu.errors import LocalError, RemoteError

HANDSHAKE_TIMEOUT_S = 30.0
MTU_BYTES = 1200  # what passes any path that WebRTC is used on; browsers use the same
MAX_DATA_BYTES = 16384  # one record (RFC 6347 §4.1, RFC 5246 §6.2.1)

_DTLS_1_2 = 0xFEFD
_RECORD_HEADER_SIZE = 13  # RFC 6347 §4.1: type, version, epoch, sequence number, length
_MAX_CIPHERTEXT = MAX_DATA_BYTES + 2048  # RFC 5246 §6.2.3
_CONTENT_TYPES = range(20, 24)  # change_cipher_spec, alert, handshake, application_data
_APPLICATION_DATA = 23
_TIMER_GRAIN_S = 0.005  # never ask OpenSSL's clock in a tight loop when it lags behind ours

# AEAD with forward secrecy only. RFC 8827 §6.5 makes the first one mandatory for every client; the RSA forms
# serve peers that bring an RSA certificate when we are the client.
_CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:"
    b"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-GCM-SHA384"
)


class DtlsState(Enum):
    """Where an association is; FAILED and CLOSED are final."""

    NEW = "new"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"
    CLOSED = "closed"


class SrtpProfile(Enum):
    """SRTP protection profiles we take, best first; the value is OpenSSL's name."""

    AEAD_AES_128_GCM = "SRTP_AEAD_AES_128_GCM"  # RFC 7714 §14.2
    AES128_CM_HMAC_SHA1_80 = "SRTP_AES128_CM_SHA1_80"  # RFC 5764 §4.1.2

    @property
    def key_bytes(self) -> int:
        """Length of the master key."""
        return 16

    @property
    def salt_bytes(self) -> int:
        """Length of the master salt."""
        return 12 if self is SrtpProfile.AEAD_AES_128_GCM else 14


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """Master keys of both directions as DTLS exports them (RFC 5764 §4.2). `local` protects what we send."""

    profile: SrtpProfile
    local_key: bytes
    local_salt: bytes
    remote_key: bytes
    remote_salt: bytes


def make_context(
    certificate: Certificate, profiles: Sequence[SrtpProfile] = tuple(SrtpProfile)
) -> SSL.Context:
    """OpenSSL's settings for every association of a node; `profiles` best first. Make it once."""
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_min_proto_version(_DTLS_1_2)
    context.set_max_proto_version(_DTLS_1_2)  # what browsers negotiate; 1.3 has other record headers
    # A resumed session would skip the certificate, and with it the fingerprint.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(
        SSL.OP_NO_TICKET | SSL.OP_NO_QUERY_MTU | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE
    )
    # Every certificate passes here: the fingerprint decides, when the handshake is through.
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    context.use_certificate(certificate.x509)
    context.use_privatekey(certificate.key)
    context.set_cipher_list(_CIPHERS)
    context.set_tlsext_use_srtp(":".join(profile.value for profile in profiles).encode())
    return context


class DtlsTransport:
    """One DTLS association. The driver feeds datagrams, drains `poll_datagrams` after every call."""

    def __init__(
        self,
        certificate: Certificate | SSL.Context,
        role: Literal["server", "client"],
        remote_fingerprints: Sequence[Fingerprint] | None,
    ) -> None:
        """`remote_fingerprints` None: not known yet, the association waits for `set_remote_fingerprints`."""
        context = certificate if isinstance(certificate, SSL.Context) else make_context(certificate)
        self.state = DtlsState.NEW
        self.srtp_keys: SrtpKeys | None = None
        self._role = role
        self._fingerprints = remote_fingerprints
        self._handshake_done = False
        self._give_up_at: float | None = None
        self._retransmit_at: float | None = None
        self._outgoing: deque[bytes] = deque()
        self._connection = SSL.Connection(context, None)
        self._connection.set_ciphertext_mtu(MTU_BYTES)
        if role == "server":
            self._connection.set_accept_state()
        else:
            self._connection.set_connect_state()

    # --- handshake ---------------------------------------------------------------------------------------

    def start(self, now: float) -> None:
        """Let the handshake begin, and its 30 s: a client sends its hello, a server waits for one."""
        if self.state is not DtlsState.NEW:
            return
        self.state = DtlsState.CONNECTING
        self._give_up_at = now + HANDSHAKE_TIMEOUT_S
        if self._role == "client":
            self._handshake()
            self._arm(now)

    def set_remote_fingerprints(self, fingerprints: Sequence[Fingerprint]) -> None:
        """Say whom to trust, once it is known.

        Raises:
            RemoteError: DTLS_FINGERPRINT, the handshake was through already, with somebody else.
        """
        self._fingerprints = fingerprints
        self._verify()

    def next_timeout(self) -> float | None:
        """When `handle_timeout` has something to do; None once the handshake has ended."""
        if self.state is not DtlsState.CONNECTING:
            return None
        if self._retransmit_at is None or self._give_up_at is None:
            return self._give_up_at
        return min(self._retransmit_at, self._give_up_at)

    def handle_timeout(self, now: float) -> None:
        """Repeat a lost flight, or give up."""
        if self.state is not DtlsState.CONNECTING:
            return
        if self._give_up_at is not None and now >= self._give_up_at:
            self.state = DtlsState.FAILED
        elif self._retransmit_at is not None and now >= self._retransmit_at:
            try:
                self._connection.DTLSv1_handle_timeout()
            except SSL.Error:  # too many repetitions
                self.state = DtlsState.FAILED
            self._flush()
            self._arm(now)

    # --- data --------------------------------------------------------------------------------------------

    def receive(self, datagram: bytes, now: float) -> list[bytes]:
        """Take in a datagram; returns the application data in it, one item a record.

        What is malformed or does not authenticate does not end an established association. Records that
        OpenSSL drops by itself (replayed, forged) are not reported.

        Raises:
            RemoteError: DTLS_MALFORMED (not DTLS, or a handshake that cannot go on: FAILED then),
                DTLS_FINGERPRINT (FAILED), DTLS_NOT_CONNECTED (FAILED or CLOSED before).
        """
        if self.state is DtlsState.FAILED or self.state is DtlsState.CLOSED:
            raise RemoteError(DropReason.DTLS_NOT_CONNECTED)
        types = _content_types(datagram)
        self.start(now)
        self._connection.bio_write(datagram)
        if self.state is DtlsState.CONNECTED and types.count(_APPLICATION_DATA) == len(types):
            return self._read(len(types))
        try:
            if not self._handshake_done:
                self._handshake()
            data = self._read(None) if self._handshake_done else []
        finally:
            self._flush()
            self._arm(now)
        return data

    def send(self, data: bytes) -> None:
        """Send `data`, 1 to 16384 bytes, as one record in one datagram.

        Raises:
            LocalError: not connected, or a length that no record holds.
        """
        if self.state is not DtlsState.CONNECTED or not 0 < len(data) <= MAX_DATA_BYTES:
            raise LocalError(f"cannot send {len(data)} bytes over DTLS while {self.state.value}")
        self._connection.send(data)
        # The BIO is a stream: read now, or the next record runs into this one.
        self._outgoing.append(self._connection.bio_read(_RECORD_HEADER_SIZE + _MAX_CIPHERTEXT))

    def close(self) -> None:
        """Say goodbye (close_notify, RFC 5246 §7.2.1) and end."""
        if self.state is DtlsState.CONNECTED:
            self._shut_down()
        if self.state is not DtlsState.FAILED:
            self.state = DtlsState.CLOSED

    def poll_datagrams(self) -> list[bytes]:
        """What has to be sent, in order, each at most `MTU_BYTES` but for longer data given to `send`."""
        datagrams = list(self._outgoing)
        self._outgoing.clear()
        return datagrams

    # --- inside ------------------------------------------------------------------------------------------

    def _handshake(self) -> None:
        try:
            self._connection.do_handshake()
        except (SSL.WantReadError, SSL.WantWriteError):
            self._flush()
            return
        except SSL.Error as reason:
            self.state = DtlsState.FAILED
            self._flush()  # the alert that says why
            raise RemoteError(DropReason.DTLS_MALFORMED, _why(reason)) from None
        self._handshake_done = True
        self._flush()
        self._verify()

    def _verify(self) -> None:
        """Compare fingerprints; only then is there anybody to talk to (RFC 8827 §6.5)."""
        if not self._handshake_done or self._fingerprints is None or self.state is not DtlsState.CONNECTING:
            return
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        if certificate is None or not matches(certificate, self._fingerprints):
            self._shut_down()
            self.state = DtlsState.FAILED
            raise RemoteError(DropReason.DTLS_FINGERPRINT)
        self.srtp_keys = self._export_keys()
        self.state = DtlsState.CONNECTED

    def _export_keys(self) -> SrtpKeys | None:
        """None if the peer did not ask for SRTP: it brings data channels only."""
        name = self._connection.get_selected_srtp_profile()
        if not name:
            return None
        profile = SrtpProfile(name.decode())
        key, salt = profile.key_bytes, profile.salt_bytes
        material = self._connection.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
        # RFC 5764 §4.2: client key, server key, client salt, server salt.
        keys = (material[:key], material[key : 2 * key])
        salts = (material[2 * key : 2 * key + salt], material[2 * key + salt :])
        local = 0 if self._role == "client" else 1
        return SrtpKeys(profile, keys[local], salts[local], keys[1 - local], salts[1 - local])

    def _read(self, records: int | None) -> list[bytes]:
        """Decrypt; `records` is how many there can be at most (None: as many as there are)."""
        received: list[bytes] = []
        trusted = self.state is DtlsState.CONNECTED  # before the fingerprint is checked, nobody is
        try:
            while records is None or len(received) < records:
                received.append(self._connection.recv(MAX_DATA_BYTES))
        except (SSL.WantReadError, SSL.WantWriteError):
            pass
        except SSL.ZeroReturnError:
            self.close()
        except SSL.Error as reason:
            self.state = DtlsState.FAILED
            raise RemoteError(DropReason.DTLS_MALFORMED, _why(reason)) from None
        return received if trusted else []

    def _shut_down(self) -> None:
        try:
            self._connection.shutdown()
        except SSL.Error:
            return
        self._flush()

    def _flush(self) -> None:
        """Cut what OpenSSL wrote into datagrams: whole records, as many as fit."""
        try:
            flight = self._connection.bio_read(65536)
        except SSL.WantReadError:
            return
        datagram = b""
        for record in _records(flight):
            if datagram and len(datagram) + len(record) > MTU_BYTES:
                self._outgoing.append(datagram)
                datagram = b""
            datagram += record
        self._outgoing.append(datagram)

    def _arm(self, now: float) -> None:
        remaining = self._connection.DTLSv1_get_timeout()
        self._retransmit_at = None if remaining is None else now + max(remaining, _TIMER_GRAIN_S)


def _records(data: bytes) -> Iterator[bytes]:
    """The DTLS records in `data`, which OpenSSL wrote."""
    offset = 0
    while offset < len(data):
        end = offset + _RECORD_HEADER_SIZE + int.from_bytes(data[offset + 11 : offset + 13], "big")
        yield data[offset:end]
        offset = end


def _content_types(datagram: bytes) -> list[int]:
    """The content type of each record in a datagram from the peer.

    Raises:
        RemoteError: DTLS_MALFORMED, unless the datagram is nothing but whole DTLS records.
    """
    types: list[int] = []
    size = len(datagram)
    offset = 0
    while offset < size:
        length = int.from_bytes(datagram[offset + 11 : offset + 13], "big")
        end = offset + _RECORD_HEADER_SIZE + length
        # RFC 6347 §4.1: the major version of DTLS is 254; the first hello may say 1.0.
        if (
            end > size
            or length > _MAX_CIPHERTEXT
            or datagram[offset] not in _CONTENT_TYPES
            or datagram[offset + 1] != 0xFE
        ):
            raise RemoteError(DropReason.DTLS_MALFORMED, "record")
        types.append(datagram[offset])
        offset = end
    if not types:
        raise RemoteError(DropReason.DTLS_MALFORMED, "empty")
    return types


def _why(error: SSL.Error) -> str:
    """OpenSSL's own words, as short as they come."""
    entries = error.args[0] if error.args else ()
    return str(entries[0][-1]) if entries and isinstance(entries, list) else type(error).__name__
