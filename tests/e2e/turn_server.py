"""coturn as an operator sets it up for us: the secret shared, credentials that run out by themselves."""

import asyncio
import socket
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.e2e.requirements import require

HOST = "127.0.0.1"
REALM = "turn.test"
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 10
LOOK_AGAIN_S = 0.05


class TurnServer:
    """A coturn on a free port, UDP and TCP; an async context manager."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._port = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: asyncio.subprocess.Process | None = None

    def url(self, transport: str = "udp") -> str:
        """Its address as clients are told it."""
        return f"turn:{HOST}:{self._port}?transport={transport}"

    @property
    def log(self) -> str:
        """What it has said so far."""
        assert self._folder is not None
        return Path(self._folder.name, "log").read_text(errors="replace")

    async def __aenter__(self) -> Self:
        program = require("turnserver")
        self._folder = tempfile.TemporaryDirectory(prefix="sfumato-turn-")
        self._port = _free_port()
        folder = Path(self._folder.name)
        with (folder / "log").open("w") as log:
            self._process = await asyncio.create_subprocess_exec(
                program,
                *("-n", "--no-cli", "--no-tls", "--no-dtls", "--log-file", "stdout"),
                *("--listening-ip", HOST, "--listening-port", str(self._port), "--relay-ip", HOST),
                *("--use-auth-secret", "--static-auth-secret", self._secret, "--realm", REALM),
                # Our node, too, is on loopback here.
                "--allow-loopback-peers",
                *("--userdb", str(folder / "turndb"), "--pidfile", str(folder / "pid")),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._listening()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process, folder = self._process, self._folder
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        if folder is not None:
            folder.cleanup()

    async def _listening(self) -> None:
        assert self._process is not None
        while self._process.returncode is None:
            try:
                _, writer = await asyncio.open_connection(HOST, self._port)
            except OSError:
                await asyncio.sleep(LOOK_AGAIN_S)
            else:
                writer.close()
                return
        raise RuntimeError(f"coturn ended:\n{self.log}")


def _free_port() -> int:
    """coturn cannot choose one: free a moment ago, on UDP and TCP alike."""
    for _ in range(20):
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind((HOST, 0))
            port = int(tcp.getsockname()[1])
            try:
                udp.bind((HOST, port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free on UDP and TCP")
