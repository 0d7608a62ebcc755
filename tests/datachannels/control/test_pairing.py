"""Codes that pair an agent: used once, for two minutes, not to be guessed."""

import pytest

from datachannels.control.pairing import ALPHABET, CODE_S, LENGTH, WRONG_PER_S, Pairing
from datachannels.refusals import RequestRefused


def pairing(*codes: str) -> Pairing:
    return Pairing(iter(codes).__next__)


@pytest.mark.parametrize(
    "typed", ["ABCDE-01234", "abcde01234", " abcde-o1234\n", "ABCDE OI234", "abcde-0l234", "a-b-c-d-e-01234"]
)
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    codes = pairing("abcde01234")
    assert codes.issue("tr_1", 10.0).text == "ABCDE-01234"
    assert codes.redeem(typed, 20.0) == "tr_1"


def test_a_code_is_good_once_and_for_two_minutes() -> None:
    codes = pairing("a" * LENGTH, "b" * LENGTH, "c" * LENGTH, "d" * LENGTH)
    first = codes.issue("tr_1", 0.0)
    assert codes.redeem(first.text, 1.0) == "tr_1"
    second, third = codes.issue("tr_1", 1.0), codes.issue("tr_1", 1.0)
    other = codes.issue("tr_2", 2.0)
    for text in (first.text, second.text, "", "ä"):
        with pytest.raises(RequestRefused, match="not_found"):
            codes.redeem(text, 2.0)
    codes.forget("tr_2")
    for code, now in ((other, 3.0), (third, 1.0 + CODE_S)):
        with pytest.raises(RequestRefused, match="not_found"):
            codes.redeem(code.text, now)


def test_who_guesses_is_not_listened_to_and_others_are_soon_after() -> None:
    codes = pairing("a" * LENGTH)
    code = codes.issue("tr_1", 0.0)
    refused = []
    for number in range(1_000):
        with pytest.raises(RequestRefused) as error:
            codes.redeem(ALPHABET[number % len(ALPHABET)] * (LENGTH - 1), 1.0)
        refused.append(error.value.code)
    assert refused.count("not_found") == WRONG_PER_S
    with pytest.raises(RequestRefused) as error:
        codes.redeem(code.text, 1.0)
    assert error.value.code == "rate_limited"
    assert error.value.retry_ms is not None
    assert codes.redeem(code.text, 1.0 + error.value.retry_ms / 1000 + 0.01) == "tr_1"
