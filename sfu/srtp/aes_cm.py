"""AES_CM_128_HMAC_SHA1_80 (RFC 3711) through libsrtp, for clients that have nothing better."""

from hmac import digest as hmac_digest
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pylibsrtp import Error, Policy, Session

from sfu.drops import DropReason
from sfu.dtls import SrtpKeys
from sfu.errors import LocalError, RemoteError
from sfu.identifiers import Ssrc
from sfu.srtp.key_derivation import RTP_AUTH, RTP_KEY, RTP_SALT, derive
from sfu.srtp.replay import WINDOW
from sfu.srtp.session import MAX_SSRCS, Sealer, Windows

_TAG_BYTES: Final = 10
_AUTH_KEY_BYTES: Final = 20
_MAX_RECEIVED_BYTES: Final = 1500
_MAX_SENT_BYTES: Final = 1500 - 144
"""pylibsrtp's buffer, less what it keeps free for trailers when sending; beyond it raises ValueError."""

_SEND_WINDOW: Final = 4096
"""libsrtp also refuses to *send* behind its window; a repaired packet may go out a second late."""


def _policy(key: bytes, salt: bytes, ssrc_type: int, window: int) -> Policy:
    policy = Policy(
        key=key + salt,
        ssrc_type=ssrc_type,
        srtp_profile=Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    )
    policy.window_size = window
    return policy


class _CmSealer(Sealer):
    __slots__ = ("_long", "_session", "_ssrc")

    def __init__(self, session: Session, long: "_LongPackets", ssrc: Ssrc) -> None:
        self._session = session
        self._long = long
        self._ssrc = ssrc

    def seal(self, index: int, payload: bytes, header: bytes) -> bytes:
        if len(header) + len(payload) > _MAX_SENT_BYTES:
            return self._long.seal(self._ssrc, index, payload, header)
        try:
            return self._session.protect(header + payload)[len(header) :]
        except Error as error:
            raise LocalError(f"libsrtp refuses to protect index {index}: {error}") from error


class AesCmSession:
    """`SrtpSession` for AES_CM_128_HMAC_SHA1_80.

    libsrtp keeps its own rollover counters; ours run beside them to know the packet index. Its streams, which
    it makes for every authentic SSRC, are bounded here.
    """

    def __init__(self, keys: SrtpKeys) -> None:
        self._send = Session(_policy(keys.local_key, keys.local_salt, Policy.SSRC_ANY_OUTBOUND, _SEND_WINDOW))
        self._receive = Session(_policy(keys.remote_key, keys.remote_salt, Policy.SSRC_ANY_INBOUND, WINDOW))
        self._windows = Windows()
        self._known: set[int] = set()
        self._long = _LongPackets(keys.local_key, keys.local_salt)

    def sealer(self, ssrc: Ssrc) -> Sealer:
        return _CmSealer(self._send, self._long, ssrc)

    def unprotect_rtp(
        self, datagram: bytes, header_bytes: int, ssrc: int, sequence: int
    ) -> tuple[int, bytes]:
        if len(datagram) < header_bytes + _TAG_BYTES:
            raise RemoteError(DropReason.SRTP_SHORT)
        if len(datagram) > _MAX_RECEIVED_BYTES:
            raise RemoteError(DropReason.DATAGRAM_TOO_LARGE)
        window = self._windows.look(ssrc)
        index = window.guess(sequence)
        window.check(index)
        try:
            packet = self._receive.unprotect(datagram)
        except Error:
            raise RemoteError(DropReason.SRTP_AUTH) from None
        if window.highest < 0:
            self._admit(ssrc)
            self._windows.keep(ssrc, window)
        window.accept(index)
        return index, packet[header_bytes:]

    def protect_rtcp(self, compound: bytes) -> bytes:
        return self._send.protect_rtcp(compound)

    def unprotect_rtcp(self, datagram: bytes) -> bytes:
        if len(datagram) > _MAX_RECEIVED_BYTES:
            raise RemoteError(DropReason.DATAGRAM_TOO_LARGE)
        try:
            compound = self._receive.unprotect_rtcp(datagram)
        except Error as error:
            # libsrtp's words are all it tells; a replayed SRTCP index is the one case worth its own count.
            replay = "replay" in str(error)
            raise RemoteError(DropReason.SRTP_REPLAY if replay else DropReason.SRTP_AUTH) from None
        self._admit(int.from_bytes(datagram[4:8], "big"))
        return compound

    def _admit(self, ssrc: int) -> None:
        """Let libsrtp keep the stream it made for an authentic packet, if there is room."""
        if ssrc in self._known:
            return
        if len(self._known) >= MAX_SSRCS:
            self._receive.remove_stream(ssrc)
            raise RemoteError(DropReason.SRTP_TOO_MANY_SSRCS)
        self._known.add(ssrc)


class _LongPackets:
    """Seals what does not fit pylibsrtp's buffer: packets near the Ethernet MTU, from senders that are no
    browsers."""

    def __init__(self, master_key: bytes, master_salt: bytes) -> None:
        self._cipher = algorithms.AES(derive(master_key, master_salt, RTP_KEY, 16))
        self._salt = int.from_bytes(derive(master_key, master_salt, RTP_SALT, 14), "big")
        self._auth_key = derive(master_key, master_salt, RTP_AUTH, _AUTH_KEY_BYTES)

    def seal(self, ssrc: Ssrc, index: int, payload: bytes, header: bytes) -> bytes:
        """RFC 3711 §4.1.1: the counter begins at salt, SSRC and index; §4.2: the tag covers ROC too."""
        counter = (self._salt << 16 ^ ssrc << 64 ^ index << 16).to_bytes(16, "big")
        encrypted = Cipher(self._cipher, modes.CTR(counter)).encryptor().update(payload)
        rollovers = (index >> 16).to_bytes(4, "big")
        tag = hmac_digest(self._auth_key, header + encrypted + rollovers, "sha1")
        return encrypted + tag[:_TAG_BYTES]
