"""AEAD_AES_128_GCM (RFC 7714), framed here around one call of OpenSSL a packet."""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sfu.drops import DropReason
from sfu.dtls import SrtpKeys
from sfu.errors import RemoteError
from sfu.identifiers import Ssrc
from sfu.srtp.key_derivation import RTCP_KEY, RTCP_SALT, RTP_KEY, RTP_SALT, derive
from sfu.srtp.session import Sealer, Windows

_TAG_BYTES: Final = 16
_RTCP_HEADER_BYTES: Final = 8
_RTCP_TRAILER_BYTES: Final = 4
_ENCRYPTED: Final = 1 << 31  # the E flag before the 31-bit SRTCP index
_MAX_RTCP_INDEX: Final = (1 << 31) - 1
_INDEX_MASK: Final = (1 << 48) - 1


class _Direction:
    """Session keys of one direction; the salts as integers, ready to be xored into a nonce."""

    __slots__ = ("rtcp", "rtcp_salt", "rtp", "rtp_salt")

    def __init__(self, master_key: bytes, master_salt: bytes) -> None:
        self.rtp = AESGCM(derive(master_key, master_salt, RTP_KEY, 16))
        self.rtcp = AESGCM(derive(master_key, master_salt, RTCP_KEY, 16))
        self.rtp_salt = int.from_bytes(derive(master_key, master_salt, RTP_SALT, 12), "big")
        self.rtcp_salt = int.from_bytes(derive(master_key, master_salt, RTCP_SALT, 12), "big")


class _GcmSealer(Sealer):
    __slots__ = ("_encrypt", "_lower", "_upper")

    def __init__(self, key: AESGCM, salt: int, ssrc: Ssrc) -> None:
        self._encrypt = key.encrypt
        # RFC 7714 §8.1: nonce = salt xor (0x0000 | SSRC | ROC | SEQ); ROC | SEQ is the packet index, 48 bits.
        # In halves: an integer of twelve bytes is a big one, which costs twice as much.
        salted = salt ^ ssrc << 48
        self._upper = (salted >> 48).to_bytes(6, "big")
        self._lower = salted & _INDEX_MASK

    def seal(self, index: int, payload: bytes, header: bytes) -> bytes:
        return self._encrypt(self._upper + (self._lower ^ index).to_bytes(6, "big"), payload, header)


class AesGcmSession:
    """`SrtpSession` for AEAD_AES_128_GCM."""

    def __init__(self, keys: SrtpKeys) -> None:
        self._send = _Direction(keys.local_key, keys.local_salt)
        self._receive = _Direction(keys.remote_key, keys.remote_salt)
        self._rtp_windows = Windows()
        self._rtcp_windows = Windows()
        self._rtcp_index = 0

    def sealer(self, ssrc: Ssrc) -> Sealer:
        return _GcmSealer(self._send.rtp, self._send.rtp_salt, ssrc)

    def unprotect_rtp(
        self, datagram: bytes, header_bytes: int, ssrc: int, sequence: int
    ) -> tuple[int, bytes]:
        if len(datagram) < header_bytes + _TAG_BYTES:
            raise RemoteError(DropReason.SRTP_SHORT)
        window = self._rtp_windows.look(ssrc)
        index = window.guess(sequence)
        window.check(index)
        direction = self._receive
        nonce = (direction.rtp_salt ^ ssrc << 48 ^ index).to_bytes(12, "big")
        try:
            payload = direction.rtp.decrypt(nonce, datagram[header_bytes:], datagram[:header_bytes])
        except InvalidTag:
            raise RemoteError(DropReason.SRTP_AUTH) from None
        if window.highest < 0:
            self._rtp_windows.keep(ssrc, window)
        window.accept(index)
        return index, payload

    def protect_rtcp(self, compound: bytes) -> bytes:
        # RFC 7714 §9: the index is never used twice; 2^31 compounds outlast any meeting.
        index = self._rtcp_index
        if index > _MAX_RTCP_INDEX:
            raise OverflowError("SRTCP index exhausted")
        self._rtcp_index = index + 1
        header = compound[:_RTCP_HEADER_BYTES]
        ssrc = int.from_bytes(header[4:8], "big")
        trailer = (_ENCRYPTED | index).to_bytes(4, "big")
        nonce = (self._send.rtcp_salt ^ ssrc << 48 ^ index).to_bytes(12, "big")
        sealed = self._send.rtcp.encrypt(nonce, compound[_RTCP_HEADER_BYTES:], header + trailer)
        return header + sealed + trailer

    def unprotect_rtcp(self, datagram: bytes) -> bytes:
        if len(datagram) < _RTCP_HEADER_BYTES + _TAG_BYTES + _RTCP_TRAILER_BYTES:
            raise RemoteError(DropReason.SRTP_SHORT)
        header, trailer = datagram[:_RTCP_HEADER_BYTES], datagram[-_RTCP_TRAILER_BYTES:]
        sealed = datagram[_RTCP_HEADER_BYTES:-_RTCP_TRAILER_BYTES]
        word = int.from_bytes(trailer, "big")
        index = word & _MAX_RTCP_INDEX
        ssrc = int.from_bytes(header[4:8], "big")
        window = self._rtcp_windows.look(ssrc)
        window.check(index)
        nonce = (self._receive.rtcp_salt ^ ssrc << 48 ^ index).to_bytes(12, "big")
        try:
            if word & _ENCRYPTED:
                body = self._receive.rtcp.decrypt(nonce, sealed, header + trailer)
            else:  # RFC 7714 §9.3: authenticated only; everything before the tag is associated data
                body = sealed[:-_TAG_BYTES]
                self._receive.rtcp.decrypt(nonce, sealed[-_TAG_BYTES:], header + body + trailer)
        except InvalidTag:
            raise RemoteError(DropReason.SRTP_AUTH) from None
        if window.highest < 0:
            self._rtcp_windows.keep(ssrc, window)
        window.accept(index)
        return header + body
