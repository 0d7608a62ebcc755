"""Words for file names, from whatever people call themselves."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.file_names import MAX_WORD, file_word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Ada Lovelace", "ada-lovelace"),
        ("Böhme/Müller", "bohme-muller"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "someone"),
        ("名前", "someone"),
        ("-rf *", "rf"),
        ("x" * 100, "x" * MAX_WORD),
    ],
)
def test_a_word_is_what_is_plain_in_a_name(text: str, word: str) -> None:
    assert file_word(text, "someone") == word


@given(st.text())
def test_a_word_holds_nothing_that_means_something_elsewhere(text: str) -> None:
    assert re.fullmatch(rf"[a-z0-9](?:[a-z0-9-]{{0,{MAX_WORD - 2}}}[a-z0-9])?", file_word(text, "someone"))
