"""docs/architecture.md names the steps of a packet's path: each must be a callable of the code."""

import re
from importlib import import_module
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"


def path_steps() -> list[str]:
    """The names in the table between the page's `path` marks."""
    table = PAGE.read_text(encoding="utf-8").split("<!-- path -->")[1].split("<!-- /path -->")[0]
    return re.findall(r"^\| `([\w.]+)` \|", table, flags=re.MULTILINE)


def resolve(name: str) -> object:
    """The object of a dotted name: the longest importable prefix, then attributes."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[length:]:
            found = getattr(found, attribute)
        return found
    raise LookupError(name)


def test_the_page_has_the_whole_path() -> None:
    steps = path_steps()
    assert len(steps) > 10
    assert steps[0].startswith("sfu.udp_port")
    assert steps[-1].startswith("sfu.udp_port")


@pytest.mark.parametrize("name", path_steps())
def test_each_step_of_the_path_is_a_callable(name: str) -> None:
    step = resolve(name)
    assert callable(step)
    assert getattr(step, "__name__", None) == name.rsplit(".", 1)[1]
