"""Tokens: JWTs signed with the secret of an API key (PROTOCOL.md 1).

Only HS256 is accepted: the algorithm is ours to choose, not the token's (RFC 8725 §3.1). Time is passed in,
as seconds since 1970; PyJWT checks the signature, the claims are judged here.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import orjson

from config.settings import Limits
from datachannels.repositories import Access
from signaling.close_codes import CloseCode
from signaling.permissions import ACCESS, GRANTS, Role

ALGORITHM = "HS256"
LEEWAY_S = 30.0
MAX_IDENTITY = 256
MAX_ID = 64
"""Of a document, board, share link or track."""

ANY_ROOM = "*"


class TokenRefused(Exception):
    """The token does not let its bearer in. `code` closes the socket, `message` says why."""

    def __init__(self, code: CloseCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Shared:
    """What a share link opens: one document or board, nothing else, as long as the link is in force."""

    topic: str
    access: Access
    link: str


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a good token says. `key` is the API key that signed it, times are seconds since 1970.

    `room` is the one it may join, ``*`` for any, empty for none. `grants` overrides the role. `link` marks an
    invite or share link: many bear it, so `identity` names the link, and who comes by it gets an own one.
    `shared` is what the token of a share link opens; it has no room, and `role` means nothing. `agent` is the
    track that an agent helps to control; that, and no room, is all that such a token opens.
    """

    key: str
    identity: str
    expires_at: float
    room: str = ""
    name: str = ""
    metadata: str = ""
    role: Role = Role.PARTICIPANT
    grants: Mapping[str, bool] = field(default_factory=dict)
    admin: bool = False
    link: bool = False
    shared: Shared | None = None
    agent: str = ""

    def admits_to(self, room: str) -> bool:
        """True if the token may join this room."""
        return self.room in (room, ANY_ROOM)


def issue_token(
    key: str,
    secret: str,
    *,
    identity: str,
    now_wall: float,
    ttl_s: float,
    room: str = "",
    name: str = "",
    metadata: str = "",
    role: Role = Role.PARTICIPANT,
    grants: dict[str, bool] | None = None,
    admin: bool = False,
    link: bool = False,
    shared: Shared | None = None,
    agent: str = "",
) -> str:
    """A token good from now for `ttl_s` seconds."""
    claims: dict[str, Any] = {
        "iss": key,
        "sub": identity,
        "nbf": int(now_wall),
        "exp": int(now_wall + ttl_s),
        "role": role.value,
    }
    optional = {
        "room": room,
        "name": name,
        "metadata": metadata,
        "grants": dict(grants or {}),
        "admin": admin,
        "link": link,
        "agent": agent,
    }
    if shared is not None:
        claims |= {"topic": shared.topic, "role": shared.access, "share": shared.link}
    claims |= {claim: value for claim, value in optional.items() if value}
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def read_token(
    text: str,
    keys: Mapping[str, str],
    now_wall: float,
    room: str | None = None,
    *,
    limits: Limits | None = None,
    expired_ok: bool = False,
) -> TokenClaims:
    """The claims of a token that is signed by one of `keys` (name → secret) and in force.

    `room` refuses a token for another one. `expired_ok` accepts one that ran out: a resumed participant's
    (PROTOCOL.md 2). Raises TokenRefused and nothing else.
    """
    limits = limits or Limits()
    if len(text) > _max_text(limits):
        raise TokenRefused(CloseCode.BAD_TOKEN, "the token is too long")
    claims = _verified(text, keys)
    if "aud" in claims:  # RFC 7519 §4.1.3: whoever is not the audience refuses it
        raise TokenRefused(CloseCode.BAD_TOKEN, "the token is for something else")
    shared = _shared(claims)
    expires_at = _time(claims, "exp", required=True)
    if now_wall > expires_at + LEEWAY_S and not expired_ok:
        raise TokenRefused(CloseCode.BAD_TOKEN, "the token has expired")
    if now_wall < _time(claims, "nbf") - LEEWAY_S:
        raise TokenRefused(CloseCode.BAD_TOKEN, "the token is not valid yet")
    admin = _flag(claims.get("admin", False), "admin")
    read = TokenClaims(
        key=claims["iss"],
        # Programs with a token for everything need not be anybody.
        identity=_text(claims, "sub", MAX_IDENTITY, required=not admin) or claims["iss"],
        expires_at=expires_at,
        room=_text(claims, "room", limits.name),
        name=_text(claims, "name", limits.name),
        metadata=_text(claims, "metadata", limits.metadata),
        role=_role(claims) if shared is None else Role.VIEWER,
        grants=_grants(claims),
        admin=admin,
        link=_flag(claims.get("link", False), "link"),
        shared=shared,
        agent=_text(claims, "agent", MAX_ID),
    )
    if (shared is not None or read.agent) and (read.room or read.admin or (shared and read.agent)):
        raise TokenRefused(CloseCode.BAD_TOKEN, "the token is for one thing and for more")
    if room is not None and not read.admits_to(room):
        raise TokenRefused(CloseCode.NOT_ALLOWED, "the token is for another room")
    return read


def _max_text(limits: Limits) -> int:
    """Characters of the longest token there can be: every text escaped as ``\\uXXXX``, then base64."""
    units = MAX_IDENTITY + 2 * limits.name + limits.metadata
    return 2048 + units * 6 * 4 // 3


def _verified(text: str, keys: Mapping[str, str]) -> dict[str, Any]:
    """The claims, once the signature of the key they name has been checked over them."""
    claims = _payload(text)
    issuer = claims.get("iss")
    secret = keys.get(issuer) if isinstance(issuer, str) else None
    if secret is None:
        raise TokenRefused(CloseCode.BAD_TOKEN, "the token's key is unknown")
    try:
        jwt.PyJWS(algorithms=[ALGORITHM]).decode(text, secret, algorithms=[ALGORITHM])
    # Beside its own errors PyJWT lets those of json and hmac through for headers that are JSON but no header.
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        raise TokenRefused(CloseCode.BAD_TOKEN, "the token's signature is wrong") from None
    return claims


def _payload(text: str) -> dict[str, Any]:
    """The middle part, unverified: it says which key to verify with."""
    parts = text.split(".")
    if len(parts) != 3:
        raise TokenRefused(CloseCode.BAD_TOKEN, "the token is not a JWT")
    try:
        raw = base64.b64decode(parts[1].encode("ascii") + b"=" * (-len(parts[1]) % 4), b"-_", validate=True)
        claims = orjson.loads(raw)
    except (UnicodeEncodeError, binascii.Error, orjson.JSONDecodeError):
        raise TokenRefused(CloseCode.BAD_TOKEN, "the token is not a JWT") from None
    if not isinstance(claims, dict):
        raise TokenRefused(CloseCode.BAD_TOKEN, "the token is not a JWT")
    return claims


def _time(claims: Mapping[str, Any], claim: str, *, required: bool = False) -> float:
    value = claims.get(claim)
    if value is None and not required:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TokenRefused(CloseCode.BAD_TOKEN, f"the token's {claim} is missing or not a time")
    return float(value)


def _text(claims: Mapping[str, Any], claim: str, longest: int, *, required: bool = False) -> str:
    value = claims.get(claim, "")
    if not isinstance(value, str) or (required and not value):
        raise TokenRefused(CloseCode.BAD_TOKEN, f"the token's {claim} is missing or not a string")
    if len(value.encode("utf-16-le")) // 2 > longest:
        raise TokenRefused(CloseCode.BAD_TOKEN, f"the token's {claim} is longer than {longest}")
    return value


def _shared(claims: Mapping[str, Any]) -> Shared | None:
    topic = _text(claims, "topic", MAX_ID)
    if not topic:
        return None
    access = next((one for one in ACCESS if one == claims.get("role")), None)
    if access is None:
        raise TokenRefused(CloseCode.BAD_TOKEN, "the token's role is unknown")
    return Shared(topic, access, _text(claims, "share", MAX_ID, required=True))


def _role(claims: Mapping[str, Any]) -> Role:
    try:
        return Role(claims.get("role", Role.PARTICIPANT))
    except ValueError:
        raise TokenRefused(CloseCode.BAD_TOKEN, "the token's role is unknown") from None


def _grants(claims: Mapping[str, Any]) -> dict[str, bool]:
    """The overrides that are known here; unknown names are ignored like every unknown field."""
    grants = claims.get("grants", {})
    if not isinstance(grants, dict):
        raise TokenRefused(CloseCode.BAD_TOKEN, "the token's grants are not an object")
    return {name: _flag(value, f"grant {name}") for name, value in grants.items() if name in GRANTS}


def _flag(value: object, what: str) -> bool:
    if not isinstance(value, bool):
        raise TokenRefused(CloseCode.BAD_TOKEN, f"the token's {what} is not true or false")
    return value
