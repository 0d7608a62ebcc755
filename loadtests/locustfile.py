"""``locust -f loadtests/locustfile.py --headless -u 40 -r 4 -t 60s --host http://127.0.0.1:8080``

Each user joins a meeting of a server started with ``--dev``, stays and leaves; every tenth publishes. What is
reported is the join time (WebSocket open to first media) and packets lost. The media is in a process of its
own (`loadtests.bots`): Locust's greenlets and asyncio do not mix.
"""

import json
import os
import random
import subprocess
import sys
from itertools import count

import gevent  # type: ignore[import-untyped]
from gevent.event import AsyncResult  # type: ignore[import-untyped]
from locust import User, between, events, task

ROOM = os.environ.get("SFUMATO_ROOM", "locust")
SLOTS = 9
PUBLISHER_EVERY = 10
ANSWER_S = 30.0

_numbers = count()


class BotProcess:
    """The bots of this Locust process."""

    def __init__(self, url: str) -> None:
        command = (sys.executable, "-m", "loadtests.bots", url, ROOM)
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._waiting: dict[str, AsyncResult] = {}
        gevent.spawn(self._read)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            reply = json.loads(line)
            self._waiting.pop(reply["name"]).set(reply)

    def ask(self, name: str, command: dict[str, object]) -> dict[str, object]:
        """Send a line and wait for the answer about `name`."""
        assert self._process.stdin is not None
        waiting = self._waiting[name] = AsyncResult()
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        reply: dict[str, object] = waiting.get(timeout=ANSWER_S)
        return reply

    def close(self) -> None:
        """Let everybody leave."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(ANSWER_S)


_processes: dict[str, BotProcess] = {}


def _stop(**_: object) -> None:
    for process in _processes.values():
        process.close()
    _processes.clear()


events.test_stop.add_listener(_stop)  # type: ignore[no-untyped-call]


class Participant(User):
    """Joins, stays for a while, leaves, comes again."""

    wait_time = between(1, 5)

    @task
    def meet(self) -> None:
        """One stay in the meeting."""
        url = str(self.host)
        bots = _processes.get(url) or _processes.setdefault(url, BotProcess(url))
        number = next(_numbers)
        name = f"bot-{number}-{random.getrandbits(32):x}"
        publish = number % PUBLISHER_EVERY == 0
        reply = bots.ask(name, {"join": name, "publish": publish, "slots": SLOTS})
        joined_ms = reply.get("joined_ms")
        if joined_ms is not None or "error" in reply:  # a publisher may be alone: nothing to measure
            self._report("join", float(str(joined_ms or 0)), 0, reply.get("error"))
        gevent.sleep(random.uniform(10, 30))
        reply = bots.ask(name, {"leave": name})
        lost = reply.get("lost")
        self._report("stay", 0, int(str(reply.get("packets", 0))), f"{lost} packets lost" if lost else None)

    def _report(self, name: str, elapsed_ms: float, packets: int, error: object) -> None:
        self.environment.events.request.fire(
            request_type="media",
            name=name,
            response_time=elapsed_ms,
            response_length=packets,
            exception=None if error is None else RuntimeError(str(error)),
            context={},
        )
