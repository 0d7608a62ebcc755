"""A node is killed while people write a document: what anybody was told is there afterwards."""

from pathlib import Path

import pytest

from client.documents import OpenDocument
from datachannels.documents.delta_json import read_delta
from datachannels.documents.document import document_of, read_document, replayed
from tests.datachannels.documents.random_deltas import change
from tests.signaling.worker import Worker, worked_on


class Editor(Worker):
    """Somebody with the document."""

    def __init__(self, name: str, doc: str) -> None:
        self.document = OpenDocument(doc, name)
        super().__init__(name, "documents", self.document)

    def work(self) -> None:
        """Write, once there is a text to write in."""
        if self.document.edits is not None:
            self.document.edit(change(self.random, self.document.content))


@pytest.mark.usefixtures("each_database")
async def test_what_anybody_was_told_of_a_document_survives_every_kill(tmp_path: Path) -> None:
    people, log, content = await worked_on(tmp_path, "documents", Editor)
    first, *later = [one["delta"] for one in log]
    text = replayed(read_document(first), map(read_delta, later))
    assert document_of(read_delta(content["delta"])) == text
    for one in people:
        assert one.document.content == text
