"""Two ends of an SRTP association, one of them libsrtp."""

from dataclasses import dataclass

from pylibsrtp import Policy, Session

from sfu.dtls import SrtpKeys, SrtpProfile
from sfu.identifiers import Ssrc
from sfu.rtp.packet import header_length, read_fixed_header
from sfu.srtp.session import SrtpSession, open_session

GCM = SrtpProfile.AEAD_AES_128_GCM
CM = SrtpProfile.AES128_CM_HMAC_SHA1_80
PROFILES = (GCM, CM)

_LIBSRTP = {GCM: Policy.SRTP_PROFILE_AEAD_AES_128_GCM, CM: Policy.SRTP_PROFILE_AES128_CM_SHA1_80}


def keys(profile: SrtpProfile) -> SrtpKeys:
    """Master keys that differ in every byte that can be mixed up."""
    return SrtpKeys(
        profile,
        local_key=bytes(range(16)),
        local_salt=bytes(range(0x20, 0x20 + profile.salt_bytes)),
        remote_key=bytes(range(0x40, 0x50)),
        remote_salt=bytes(range(0x60, 0x60 + profile.salt_bytes)),
    )


def mirrored(ours: SrtpKeys) -> SrtpKeys:
    """The same keys as the other end sees them."""
    return SrtpKeys(ours.profile, ours.remote_key, ours.remote_salt, ours.local_key, ours.local_salt)


def _policy(profile: SrtpProfile, material: bytes, ssrc_type: int) -> Policy:
    policy = Policy(key=material, ssrc_type=ssrc_type, srtp_profile=_LIBSRTP[profile])
    policy.window_size = 4096
    return policy


@dataclass
class Libsrtp:
    """The other end, by libsrtp: `send` makes what we receive, `receive` takes what we send."""

    send: Session
    receive: Session

    @classmethod
    def facing(cls, ours: SrtpKeys) -> "Libsrtp":
        profile = ours.profile
        return cls(
            Session(_policy(profile, ours.remote_key + ours.remote_salt, Policy.SSRC_ANY_OUTBOUND)),
            Session(_policy(profile, ours.local_key + ours.local_salt, Policy.SSRC_ANY_INBOUND)),
        )


def rtp(sequence: int, payload: bytes = b"payload", ssrc: int = 0x0BADCAFE, extra: bytes = b"") -> bytes:
    """A plain packet with one CSRC; `extra` is an extension block."""
    first = 0x91 if extra else 0x81
    fixed = bytes((first, 0x60)) + (sequence & 0xFFFF).to_bytes(2, "big") + (90_000).to_bytes(4, "big")
    return fixed + ssrc.to_bytes(4, "big") + b"\x00\x00\x00\x07" + extra + payload


def seal(session: SrtpSession, index: int, packet: bytes) -> bytes:
    """`packet` as our side sends it under `index`."""
    size = header_length(packet)
    ssrc = Ssrc(read_fixed_header(packet)[4])
    header = packet[:size]
    return header + session.sealer(ssrc).seal(index, packet[size:], header)


def unprotect(session: SrtpSession, datagram: bytes) -> tuple[int, bytes]:
    """(index, whole plain packet) of what our side received."""
    size = header_length(datagram)
    _, _, sequence, _, ssrc = read_fixed_header(datagram)
    index, payload = session.unprotect_rtp(datagram, size, ssrc, sequence)
    return index, datagram[:size] + payload


def pair(profile: SrtpProfile) -> tuple[SrtpSession, Libsrtp]:
    """Our session and the libsrtp that faces it."""
    ours = keys(profile)
    return open_session(ours), Libsrtp.facing(ours)
