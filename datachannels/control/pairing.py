"""One-time codes by which an agent on the sharer's computer becomes the hands of who controls a track."""

from collections.abc import Callable
from dataclasses import dataclass

from datachannels.rate import Bucket
from datachannels.refusals import RequestRefused

CODE_S = 120.0
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 10
"""50 bits. Ten thousand guesses a second against a hundred codes: 36 years to the first hit, as expected."""

WRONG_PER_S = 1.0
WRONG_BURST = 10.0
"""Wrong codes of one source; beyond it none of it is looked at, so who guesses keeps nobody else out."""
MAX_SOURCES = 1_000
"""Sources remembered for wrong codes; who has more addresses than that still has the 50 bits before them."""

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
        self._wrong_of: dict[str, Bucket] = {}
        self.wrong = 0
        """Codes that were none, and those that were not looked at."""

    def issue(self, track: str, now: float) -> Code:
        """A code for a track; its earlier one is worth nothing any more."""
        self.forget(track)
        text = self._new_code()
        code = Code(f"{text[: LENGTH // 2]}-{text[LENGTH // 2 :]}".upper(), track, now + CODE_S)
        self._by_text[text] = code
        return code

    def redeem(self, text: str, source: str, now: float) -> str:
        """The track of a code, which is used up. `source` is where it was typed. Raises `RequestRefused`."""
        wrong = self._wrong_of.get(source)
        if wrong is not None and (wait_ms := wrong.wait_ms(now)) > 1:
            self.wrong += 1
            raise RequestRefused("rate_limited", "too many wrong codes", retry_ms=wait_ms)
        code = self._by_text.pop(text.strip().lower().translate(_READ_AS), None)
        if code is None or now >= code.expires_at:
            self._count_wrong(source, now)
            raise RequestRefused("not_found", "no such code, or it was used or is over")
        return code.track

    def _count_wrong(self, source: str, now: float) -> None:
        self.wrong += 1
        bucket = self._wrong_of.pop(source, None)
        if bucket is None:
            bucket = Bucket(WRONG_PER_S, now, WRONG_BURST / WRONG_PER_S)
        while len(self._wrong_of) >= MAX_SOURCES:
            del self._wrong_of[next(iter(self._wrong_of))]
        self._wrong_of[source] = bucket
        bucket.take(now)

    def forget(self, track: str) -> None:
        """The track is over, or has another code."""
        for text in [text for text, code in self._by_text.items() if code.track == track]:
            del self._by_text[text]
