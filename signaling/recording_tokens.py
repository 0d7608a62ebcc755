"""Tokens that open one recording and nothing else: for its replay, and for media elements, which send none of
their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import jwt

from signaling.tokens import ALGORITHM, LEEWAY_S

AUDIENCE: Final = "recording"
"""Tokens of participants have none: neither can be taken for the other."""


FILMS: Final = "films"
"""The claim of a token that orders and deletes films of its recording, too."""


@dataclass(frozen=True, slots=True)
class Opener:
    """A token that opens a recording: the name of the key that signed it, and until when (seconds since
    1970)."""

    key: str
    expires_at: int


def issue(
    key: str, secret: str, recording: str, now_wall: float, ttl_s: float, *, films: bool = False
) -> str:
    """One that is good for so long; with `films` it also makes them."""
    claims = {"iss": key, "aud": AUDIENCE, "sub": recording, "exp": int(now_wall + ttl_s)}
    if films:
        claims[FILMS] = True
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def opens(
    text: str, keys: Mapping[str, str], recording: str, now_wall: float, *, films: bool = False
) -> Opener | None:
    """What `text` is, if it opens this recording now.

    With `films`: if it also makes them.
    """
    for name, secret in keys.items():
        try:
            claims = jwt.decode(
                text,
                secret,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=name,
                options={"require": ["exp", "sub", "aud", "iss"], "verify_exp": False},
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            continue
        expires_at = claims["exp"]
        if films and claims.get(FILMS) is not True:
            continue
        if claims["sub"] == recording and isinstance(expires_at, int) and now_wall <= expires_at + LEEWAY_S:
            return Opener(name, expires_at)
    return None
