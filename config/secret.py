"""API keys: what a name and a secret must be."""

import re

NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")

SECRET_BYTES = 32
"""RFC 7518 §3.2: an HS256 key is at least as long as the hash."""


def check_key(name: str, secret: object) -> list[str]:
    """What is wrong with a key, without ever quoting the secret."""
    problems: list[str] = []
    if not NAME.fullmatch(name):
        problems.append("a key's name is 1 to 64 letters, digits, dots, dashes or underscores")
    if not isinstance(secret, str):
        problems.append("the secret should be a string")
    elif len(secret.encode("utf-8", "surrogatepass")) < SECRET_BYTES:
        problems.append(f"the secret should have at least {SECRET_BYTES} bytes")
    return problems
