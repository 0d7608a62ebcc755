"""Codes that pair an agent: used once, for two minutes, not to be guessed."""

import pytest

from datachannels.control.pairing import ALPHABET, CODE_S, LENGTH, MAX_SOURCES, WRONG_BURST, Pairing
from datachannels.refusals import RequestRefused

HERE = "192.0.2.1"
ELSEWHERE = "192.0.2.2"


def pairing(*codes: str) -> Pairing:
    return Pairing(iter(codes).__next__)


@pytest.mark.parametrize(
    "typed", ["ABCDE-01234", "abcde01234", " abcde-o1234\n", "ABCDE OI234", "abcde-0l234", "a-b-c-d-e-01234"]
)
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    codes = pairing("abcde01234")
    assert codes.issue("tr_1", 10.0).text == "ABCDE-01234"
    assert codes.redeem(typed, HERE, 20.0) == "tr_1"


def test_a_code_is_good_once_and_for_two_minutes() -> None:
    codes = pairing("a" * LENGTH, "b" * LENGTH, "c" * LENGTH, "d" * LENGTH)
    first = codes.issue("tr_1", 0.0)
    assert codes.redeem(first.text, HERE, 1.0) == "tr_1"
    second, third = codes.issue("tr_1", 1.0), codes.issue("tr_1", 1.0)
    other = codes.issue("tr_2", 2.0)
    for text in (first.text, second.text, "", "ä"):
        with pytest.raises(RequestRefused, match="not_found"):
            codes.redeem(text, HERE, 2.0)
    codes.forget("tr_2")
    for code, now in ((other, 3.0), (third, 1.0 + CODE_S)):
        with pytest.raises(RequestRefused, match="not_found"):
            codes.redeem(code.text, HERE, now)


def test_who_guesses_is_not_listened_to_for_a_while_and_others_are() -> None:
    codes = pairing("a" * LENGTH, "b" * LENGTH)
    code, other = codes.issue("tr_1", 0.0), codes.issue("tr_2", 0.0)
    refused = []
    for number in range(1_000):
        with pytest.raises(RequestRefused) as error:
            codes.redeem(ALPHABET[number % len(ALPHABET)] * (LENGTH - 1), HERE, 1.0)
        refused.append(error.value.code)
    assert (refused.count("not_found"), codes.wrong) == (WRONG_BURST, 1_000)
    with pytest.raises(RequestRefused) as error:
        codes.redeem(code.text, HERE, 1.0)
    assert error.value.code == "rate_limited"
    assert error.value.retry_ms is not None
    assert codes.redeem(other.text, ELSEWHERE, 1.0) == "tr_2"
    assert codes.redeem(code.text, HERE, 1.0 + error.value.retry_ms / 1000 + 0.01) == "tr_1"


def test_many_who_guess_are_remembered_up_to_a_bound() -> None:
    codes = pairing()

    def guess(source: str) -> str:
        with pytest.raises(RequestRefused) as error:
            codes.redeem("x", source, 1.0)
        return error.value.code

    while guess(HERE) == "not_found":
        pass
    for number in range(MAX_SOURCES - 1):
        assert guess(f"{ELSEWHERE} {number}") == "not_found"
    assert guess(HERE) == "rate_limited"
    guess(ELSEWHERE)
    assert guess(HERE) == "not_found"
