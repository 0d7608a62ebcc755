"""What both SRTP profiles have in common, and the choice between them."""

from typing import Final, Protocol

from sfu.drops import DropReason
from sfu.dtls import SrtpKeys, SrtpProfile
from sfu.errors import RemoteError
from sfu.identifiers import Ssrc
from sfu.srtp.replay import ReplayWindow

MAX_SSRCS: Final = 256
"""Authentic SSRCs a peer may use over the life of an association; a browser needs a dozen."""


class Sealer:
    """The protection of one sent SSRC. A base class, no Protocol: what is called for every packet shall be
    found without a look-up by name."""

    def seal(self, index: int, payload: bytes, header: bytes) -> bytes:
        """What follows the header on the wire. `index`: the 48 bits of RFC 3711 §3.3.1; the caller never
        seals two payloads under one."""
        raise NotImplementedError


class SrtpSession(Protocol):
    """The keys of one association, both directions."""

    def sealer(self, ssrc: Ssrc) -> Sealer:
        """The protection of one sent SSRC."""

    def unprotect_rtp(
        self, datagram: bytes, header_bytes: int, ssrc: int, sequence: int
    ) -> tuple[int, bytes]:
        """(packet index, payload); raises RemoteError(SRTP_*)."""

    def protect_rtcp(self, compound: bytes) -> bytes:
        """A compound RTCP packet as it goes out."""

    def unprotect_rtcp(self, datagram: bytes) -> bytes:
        """The compound RTCP packet; raises RemoteError(SRTP_*)."""


class Windows:
    """Replay windows by SSRC, made only for authentic packets and bounded in number."""

    __slots__ = ("_windows",)

    def __init__(self) -> None:
        self._windows: dict[int, ReplayWindow] = {}

    def look(self, ssrc: int) -> ReplayWindow:
        """The window of `ssrc`, or a fresh one that `keep` may admit."""
        return self._windows.get(ssrc) or ReplayWindow()

    def keep(self, ssrc: int, window: ReplayWindow) -> None:
        """Admit the window of a packet that was authentic; raises RemoteError(SRTP_TOO_MANY_SSRCS)."""
        if ssrc not in self._windows:
            if len(self._windows) >= MAX_SSRCS:
                raise RemoteError(DropReason.SRTP_TOO_MANY_SSRCS)
            self._windows[ssrc] = window


def open_session(keys: SrtpKeys) -> SrtpSession:
    """The session for what DTLS negotiated."""
    from sfu.srtp.aes_cm import AesCmSession
    from sfu.srtp.aes_gcm import AesGcmSession

    if keys.profile is SrtpProfile.AEAD_AES_128_GCM:
        return AesGcmSession(keys)
    return AesCmSession(keys)
