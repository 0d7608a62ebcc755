from dataclasses import replace

import pytest

from datachannels.documents.reviews import MAX_REVIEWS, Reviews
from datachannels.refusals import RequestRefused
from datachannels.repositories import Author, Review, ReviewStatus

ANN = Author("ann", "Ann")
ASKED = Review("r", "bob", ANN, "pending", "", 900, 3, 500, None)


def asked() -> Reviews:
    reviews = Reviews()
    assert reviews.request("r", "bob", ANN, deadline_at=900, version=3, at=500) == ASKED
    return reviews


@pytest.mark.parametrize("status", ["approved", "changes_requested", "rejected"])
def test_the_reviewer_judges_the_version_there_is(status: ReviewStatus) -> None:
    reviews = asked()
    judged = reviews.update("r", "bob", status, "why", version=8, at=700)
    assert judged == replace(ASKED, status=status, note="why", version=8, completed_at=700)
    assert reviews.all() == [judged]


def test_who_asked_may_ask_again() -> None:
    reviews = asked()
    reviews.update("r", "bob", "rejected", "why", version=8, at=700)
    again = reviews.update("r", "ann", "pending", None, version=9, at=800)
    assert again == replace(ASKED, note="why", version=9)


def test_the_reviewer_may_take_the_judgement_back() -> None:
    reviews = asked()
    reviews.update("r", "bob", "approved", "fine", version=8, at=700)
    back = reviews.update("r", "bob", "pending", None, version=9, at=800)
    assert back == replace(ASKED, note="fine", version=9)


@pytest.mark.parametrize(
    ("identity", "status"), [("ann", "approved"), ("eve", "pending"), ("eve", "rejected")]
)
def test_nobody_else_may(identity: str, status: ReviewStatus) -> None:
    reviews = asked()
    with pytest.raises(RequestRefused) as refused:
        reviews.update("r", identity, status, None, version=8, at=700)
    assert refused.value.code == "forbidden"
    assert reviews.all() == [ASKED]


def test_an_unknown_review_is_not_found() -> None:
    with pytest.raises(RequestRefused) as refused:
        asked().update("s", "bob", "approved", None, version=8, at=700)
    assert refused.value.code == "not_found"


@pytest.mark.parametrize(("deadline", "allowed"), [(None, True), (501, True), (500, False), (0, False)])
def test_a_deadline_lies_ahead(deadline: int | None, allowed: bool) -> None:
    reviews = Reviews()
    if allowed:
        assert reviews.request("r", "bob", ANN, deadline, version=3, at=500).deadline_at == deadline
    else:
        with pytest.raises(RequestRefused) as refused:
            reviews.request("r", "bob", ANN, deadline, version=3, at=500)
        assert refused.value.code == "bad_message"
        assert reviews.all() == []


def test_reviews_are_bounded() -> None:
    reviews = Reviews(replace(ASKED, id=str(number)) for number in range(MAX_REVIEWS))
    with pytest.raises(RequestRefused) as refused:
        reviews.request("r", "bob", ANN, None, version=3, at=500)
    assert refused.value.code == "too_large"
