"""TURN credentials that run out by themselves, as coturn's `use-auth-secret` checks them.

draft-uberti-behave-turn-rest-00 §2.2: the username is the time it ends at and a name, the password its
HMAC-SHA1 under a secret shared with the TURN server. Nothing has to be stored on either side.
"""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import quote

from config.settings import TurnSettings
from config.urls import needs_credentials

MAX_NAME = 256
"""A USERNAME has at most 508 bytes (RFC 8489 §14.3); identities are any text, so they are quoted and cut."""


def ice_servers(settings: TurnSettings, identity: str, unix_s: float) -> list[dict[str, Any]]:
    """The RTCIceServers for somebody, good for `settings.ttl_s` from now (seconds since 1970)."""
    open_urls = [url for url in settings.urls if not needs_credentials(url)]
    closed_urls = [url for url in settings.urls if needs_credentials(url)]
    servers: list[dict[str, Any]] = [{"urls": open_urls}] if open_urls else []
    if closed_urls and settings.secret is not None:
        username = f"{int(unix_s + settings.ttl_s)}:{quote(identity, safe='@')[:MAX_NAME]}"
        credential = _password(settings.secret, username)
        servers.append({"urls": closed_urls, "username": username, "credential": credential})
    return servers


def _password(secret: str, username: str) -> str:
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
