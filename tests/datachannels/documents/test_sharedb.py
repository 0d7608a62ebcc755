"""ShareDB's unmodified client edits a document of ours.

What translates its messages is here and knows nothing of transformations: the head's answers go to a client
that decides by itself what they mean, and that is not of our making.
"""

import subprocess
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from datachannels.documents.delta_json import read_delta, write_delta
from datachannels.documents.document import document_of
from datachannels.documents.head import Behind, DocumentHead, DocumentLimits
from datachannels.documents.ops import Insert
from tests.datachannels.documents.random_deltas import change

SCRIPT = Path(__file__).with_name("sharedb_clients.mjs")
RICH_TEXT = "http://sharejs.org/types/rich-text/v1"
DOC = {"c": "documents", "d": "d"}
Message = dict[str, Any]


class Node:
    """A process with ShareDB's clients."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(["node", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def act(self, name: str, act: str, value: Any = None) -> Message:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(orjson.dumps({"name": name, "act": act, "value": value}) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the process ended"
        answer: Message = orjson.loads(line)
        return answer

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture
def node() -> Iterator[Node]:
    process = Node()
    yield process
    process.close()


class ShareDbServer:
    """Speaks ShareDB's protocol for one document; a version of it is a version of the head."""

    def __init__(self) -> None:
        self.head = DocumentHead(1, document_of((Insert("\n"),)), DocumentLimits())
        self.log: list[Message] = []
        self.down: dict[str, deque[Message]] = {}
        self._seen: dict[tuple[str, int], Message] = {}
        self._ids: dict[str, str] = {}
        self._connections = 0

    def connect(self, name: str) -> None:
        self.down[name] = deque()

    def receive(self, name: str, message: Message) -> None:
        answers = self.down[name]
        match message["a"]:
            case "hs":
                self._connections += 1
                self._ids[name] = f"{name}{self._connections}"
                hello = {"a": "hs", "protocol": 1, "protocolMinor": 2, "id": self._ids[name]}
                answers.append(hello | {"type": "http://sharejs.org/types/JSONv0"})
            case "s" | "f" if message.get("v") is None:
                data = write_delta(self.head.content.ops)["ops"]
                state = {"v": self.head.version, "data": data, "type": RICH_TEXT}
                answers.append({"a": message["a"], **DOC, "data": state})
            case "s" | "f":
                answers.extend(self.log[message["v"] - 1 :])
                answers.append({"a": message["a"], **DOC})
            case "op":
                self._submit(name, message)

    def _submit(self, name: str, message: Message) -> None:
        source = message.get("src", self._ids[name]), message["seq"]
        ack = self._seen.get(source)
        if ack is None:
            committed = self.head.receive(message["v"], read_delta(message["op"]))
            assert not isinstance(committed, Behind)
            ack = {"a": "op", **DOC, "v": self.head.version - 1, "src": source[0], "seq": source[1]}
            self._seen[source] = ack
            self.log.append(ack | {"op": write_delta(committed)})
            for other, answers in self.down.items():
                if other != name:
                    answers.append(self.log[-1])
        # It passes over what it has already, and reads the ack only at its version.
        self.down[name].extend(self.log[message["v"] - 1 : ack["v"] - 1])
        self.down[name].append(ack)


class Meeting:
    """A server and clients with channels that keep order and take their time."""

    def __init__(self, node: Node, names: list[str]) -> None:
        self.server = ShareDbServer()
        self.node = node
        self.up: dict[str, deque[Message]] = {}
        self.held: dict[str, Message] = {}
        for name in names:
            self.connect(name)

    def act(self, name: str, act: str, value: Any = None) -> None:
        self.held[name] = self.node.act(name, act, value)
        self.up[name].extend(self.held[name]["sent"])

    def connect(self, name: str) -> None:
        self.up[name] = deque()
        self.server.connect(name)
        self.act(name, "open")

    def cut(self, name: str) -> None:
        self.act(name, "cut")
        self.connect(name)

    def deliver_up(self, name: str) -> bool:
        if not self.up[name]:
            return False
        self.server.receive(name, self.up[name].popleft())
        return True

    def deliver_down(self, name: str) -> bool:
        if not self.server.down[name]:
            return False
        self.act(name, "receive", self.server.down[name].popleft())
        return True

    def settle(self) -> None:
        for _ in range(10_000):
            moved = [move(name) for name in self.up for move in (self.deliver_up, self.deliver_down)]
            if not any(moved):
                return
        raise AssertionError("the clients never come to rest")


@pytest.mark.parametrize("seed", range(12))
def test_sharedbs_clients_end_with_the_servers_document(node: Node, seed: int) -> None:
    random = Random(seed)
    meeting = Meeting(node, ["a", "b", "c"])
    meeting.settle()
    for _ in range(150):
        name = random.choice("abc")
        match random.choices(("edit", "up", "down", "cut"), (30, 30, 40, 2))[0]:
            case "edit":
                held = document_of(read_delta(meeting.held[name]["delta"]))
                meeting.act(name, "edit", write_delta(change(random, held)))
            case "up":
                meeting.deliver_up(name)
            case "down":
                meeting.deliver_down(name)
            case "cut":
                meeting.cut(name)
    meeting.settle()
    assert meeting.server.head.version > 10
    for client in meeting.held.values():
        assert not client["pending"]
        assert client["version"] == meeting.server.head.version
        assert document_of(read_delta(client["delta"])) == meeting.server.head.content
