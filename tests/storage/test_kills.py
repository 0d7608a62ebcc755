"""A process is killed again and again while it writes: what it acknowledged is there, once, without a gap."""

import asyncio
import os
import signal
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from random import Random

import orjson

from storage.store import Store
from tests.storage.appender import DOCUMENT, ROOMS
from tests.storage.samples import opened

KILLS = int(os.environ.get("SOAK_KILLS", "6"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
FAILPOINTS = ("", "before_commit", "after_commit")
DEADLINE_S = 120.0
LIVES_S = 0.3
COMMITS = 40

Key = tuple[str, int]
"""Client and seq."""


@dataclass(slots=True)
class Acknowledged:
    """What all processes together were told is stored: version by topic and key."""

    versions: dict[str, dict[Key, int]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, line: bytes) -> None:
        said = orjson.loads(line)
        key = (said["client"], said["seq"])
        assert key not in self.versions[said["topic"]]
        self.versions[said["topic"]][key] = said["version"]


async def live_and_die(url: str, number: int, random: Random, acknowledged: Acknowledged) -> None:
    """One process, killed at a failpoint or at some moment; what it said is added."""
    failpoint = FAILPOINTS[number % len(FAILPOINTS)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.storage.appender"),
        *(url, str(number), failpoint, str(random.randint(1, COMMITS))),
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    assert process.stdout is not None
    try:
        assert await asyncio.wait_for(process.stdout.readline(), DEADLINE_S) == b"open\n"
        if not failpoint:
            asyncio.get_running_loop().call_later(random.random() * LIVES_S, process.kill)
        said = await asyncio.wait_for(process.stdout.read(), DEADLINE_S)
    except BaseException:
        process.kill()
        raise
    assert await process.wait() == -signal.SIGKILL
    for line in said.splitlines(keepends=True):
        if line.endswith(b"\n"):  # the last may have been cut
            acknowledged.add(line)


async def check(store: Store, acknowledged: Acknowledged) -> None:
    """Compare whole logs."""
    logs: dict[str, list[tuple[int, Key]]] = {}
    for room in ROOMS:
        messages = await store.chat.history(room, "anna", 0, 10**6)
        logs[room] = [(one.version, (one.client, one.seq)) for one in messages]
        assert (await store.chat.load(room)).version == len(messages)
    changes = await store.documents.changes(DOCUMENT, 1, 10**6)
    logs[DOCUMENT] = [(one.version, (one.client, one.seq)) for one in changes]
    head = await store.documents.load(DOCUMENT)
    assert (0 if head is None else head.version) == len(changes)
    for topic, log in logs.items():
        assert [version for version, _ in log] == list(range(1, len(log) + 1))
        stored = {key: version for version, key in log}
        assert len(stored) == len(log)
        assert acknowledged.versions[topic].items() <= stored.items()
        # Of each process the first seqs are in, without a gap.
        seqs = defaultdict(list)
        for _, (client, seq) in log:
            seqs[client].append(seq)
        assert all(found == list(range(1, len(found) + 1)) for found in seqs.values())


async def test_what_was_acknowledged_survives_kill_9(url: str) -> None:
    random = Random(SEED)
    acknowledged = Acknowledged()
    for number in range(KILLS):
        await live_and_die(url, number, random, acknowledged)
        async with opened(url) as store:
            await check(store, acknowledged)
            assert await store.chat.last_seq("r", "anna", f"c{number}") >= max(
                (seq for client, seq in acknowledged.versions["r"] if client == f"c{number}"), default=0
            )
    assert sum(map(len, acknowledged.versions.values())) > KILLS
