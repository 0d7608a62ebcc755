"""Certificates and their fingerprints: who is at the other end of a DTLS association.

Nobody signs a WebRTC certificate; its hash in the SDP, which came over an authenticated channel, makes
it trusted (RFC 8122 §5, RFC 8827 §6.5).
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sfu.drops import DropReason
from sfu.errors import RemoteError

# Strongest first: a certificate is held to the strongest given (RFC 8122 §5). SHA-1 and MD5 prove nothing.
_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "sha-512": hashes.SHA512(),
    "sha-384": hashes.SHA384(),
    "sha-256": hashes.SHA256(),
}

_DTLS_VALIDITY = timedelta(days=365)  # looked at by nobody; a node makes a new one at each start
_TLS_VALIDITY = timedelta(days=397)  # browsers refuse server certificates of more than 398 days
_CLOCK_SKEW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Hash of a certificate as SDP writes it; compares equal whatever the case it was written in.

    `algorithm` is lower-case (``sha-256``), `value` upper-case hex pairs with colons.
    """

    algorithm: str
    value: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "algorithm", self.algorithm.lower())
        object.__setattr__(self, "value", self.value.upper())

    @classmethod
    def parse(cls, text: str) -> "Fingerprint":
        """Read the value of an ``a=fingerprint`` line. Algorithms that we do not know are let through.

        Raises:
            RemoteError: SDP_REFUSED, not an algorithm and hex pairs (RFC 8122 §5).
        """
        algorithm, _, value = text.strip().partition(" ")
        pairs = value.split(":")
        hex_digits = set("0123456789abcdefABCDEF")
        if not algorithm or len(pairs) > 64 or not all(len(p) == 2 and hex_digits >= set(p) for p in pairs):
            raise RemoteError(DropReason.SDP_REFUSED, "fingerprint")
        known = _DIGESTS.get(algorithm.lower())
        if known is not None and len(pairs) != known.digest_size:
            raise RemoteError(DropReason.SDP_REFUSED, "fingerprint length")
        return cls(algorithm, value)

    def __str__(self) -> str:
        return f"{self.algorithm} {self.value}"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate and its key, for DTLS."""

    key: ec.EllipticCurvePrivateKey
    x509: x509.Certificate

    def fingerprint(self, algorithm: str = "sha-256") -> Fingerprint:
        """The hash that goes into our SDP. `algorithm` is ``sha-256``, ``sha-384`` or ``sha-512``."""
        return fingerprint_of(self.x509, algorithm)


def make_certificate(at: datetime) -> Certificate:
    """A fresh ECDSA P-256 certificate, the kind every WebRTC client takes (RFC 8827 §6.5).

    `at` is the time now, with its zone.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    return Certificate(key, _self_signed(key, "sfumato", at, _DTLS_VALIDITY).sign(key, hashes.SHA256()))


def make_tls_certificate(hosts: Sequence[str], at: datetime) -> tuple[bytes, bytes]:
    """A self-signed server certificate for trials on a LAN; `hosts` are names and IP addresses, `at` is now.

    Returns:
        Certificate and key, both PEM.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _self_signed(key, "sfumato self-signed", at, _TLS_VALIDITY)
    names = [_general_name(host) for host in dict.fromkeys(hosts)]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def fingerprint_of(certificate: x509.Certificate, algorithm: str) -> Fingerprint:
    """The hash of `certificate` by `algorithm`, one of ``sha-256``, ``sha-384``, ``sha-512``."""
    return Fingerprint(algorithm, certificate.fingerprint(_DIGESTS[algorithm]).hex(":"))


def matches(certificate: x509.Certificate, fingerprints: Sequence[Fingerprint]) -> bool:
    """Whether `certificate` is one of those that `fingerprints` announce.

    Only those of the strongest algorithm given count (RFC 8122 §5); with none that we know it is not.
    """
    for algorithm in _DIGESTS:
        candidates = [entry for entry in fingerprints if entry.algorithm == algorithm]
        if candidates:
            return fingerprint_of(certificate, algorithm) in candidates
    return False


def _self_signed(
    key: ec.EllipticCurvePrivateKey, name: str, at: datetime, validity: timedelta
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _CLOCK_SKEW)
        .not_valid_after(at - _CLOCK_SKEW + validity)
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
