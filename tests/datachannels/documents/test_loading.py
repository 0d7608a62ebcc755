"""New documents, as whoever makes one sends them."""

from typing import Any

import pytest

from datachannels.documents.head import DocumentLimits
from datachannels.documents.loading import new_document
from datachannels.refusals import RequestRefused
from tests.datachannels.documents.driving import done

LIMITS = DocumentLimits(units=2_000)
MANY = [{"insert": "a", "attributes": {"color": f"#{number:06x}"}} for number in range(1_000)]


@pytest.mark.parametrize(
    ("ops", "code"),
    [
        ([{"insert": "a" * 10_000_000}], "too_large"),
        ([{"insert": "a", "attributes": {"note": "a" * 10_000}}], "too_large"),
        ([{"delete": 1}], "bad_message"),
        ([{"insert": "a"}, {"delete": 1}], "bad_message"),
        ([*MANY, {"retain": 1}, {"insert": "a"}], "bad_message"),
        ([*MANY, *MANY], "too_large"),
        ([*MANY, {"insert": "a", "attributes": {"link": "javascript:alert(1)"}}], "bad_message"),
        ({}, "bad_message"),
        (None, "bad_message"),
    ],
)
def test_what_is_no_new_document_is_refused(ops: Any, code: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        done(new_document({"ops": ops}, LIMITS))
    assert refused.value.code == code


@pytest.mark.parametrize("ops", [[], [{"insert": "a" * 1_999}], MANY[:300], [{"insert": "a\n"}]])
def test_a_new_document_ends_in_a_line_break(ops: list[dict[str, Any]]) -> None:
    text = "".join(op["insert"] for op in ops)
    document = done(new_document({"ops": ops}, LIMITS))
    assert document.text() == (text if text.endswith("\n") else text + "\n")
    assert document.length == len(document.text())


def test_what_is_no_delta_is_no_document() -> None:
    with pytest.raises(RequestRefused):
        done(new_document([], LIMITS))
