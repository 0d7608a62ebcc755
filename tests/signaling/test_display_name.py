"""What of a name is shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.display_name import display_name
from tests.signaling.meeting import Meeting


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("Anna", "Anna"),
        ("  Anna\tMaria\r\n", "Anna Maria"),
        ("\u202eannA", "annA"),
        ("a\u2066b\u2069c", "a b c"),
        ("<b>Anna</b>", "<b>Anna</b>"),
        ("آنا\u200f!", "آنا\u200f!"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\x00\x07\u202e", "somebody"),
        ("", "somebody"),
    ],
)
def test_name_is_one_line_in_its_own_direction(given_name: str, shown: str) -> None:
    assert display_name(given_name, "somebody") == shown


@given(st.text(max_size=60))
def test_any_name_keeps_no_control_and_is_the_same_when_read_again(text: str) -> None:
    shown = display_name(text)
    assert not any(unicodedata.category(c) == "Cc" for c in shown)
    assert not any(unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF"} for c in shown)
    assert display_name(shown) == shown


def test_names_of_tokens_and_updates_are_shown_so() -> None:
    meeting = Meeting()
    anna = meeting.client()
    anna.send({"type": "join", "token": meeting.token("anna", name="\u202eBoss")})
    assert anna.take("joined")[0]["participant"]["name"] == "Boss"
    anna.ask("update", name="\u202e")
    assert anna.take("participant_updated")[0]["participant"]["name"] == "anna"
    assert anna.ask("update", name="n" * 10_000)["code"] == "too_large"
