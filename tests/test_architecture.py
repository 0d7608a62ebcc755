"""Who may import whom, what the core may not touch, what messages are made of."""

import ast
import dataclasses
import inspect
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NewType, Union, get_args, get_origin, get_type_hints

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sfu import messages

ROOT = Path(__file__).resolve().parent.parent

MAY_IMPORT: dict[str, set[str]] = {
    "config": set(),
    "quality": {"config"},
    "datachannels": set(),
    "storage": {"config", "datachannels"},
    "sfu": {"config", "quality"},
    "recording": {"config", "quality", "sfu", "datachannels"},
    "client": {"config", "quality", "sfu", "datachannels"},
    "signaling": {"config", "quality", "sfu", "datachannels", "storage", "recording"},
    "loadtests": {"config", "quality", "sfu", "datachannels", "storage", "client"},
}
"""Package → the packages of ours it stands on."""

DRIVERS: dict[str, str] = {
    "sfu/udp_port.py": "the UDP socket on the event loop",
    "sfu/tcp_port.py": "ICE-TCP connections on the event loop",
    "sfu/sctp/engine.py": "makes a copy of aiortc's SCTP that has no loop and no clock",
    "sfu/driver.py": "the clock and the timer of a media node",
    "client/driver.py": "a client's sockets, clock and timer",
    "client/session.py": "a client's signaling WebSocket",
    "client/meeting.py": "a client in a real meeting: reads the clock once, makes its certificate",
    "client/agent/run.py": "an agent's connection, display and timer",
    "client/agent/pairing.py": "asks the server for the token of an agent",
    "client/agent/command.py": "the command line of an agent",
    "client/document_channel.py": "documents on a real connection: waits for answers",
    "datachannels/whiteboard/render.py": "a process of its own that draws a board",
    "loadtests/": "programs that put load on a real server in real time",
    "storage/": "the database",
    "recording/compose/command.py": "the command line: starts a process a film",
    "recording/compose/composition.py": "a job on the disk that can be gone on with",
    "recording/compose/film.py": "encodes and joins films",
    "recording/compose/raster.py": "reads the pictures that drawings become",
    "recording/compose/sound.py": "decodes recorded voices",
    "recording/compose/video_source.py": "decodes recorded pictures",
    "recording/bucket.py": "an S3-compatible bucket: waits for the network",
    "recording/link.py": "the node's end of the recorder's socket",
    "recording/media_file.py": "writes media files",
    "recording/process.py": "the recorder's process: its socket, clock and threads",
    "recording/recorder.py": "recordings on a real node: waits for their process",
    "recording/repair.py": "a pass over finished files",
    "recording/supervisor.py": "starts the recorder's process",
    "signaling/driver.py": "moves the signaling core by the loop's time",
    "signaling/websocket.py": "the WebSocket of a session",
    "signaling/server.py": "the composition root",
    "signaling/api/": "HTTP handlers",
    "signaling/storage_tasks.py": "waits for storage in the place of the services",
    "signaling/board_processes.py": "runs the processes that draw and read boards",
    "signaling/compositions.py": "runs the processes that compose films",
    "signaling/ledger.py": "carries records to the database, and tries again",
    "signaling/forwards.py": "the sockets that tracks are forwarded by",
    "signaling/http_peer.py": "waits for the answers of a session",
    "signaling/whip.py": "HTTP handlers of WHIP and WHEP",
    "signaling/webhooks.py": "sends events by HTTP, and tries again",
    "signaling/put_away.py": "waits until the bucket takes what is recorded",
    "signaling/recordings.py": "waits for the recorder and for storage",
    "signaling/recording_shelf.py": "the folder of recordings",
    "signaling/meeting_journal.py": "tells the recorder what is said, and when",
    "signaling/pages.py": "HTTP handlers of the page's files",
    "signaling/metrics.py": "the HTTP handler of the metrics",
    "signaling/problems.py": "errors as HTTP answers",
    "signaling/commands.py": "the command line: runs the node, signs tokens with the time of day",
}
"""What may touch sockets, the loop, threads and the clock, with the reason; a folder ends in /."""

NOT_IN_THE_CORE = {
    *("asyncio", "uvloop", "selectors", "threading", "multiprocessing", "concurrent", "subprocess"),
    *("aiohttp", "aiortc", "aioice", "av", "boto3", "sqlalchemy"),
    *("time", "sched", "secrets"),
}
"""Modules that do input and output, tell the time or roll dice: the core is given all of that."""

CLOCK_CALLS = {f"{owner}.{call}" for owner in ("datetime", "date") for call in ("now", "utcnow", "today")}
OWN_RANDOMNESS = {"random.Random", "random.SystemRandom"}
"""Types of a generator that is passed in; the functions of the module share one hidden generator."""


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def is_driver(path: Path) -> bool:
    name = path.relative_to(ROOT).as_posix()
    return any(name == driver or (driver.endswith("/") and name.startswith(driver)) for driver in DRIVERS)


CORE = [path for package in MAY_IMPORT for path in sources(package) if not is_driver(path)]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of all imported modules, wherever the import stands; `from a import b` gives ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


def reaches_outside(tree: ast.AST) -> Iterator[str]:
    """What a sans-IO core may not do."""
    for name in imported(tree):
        top = name.split(".")[0]
        if top in NOT_IN_THE_CORE or (top == "random" and name not in OWN_RANDOMNESS) or name == "os.urandom":
            yield f"imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if (call := f"{owner}.{node.attr}") in CLOCK_CALLS or call == "os.urandom":
                yield f"calls {call}"


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_imports_point_one_way(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(package)
        for name in imported(parsed(path))
        if name.split(".")[0] in MAY_IMPORT.keys() - MAY_IMPORT[package] - {package}
    ]
    assert wrong == []


def test_storage_knows_of_the_services_only_what_they_ask_of_it() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources("storage")
        for name in imported(parsed(path))
        if name.startswith("datachannels.") and not name.startswith("datachannels.repositories.")
    ]
    assert wrong == []


def test_every_package_is_held_to_the_rules() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert folders == set(MAY_IMPORT)
    assert all(sources(package) for package in MAY_IMPORT)


def test_the_allowed_edges_make_no_circle() -> None:
    order: list[str] = []
    while len(order) < len(MAY_IMPORT):
        free = sorted(p for p, below in MAY_IMPORT.items() if p not in order and below <= set(order))
        assert free, f"in a circle: {sorted(set(MAY_IMPORT) - set(order))}"
        order += free


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_core_reaches_nothing_outside_and_reads_no_clock(path: Path) -> None:
    assert list(reaches_outside(parsed(path))) == []


@pytest.mark.parametrize("driver", sorted(DRIVERS))
def test_every_driver_is_there_and_needs_to_be_one(driver: str) -> None:
    files = sources(driver) if driver.endswith("/") else [ROOT / driver]
    assert any(list(reaches_outside(parsed(path))) for path in files)


@pytest.mark.parametrize(
    "line",
    [
        "import asyncio",
        "import time",
        "from time import monotonic",
        "import aiohttp.web",
        "from concurrent.futures import Future",
        "import random",
        "from random import choice",
        "from os import urandom",
        "def f():\n    import av",
        "datetime.now()",
        "datetime.datetime.utcnow()",
        "date.today()",
        "os.urandom(4)",
    ],
)
def test_what_reaches_outside_is_seen(line: str) -> None:
    assert list(reaches_outside(ast.parse(line)))


@pytest.mark.parametrize(
    "line", ["from random import Random", "import struct", "self.now()", "from x import time"]
)
def test_what_stays_inside_is_let_be(line: str) -> None:
    assert not list(reaches_outside(ast.parse(line)))


# --- messages between Room and Peer ---

MESSAGES = [
    cls
    for _, cls in inspect.getmembers(messages, inspect.isclass)
    if cls.__module__ == messages.__name__ and dataclasses.is_dataclass(cls)
]

PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=20),
    # What every JSON reader keeps exactly (RFC 8259 §6).
    int: st.integers(-(2**53) + 1, 2**53 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type that is plain all the way down; raises TypeError for any other type."""
    if hint in PLAIN:
        return PLAIN[hint]
    if isinstance(hint, NewType):
        return values_of(hint.__supertype__)
    if hint in MESSAGES:
        hints = get_type_hints(hint)
        return st.builds(hint, **{name: values_of(inner) for name, inner in hints.items()})
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of([values_of(inner) for inner in arguments])
    if origin is tuple and arguments[-1:] == (Ellipsis,):
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values_of, arguments))
    raise TypeError(f"{hint} is not plain")


def nested_in(cls: type) -> set[type]:
    """The dataclasses a message is made of, itself too."""
    found = {cls}
    for field in get_type_hints(cls).values():
        inner = [field]
        while inner:
            hint = inner.pop()
            inner += get_args(hint)
            if hint in MESSAGES:
                found |= nested_in(hint)
    return found


@pytest.mark.parametrize("cls", MESSAGES, ids=lambda cls: cls.__name__)
def test_a_message_is_frozen_and_has_slots(cls: Any) -> None:
    assert cls.__dataclass_params__.frozen
    assert "__slots__" in vars(cls)


@pytest.mark.parametrize("cls", MESSAGES, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_a_message_survives_serialisation(cls: type, data: st.DataObject) -> None:
    message = data.draw(values_of(cls))
    again = TypeAdapter(cls).validate_python(orjson.loads(orjson.dumps(message)))
    assert again == message
    assert hash(again) == hash(message)


def test_every_message_is_a_command_an_event_or_part_of_one() -> None:
    sent = {*get_args(messages.Command), *get_args(messages.Event)}
    parts = set[type]().union(*map(nested_in, sent))
    assert parts == set(MESSAGES)


@pytest.mark.parametrize("hint", [object, list[int], dict[str, int], set[str], bytes, Any, Iterator[int]])
def test_a_type_that_is_not_plain_is_seen(hint: Any) -> None:
    with pytest.raises(TypeError, match="not plain"):
        values_of(hint)
