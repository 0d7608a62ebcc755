"""A network of its own for one program on this machine, that can die without a word (root, Linux, iproute2).

::

    node ── 198.18.0.1 ══ bridge ══ 198.18.0.2 ── program, in a network namespace

A dead network lets no packet pass and tells neither end: what is sent vanishes, the kernel's TCP backs off,
new connections hang. It is what a lift or a tunnel does.
"""

import asyncio
import os
import shlex
import shutil
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

NEAR, FAR = "198.18.0.1", "198.18.0.2"
"""Addresses for measurements of networks (RFC 2544, appendix C.2.2)."""

PREFIX = 24
DISABLED, FORWARDING = 0, 3
"""States of a bridge's port: bridge(8)."""


def possible() -> bool:
    """Whether this machine lets us make one."""
    return (
        sys.platform == "linux" and os.geteuid() == 0 and bool(shutil.which("ip") and shutil.which("bridge"))
    )


class FarNetwork:
    """An async context manager; one at a time on a machine, as its addresses are fixed."""

    def __init__(self) -> None:
        self._far, self._middle = f"far-{os.getpid()}", f"middle-{os.getpid()}"
        self._near_end = f"near{os.getpid() % 10_000_000}"  # an interface's name has at most 15 characters
        self._undo = AsyncExitStack()

    async def __aenter__(self) -> Self:
        far, middle, near_end = self._far, self._middle, self._near_end
        async with AsyncExitStack() as undo:
            for namespace in (far, middle):
                await _run(f"ip netns add {namespace}")
                undo.push_async_callback(_run, f"ip netns delete {namespace}")
            await _run(f"ip link add {near_end} type veth peer name near netns {middle}")
            await _run(f"ip -n {middle} link add far type veth peer name eth0 netns {far}")
            await _run(f"ip -n {middle} link add bridge type bridge")
            for end in ("near", "far"):
                await _run(f"ip -n {middle} link set {end} master bridge up")
            await _run(f"ip -n {middle} link set bridge up")
            await _run(f"ip addr add {NEAR}/{PREFIX} dev {near_end}")
            await _run(f"ip link set {near_end} up")
            await _run(f"ip -n {far} addr add {FAR}/{PREFIX} dev eth0")
            await _run(f"ip -n {far} link set eth0 up")
            await _run(f"ip -n {far} link set lo up")
            await _run(f"ip -n {far} route add default via {NEAR}")
            self._undo = undo.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._undo.aclose()

    async def die(self) -> None:
        """Let nothing pass from now on."""
        await _run(f"bridge -n {self._middle} link set dev near state {DISABLED}")

    async def revive(self) -> None:
        """Let everything pass again."""
        await _run(f"bridge -n {self._middle} link set dev near state {FORWARDING}")

    def program(self, executable: Path) -> Path:
        """A program that runs `executable` in the far network."""
        folder = Path(self._undo.enter_context(tempfile.TemporaryDirectory(prefix="sfumato-far-")))
        wrapper = folder / executable.name
        wrapper.write_text(f'#!/bin/sh\nexec ip netns exec {self._far} {shlex.quote(str(executable))} "$@"\n')
        wrapper.chmod(0o755)
        return wrapper


async def _run(command: str) -> None:
    """Run one of iproute2's programs. Raises OSError with what it said if it fails."""
    process = await asyncio.create_subprocess_exec(
        *command.split(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise OSError(f"{command}: {said.decode().strip()}")
