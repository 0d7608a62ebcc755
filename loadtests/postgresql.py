"""A PostgreSQL server of Debian's package, for a while: its own folder, a Unix socket, no network."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
USER = "postgres"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 60.0
POLL_S = 0.05
OPTIONS = ("-c", "listen_addresses=")


class PostgresFailed(Exception):
    """A program of PostgreSQL did not do what it should; the text is what it said."""


class Postgres:
    """One server; `start` and `stop` may be called in turn, `remove` ends it.

    `durable` False is for tests: processes are killed there, machines are not, and what was written needs no
    disk to be there afterwards. All calls raise `PostgresFailed`.
    """

    def __init__(self, *, durable: bool) -> None:
        self._options = OPTIONS if durable else (*OPTIONS, "-c", "fsync=off")
        self.folder = Path(tempfile.mkdtemp(prefix="sfumato-pg-"))
        # PostgreSQL refuses to run as root.
        self._as: dict[str, str] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam(USER)
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as = {"user": USER, "group": USER}
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._run("initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")

    @property
    def data(self) -> Path:
        """The database cluster."""
        return self.folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [PROGRAMS[-1] / program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            **self._as,  # type: ignore[call-overload]
        )
        if done.returncode != 0:
            raise PostgresFailed(done.stderr)

    def start(self) -> None:
        """Run until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAMS[-1] / "postgres", "-D", self.data, "-k", self.folder, *self._options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._as,  # type: ignore[call-overload]
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() >= deadline:
                raise PostgresFailed(self.log())
            time.sleep(POLL_S)

    def _answers(self) -> bool:
        asked = subprocess.run(
            [PROGRAMS[-1] / "pg_isready", "-q", "-h", self.folder], check=False, cwd=self.folder
        )
        return asked.returncode == 0

    def stop(self) -> None:
        """As a crash would, which is also the fastest: the next start recovers."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGQUIT)
            process.wait(STOP_TIMEOUT_S)

    def remove(self) -> None:
        """Stop it and leave nothing."""
        self.stop()
        shutil.rmtree(self.folder)

    def log(self) -> str:
        """The end of what the server logged."""
        return (self.folder / "log").read_text("utf-8", "replace")[-4_000:]

    def new_database(self) -> str:
        """The URL of an empty database."""
        self._databases += 1
        name = f"sfumato_{self._databases}"
        self._run("createdb", "-h", str(self.folder), "-U", USER, name)
        return f"postgresql://{USER}@/{name}?host={self.folder}"
