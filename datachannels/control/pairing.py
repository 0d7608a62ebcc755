"""One-time codes by which an agent on the sharer's computer becomes the hands of who controls a track."""

from collections.abc import Callable
from dataclasses import dataclass

from datachannels.rate import Bucket
from datachannels.refusals import RequestRefused

CODE_S = 120.0
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 10
"""50 bits. At `WRONG_PER_S` guesses against a hundred codes, the first hit is expected after centuries."""

WRONG_PER_S = 20.0
"""Wrong codes of a node; beyond it none is looked at."""

_READ_AS = str.maketrans({"o": "0", "i": "1", "l": "1", "-": None, " ": None})
"""What is easily mistaken when it is typed, as Crockford's base 32 has it."""


@dataclass(frozen=True, slots=True)
class Code:
    """`text` as it is shown; good until `expires_at`, monotonic seconds."""

    text: str
    track: str
    expires_at: float


class Pairing:
    """The codes that are out, one a track. `new_code` gives `LENGTH` unguessable characters of `ALPHABET`."""

    def __init__(self, new_code: Callable[[], str]) -> None:
        self._new_code = new_code
        self._by_text: dict[str, Code] = {}
        self._wrong: Bucket | None = None

    def issue(self, track: str, now: float) -> Code:
        """A code for a track; its earlier one is worth nothing any more."""
        self.forget(track)
        text = self._new_code()
        code = Code(f"{text[: LENGTH // 2]}-{text[LENGTH // 2 :]}".upper(), track, now + CODE_S)
        self._by_text[text] = code
        return code

    def redeem(self, text: str, now: float) -> str:
        """The track of a code, which is used up. Raises `RequestRefused`."""
        wrong = self._wrong
        if wrong is None:
            wrong = self._wrong = Bucket(WRONG_PER_S, now)
        if wrong.wait_ms(now) > 1:
            raise RequestRefused("rate_limited", "too many wrong codes", retry_ms=wrong.wait_ms(now))
        code = self._by_text.pop(text.strip().lower().translate(_READ_AS), None)
        if code is None or now >= code.expires_at:
            wrong.take(now)
            raise RequestRefused("not_found", "no such code, or it was used or is over")
        return code.track

    def forget(self, track: str) -> None:
        """The track is over, or has another code."""
        for text in [text for text, code in self._by_text.items() if code.track == track]:
            del self._by_text[text]
