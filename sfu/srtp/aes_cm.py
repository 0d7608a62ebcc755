"""AES_CM_128_HMAC_SHA1_80 (RFC 3711) through libsrtp, for clients that have nothing better."""

from pylibsrtp import Error, Policy, Session

from sfu.drops import DropReason
from sfu.dtls import SrtpKeys
from sfu.errors import LocalError, RemoteError
from sfu.identifiers import Ssrc
from sfu.srtp.replay import WINDOW
from sfu.srtp.session import Seal, Windows

_TAG_BYTES = 10
_SEND_WINDOW = 4096
"""libsrtp also refuses to *send* behind its window; a repaired packet may go out a second late."""


def _policy(key: bytes, salt: bytes, ssrc_type: int, window: int) -> Policy:
    policy = Policy(
        key=key + salt,
        ssrc_type=ssrc_type,
        srtp_profile=Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    )
    policy.window_size = window
    return policy


class AesCmSession:
    """`SrtpSession` for AES_CM_128_HMAC_SHA1_80.

    libsrtp keeps its own rollover counters; ours run beside them to know the packet index.
    """

    def __init__(self, keys: SrtpKeys) -> None:
        self._send = Session(_policy(keys.local_key, keys.local_salt, Policy.SSRC_ANY_OUTBOUND, _SEND_WINDOW))
        self._receive = Session(_policy(keys.remote_key, keys.remote_salt, Policy.SSRC_ANY_INBOUND, WINDOW))
        self._windows = Windows()

    def sealer(self, ssrc: Ssrc) -> Seal:
        del ssrc  # libsrtp reads it from the header
        protect = self._send.protect

        def seal(index: int, payload: bytes, header: bytes) -> bytes:
            try:
                return protect(header + payload)[len(header) :]
            except Error as error:
                raise LocalError(f"libsrtp refuses to protect index {index}: {error}") from error

        return seal

    def unprotect_rtp(
        self, datagram: bytes, header_bytes: int, ssrc: int, sequence: int
    ) -> tuple[int, bytes]:
        if len(datagram) < header_bytes + _TAG_BYTES:
            raise RemoteError(DropReason.SRTP_SHORT)
        window = self._windows.look(ssrc)
        index = window.guess(sequence)
        window.check(index)
        try:
            packet = self._receive.unprotect(datagram)
        except Error:
            raise RemoteError(DropReason.SRTP_AUTH) from None
        if window.highest < 0:
            self._windows.keep(ssrc, window)
        window.accept(index)
        return index, packet[header_bytes:]

    def protect_rtcp(self, compound: bytes) -> bytes:
        return self._send.protect_rtcp(compound)

    def unprotect_rtcp(self, datagram: bytes) -> bytes:
        try:
            return self._receive.unprotect_rtcp(datagram)
        except Error as error:
            # libsrtp's words are all it tells; a replayed SRTCP index is the one case worth its own count.
            replay = "replay" in str(error)
            raise RemoteError(DropReason.SRTP_REPLAY if replay else DropReason.SRTP_AUTH) from None
