"""Every operation gives what npm's quill-delta gives, over random cases, by one run of node."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import orjson

from datachannels.documents.algebra import compose, invert, transform, transform_position
from datachannels.documents.delta_json import write_delta
from datachannels.documents.diff import diff
from datachannels.documents.document import applied
from datachannels.documents.ops import Delta
from tests.datachannels.documents.random_deltas import change, some_document

CASES = 20_000
BATCH = 500
SCRIPT = Path(__file__).with_name("quill_delta.mjs")


def ops(delta: Delta) -> Any:
    return write_delta(delta)["ops"]


def make_case(random: Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """A question, and our answer."""
    document, other = some_document(random), some_document(random)
    a, b = change(random, document), change(random, document)
    after = applied(document, a)
    following = change(random, after)
    inverse = invert(a, document.ops)
    positions = sorted(random.randrange(document.length + 1) for _ in range(3))
    question = {
        "document": ops(document.ops),
        "a": ops(a),
        "b": ops(b),
        "next": ops(following),
        "positions": positions,
        "inverse": ops(inverse),
        "other": ops(other.ops),
        "difference": ops(diff(document, other)),
    }
    expected = {
        "applied": ops(after.ops),
        "composed": ops(compose(a, following)),
        "over_first": ops(transform(b, a, over_first=True)),
        "over_second": ops(transform(b, a, over_first=False)),
        "moves": [transform_position(position, a, stays=False) for position in positions],
        "stays": [transform_position(position, a, stays=True) for position in positions],
        "undone": ops(document.ops),
        "differs": ops(other.ops),
        "other": ops(other.ops),
    }
    return question, expected


def canonical_json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def ask(questions: list[dict[str, Any]]) -> Iterator[Any]:
    lines = [orjson.dumps(questions[at : at + BATCH]) for at in range(0, len(questions), BATCH)]
    done = subprocess.run(["node", SCRIPT], input=b"\n".join(lines), capture_output=True, check=True)
    for line in done.stdout.splitlines():
        yield from orjson.loads(line)


def test_twenty_thousand_random_cases_give_what_quill_delta_gives() -> None:
    random = Random(6)
    cases = [make_case(random) for _ in range(CASES)]
    answers = list(ask([question for question, _ in cases]))
    assert len(answers) == CASES
    for (question, expected), answer in zip(cases, answers, strict=True):
        for name, ours in expected.items():
            assert canonical_json(ours) == canonical_json(answer[name]), (name, question)
