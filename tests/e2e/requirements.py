"""What an end-to-end test needs of the machine: missing, it is skipped visibly, and in CI it fails."""

import os
import shutil

import pytest


def require(*names: str) -> str:
    """The path of the first program found under `names`; the calling test is skipped or fails without one."""
    for name in names:
        path = shutil.which(name)
        if path is not None:
            return path
    reason = f"{names[0]} is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}: in CI nothing may be skipped")
    pytest.skip(reason)
