"""Certificates and fingerprints."""

import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiortc import RTCCertificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from sfu.certificate import (
    Fingerprint,
    fingerprint_of,
    make_certificate,
    make_tls_certificate,
    matches,
)
from sfu.drops import DropReason
from sfu.errors import RemoteError

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
OURS = make_certificate(AT)
OTHER = make_certificate(AT)


def test_a_certificate_is_p256_and_valid_now() -> None:
    key = OURS.x509.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    assert OURS.x509.not_valid_before_utc < AT - timedelta(hours=12)
    assert OURS.x509.not_valid_after_utc > AT + timedelta(days=30)


def test_every_certificate_has_a_key_of_its_own() -> None:
    assert OURS.fingerprint() != OTHER.fingerprint()
    assert OURS.x509.serial_number != OTHER.x509.serial_number


@pytest.mark.parametrize(("algorithm", "pairs"), [("sha-256", 32), ("sha-384", 48), ("sha-512", 64)])
def test_fingerprints_are_written_and_read_as_sdp_has_them(algorithm: str, pairs: int) -> None:
    fingerprint = OURS.fingerprint(algorithm)
    assert fingerprint.algorithm == algorithm
    assert len(fingerprint.value.split(":")) == pairs
    assert fingerprint.value == fingerprint.value.upper()
    assert Fingerprint.parse(str(fingerprint)) == fingerprint
    assert Fingerprint.parse(str(fingerprint).lower()) == fingerprint
    assert Fingerprint.parse(str(fingerprint).upper()) == fingerprint


def test_fingerprints_are_those_of_aiortc() -> None:
    theirs = RTCCertificate(OURS.key, OURS.x509).getFingerprints()
    assert {Fingerprint(entry.algorithm, entry.value) for entry in theirs} == {
        OURS.fingerprint(algorithm) for algorithm in ("sha-256", "sha-384", "sha-512")
    }


def test_an_unknown_algorithm_is_read_but_matches_nothing() -> None:
    weak = Fingerprint.parse(f"sha-1 {OURS.x509.fingerprint(hashes.SHA1()).hex(':')}")
    assert not matches(OURS.x509, [weak])
    assert matches(OURS.x509, [weak, OURS.fingerprint()])


@pytest.mark.parametrize(
    ("announced", "expected"),
    [
        ([], False),
        ([OURS.fingerprint()], True),
        ([OTHER.fingerprint()], False),
        ([OTHER.fingerprint(), OURS.fingerprint()], True),
        ([OURS.fingerprint("sha-256"), OURS.fingerprint("sha-512")], True),
        ([OURS.fingerprint("sha-256"), OTHER.fingerprint("sha-512")], False),
        ([OTHER.fingerprint("sha-256"), OURS.fingerprint("sha-384")], True),
    ],
)
def test_the_strongest_algorithm_announced_decides(announced: list[Fingerprint], expected: bool) -> None:
    assert matches(OURS.x509, announced) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha-256",
        "sha-256 ",
        "sha-256 AB:CD",
        "sha-256 " + ":".join(["AB"] * 33),
        "sha-256 " + ":".join(["GG"] * 32),
        "sha-256 " + "AB" * 32,
        "sha-512 " + ":".join(["AB"] * 65),
        "sha-256 " + ":".join(["AB"] * 31) + ":+1",
        "sha-256 " + ":".join(["AB"] * 31) + ":٣٤",
    ],
)
def test_malformed_fingerprints_are_refused(text: str) -> None:
    with pytest.raises(RemoteError) as refused:
        Fingerprint.parse(text)
    assert refused.value.reason is DropReason.SDP_REFUSED


@given(st.text(max_size=120))
def test_arbitrary_text_raises_nothing_but_remote_error(text: str) -> None:
    with suppress(RemoteError):
        parsed = Fingerprint.parse(text)
        assert not matches(OURS.x509, [parsed])


def test_a_tls_certificate_names_its_hosts() -> None:
    certificate_pem, key_pem = make_tls_certificate(["meet.example", "192.0.2.7", "::1", "meet.example"], AT)
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["meet.example"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("192.0.2.7"), ip_address("::1")]
    assert load_pem_private_key(key_pem, None).public_key() == certificate.public_key()
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=398)
    assert certificate.not_valid_before_utc < AT < certificate.not_valid_after_utc


@pytest.mark.parametrize("host", ["meet.example", "192.0.2.7", "::1"])
def test_a_client_that_trusts_the_tls_certificate_connects(host: str, tmp_path: Path) -> None:
    certificate_pem, key_pem = make_tls_certificate(["meet.example", "192.0.2.7", "::1"], datetime.now(UTC))
    (tmp_path / "cert.pem").write_bytes(certificate_pem)
    (tmp_path / "key.pem").write_bytes(key_pem)
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    client_context = ssl.create_default_context(cadata=certificate_pem.decode())
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(up, down, server_side=True)
    client = client_context.wrap_bio(down, up, server_hostname=host)
    for side in (client, server, client, server):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    client.write(b"hello")
    assert server.read(5) == b"hello"


def test_a_tls_certificate_without_hosts_is_one_all_the_same() -> None:
    certificate_pem, _ = make_tls_certificate([], AT)
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    assert fingerprint_of(certificate, "sha-256").algorithm == "sha-256"
