"""A missing program skips its tests visibly, and in CI fails them."""

import shutil

import pytest

from tests.e2e.requirements import require

MISSING = "no-such-browser"


def test_the_first_program_found_is_taken() -> None:
    assert require(MISSING, "sh") == shutil.which("sh")


def test_a_missing_program_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-browser is not installed"):
        require(MISSING)


def test_in_ci_a_missing_program_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="nothing may be skipped"):
        require(MISSING)
