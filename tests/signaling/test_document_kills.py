"""A node is killed while people write a document: what anybody was told is there afterwards."""

from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import orjson
import pytest

from client.documents import OpenDocument
from client.session import dev_token
from datachannels.documents.delta_json import read_delta
from datachannels.documents.document import document_of, read_document, replayed
from loadtests.postgresql import Postgres
from tests.datachannels.documents.random_deltas import change
from tests.e2e.server import Server
from tests.signaling.test_kills import FAILPOINTS, KILLS, PEOPLE, ROOM, SEED, live_and_die
from tests.signaling.worker import Worker


class Editor(Worker):
    """Somebody with the document."""

    def __init__(self, name: str, doc: str) -> None:
        self.document = OpenDocument(doc, name)
        self.acked: dict[int, int] = {}
        """Seq → version."""

        super().__init__(name, "documents", self.document)

    def work(self) -> None:
        """Write, once there is a text to write in."""
        if self.document.edits is not None:
            self.document.edit(change(self.random, self.document.content))

    def hear(self, data: dict[str, Any]) -> None:
        """See `Worker`."""
        assert data["t"] in ("snapshot", "changes", "change", "ack"), data
        assert "url" not in data, "the documents of this test are short"
        for one in [data] if data["t"] == "change" else data.get("changes", ()):
            self.note(one["version"], one["client"], one["seq"])
        if data["t"] == "ack":
            assert self.acked.setdefault(data["seq"], data["version"]) == data["version"]
        self.document.receive(data)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_what_anybody_was_told_of_a_document_survives_every_kill(
    database: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        monkeypatch.setenv("SFUMATO_STORAGE__URL", server.new_database())
    random = Random(SEED)
    async with aiohttp.ClientSession() as http:
        async with Server("--data", str(tmp_path)) as node:
            doc = await made(node.url, http)
        people = [Editor(f"p{number}", doc) for number in range(PEOPLE)]
        for number in range(KILLS):
            await live_and_die(tmp_path, FAILPOINTS[number % len(FAILPOINTS)], people, random, http)
        async with Server("--data", str(tmp_path)) as node:
            for one in [*people, *people]:
                await one.come_to_rest(node.url, http)
            log = await whole_log(node.url, http, doc)
            content = await called(node.url, http, "GET", f"/documents/{doc}/content")
    first, *later = [one["delta"] for one in log]
    text = replayed(read_document(first), map(read_delta, later))
    assert document_of(read_delta(content["delta"])) == text
    assert [one["version"] for one in log] == list(range(1, len(log) + 1))
    for one in people:
        assert one.document.content == text
        for version, whose in one.told.items():
            assert (log[version - 1]["client"], log[version - 1]["seq"]) == whose
        own = {entry["seq"]: entry["version"] for entry in log if entry["client"] == one.name}
        assert list(own) == list(range(1, len(own) + 1))
        assert {seq: own[seq] for seq in one.acked} == one.acked
    assert len(log) > KILLS


async def called(url: str, http: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> Any:
    """An answer of the API."""
    headers = {"Authorization": f"Bearer {await dev_token(url, ROOM, 'reader')}"}
    async with http.request(method, f"{url}/api/v1{path}", headers=headers, json=body) as response:
        assert response.status < 300, await response.text()
        return orjson.loads(await response.read())


async def made(url: str, http: aiohttp.ClientSession) -> str:
    """A new document."""
    answer = await called(url, http, "POST", f"/rooms/{ROOM}/documents", {"title": "Notes"})
    doc: str = answer["id"]
    return doc


async def whole_log(url: str, http: aiohttp.ClientSession, doc: str) -> list[dict[str, Any]]:
    """Every change, over HTTP."""
    log: list[dict[str, Any]] = []
    while True:
        page = await called(url, http, "GET", f"/documents/{doc}/changes?from={len(log) + 1}")
        if not page["changes"]:
            return log
        log += page["changes"]
