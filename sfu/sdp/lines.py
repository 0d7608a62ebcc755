"""The text of a session description as its session part and m-sections (RFC 8866 §5), nothing interpreted."""

import re
from dataclasses import dataclass, field

from sfu.errors import OfferRefused
from sfu.sdp.limits import SdpLimits

# Some of the offer is echoed, so what JSON or SDP cannot carry ends here: controls, lone surrogates.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

# RFC 8866 §9, token: what mids, rids, encoding names and parameter names are made of.
_TOKEN = re.compile(r"[!#-'*+\-.0-9A-Z^-~]+", re.ASCII)


@dataclass(slots=True)
class Part:
    """The session part or one m-section: its m-line (`""` for the session) and its attributes by name."""

    m_line: str = ""
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str) -> str | None:
        """Value of the first attribute of that name, ``""`` for a flag, None if absent."""
        values = self.attributes.get(name)
        return values[0] if values else None

    def every(self, name: str) -> tuple[str, ...]:
        """Values of all attributes of that name, in order."""
        return tuple(self.attributes.get(name, ()))

    def has(self, name: str) -> bool:
        """Whether the attribute occurs at all."""
        return name in self.attributes


def bad(message: str) -> OfferRefused:
    """The refusal of an offer that breaks a rule of SDP or of ours."""
    return OfferRefused("bad_message", message)


def split_parts(text: str, limits: SdpLimits) -> list[Part]:
    """The session part, then one part an m-line. Lines other than ``m=`` and ``a=`` carry nothing we use.

    Raises:
        OfferRefused: ``too_large`` beyond `limits`, ``bad_message`` where it is not SDP.
    """
    if len(text) > limits.sdp_bytes or len(text.encode(errors="replace")) > limits.sdp_bytes:
        raise OfferRefused("too_large", "the session description is too long")
    # RFC 8866 §5: lines end in CRLF, a lone LF is tolerated. splitlines() knows more line ends, SDP does not.
    text = text.replace("\r\n", "\n")
    if _UNFIT.search(text):
        raise bad("control characters in a session description")
    lines = text.split("\n")
    if lines[0] != "v=0":
        raise bad("not a session description")
    parts = [Part()]
    for line in lines:
        if not line:
            continue
        if len(line) < 2 or line[1] != "=" or not "a" <= line[0] <= "z":
            raise bad("not a session description")
        if line[0] == "m":
            parts.append(Part(line[2:]))
            if len(parts) - 1 > limits.max_mlines:
                raise OfferRefused("too_large", "too many m-lines")
        elif line[0] == "a":
            name, _, value = line[2:].partition(":")
            parts[-1].attributes.setdefault(name, []).append(value)
    return parts


def number(text: str, maximum: int) -> int | None:
    """A decimal number from 0 to `maximum`, or None: no sign, no space, no digits of other scripts."""
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        return None
    value = int(text)
    return value if value <= maximum else None


def is_token(text: str, longest: int) -> bool:
    """Whether `text` is a token of RFC 8866 of at most `longest` characters."""
    return len(text) <= longest and _TOKEN.fullmatch(text) is not None
