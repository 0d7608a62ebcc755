"""Many writes as one transaction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from storage.batch import Broken, merge, take
from storage.models import ChatRow, CommentRow, Document, DocumentChange, Model
from storage.models.model import table_of
from storage.write import Existing, Into, Raise, Row, Rows, Write

TABLES = [table_of(model) for model in (ChatRow, CommentRow, Document, DocumentChange)]
ORDER = [table.name for table in Model.metadata.sorted_tables]

ROWS = st.builds(
    lambda table, existing, numbers: Rows(Into(table, existing), [{"id": number} for number in numbers]),
    st.sampled_from(TABLES),
    st.sampled_from(Existing),
    st.lists(st.integers(), max_size=3),
)


@given(st.lists(st.lists(ROWS, max_size=4), max_size=6))
def test_every_row_is_in_once_in_its_order_behind_what_it_refers_to(writes: list[list[Rows]]) -> None:
    batch = merge([Write(rows) for rows in writes])
    given_rows: dict[Into, list[Row]] = {}
    for rows in (one for write in writes for one in write if one.rows):
        given_rows.setdefault(rows.into, []).extend(rows.rows)
    assert dict(batch.inserts) == given_rows
    ranks = [ORDER.index(into.table.name) for into, _ in batch.inserts]
    assert ranks == sorted(ranks)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=20))
def test_steps_of_a_topic_that_follow_one_another_are_one(steps: list[tuple[str, int]]) -> None:
    heads: dict[str, int] = {}
    writes = []
    for topic, count in steps:
        head = heads.get(topic, 5)
        heads[topic] = head + count
        writes.append(Write(raises=Raise(topic, head, head + count)))
    assert merge(writes).raises == [Raise(topic, 5, heads[topic]) for topic in sorted(heads)]


@pytest.mark.parametrize("second", [Raise("a", 1, 2), Raise("a", 3, 4)])
def test_steps_with_a_gap_or_an_overlap_cannot_be_one(second: Raise) -> None:
    with pytest.raises(Broken):
        merge([Write(raises=Raise("a", 1, 2)), Write(raises=second)])


@pytest.mark.parametrize(
    ("writes", "taken"),
    [("", 0), ("r", 1), ("rrr", 3), ("rrrrr", 4), ("srr", 1), ("s", 1), ("rrs", 2), ("rrrrs", 4)],
)
def test_a_write_with_statements_stands_alone(writes: str, taken: int) -> None:
    made = [Write(statements=[text("SELECT 1")]) if kind == "s" else Write() for kind in writes]
    assert take(made, 4) == taken
