"""The TLS side of HTTP: certificate files, or a certificate made at start for trials on a LAN."""

import ssl
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from config.settings import TlsSettings
from sfu.certificate import make_tls_certificate


def tls_context(settings: TlsSettings, hosts: Sequence[str], at: datetime) -> ssl.SSLContext | None:
    """What HTTPS is served with; None for plain HTTP.

    `hosts` are the names and addresses a self-signed certificate is for, `at` is now. Raises OSError for
    files that cannot be used.
    """
    if not settings.enabled:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if settings.self_signed:
        certificate, key = make_tls_certificate(hosts, at)
        # OpenSSL's loader takes files only; this one is ours alone and gone at once.
        with tempfile.TemporaryDirectory(prefix="sfumato-tls-") as folder:
            both = Path(folder) / "both.pem"
            both.touch(mode=0o600)
            both.write_bytes(certificate + key)
            context.load_cert_chain(both)
    elif settings.cert is not None:
        try:
            context.load_cert_chain(settings.cert, settings.key)
        except OSError as error:  # of OpenSSL too, which does not say in which file
            files = f"http.tls: {settings.cert}, {settings.key}"
            raise OSError(f"{files}: {error.strerror or error}") from error
    return context
