"""Is the wheel whole? Builds it, installs it into a clean environment, starts it, fetches the page.

A program, not a test: it takes a minute and needs the package registry. Only the runtime lock is installed,
so a dependency that only the tests bring shows here. Exit code 0 if all is well.
"""

import http.client
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
READY = re.compile(r"^ready (https?://\S+) media \S+$", re.MULTILINE)
START_S = 30.0
STOP_S = 20.0


def build_wheel(folder: Path) -> Path:
    """The wheel of the work tree; it must hold the built page."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    if "signaling/page/index.html" not in names:
        raise SystemExit(f"{wheel.name} lacks the built page")
    for package in ("quality", "sfu"):
        if not any(name.startswith(f"{package}/_native/") for name in names):
            raise SystemExit(f"{wheel.name} lacks the compiled {package}")
    if strays := [name for name in names if name.startswith(("tests/", "web/"))]:
        raise SystemExit(f"{wheel.name} holds what is not to be installed: {strays[:3]}")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """A clean environment with the locked dependencies and the wheel; its `sfumato`."""
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements.lock")], check=True)
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True)
    return folder / "bin" / "sfumato"


def check_compiled(sfumato: Path, folder: Path) -> None:
    """It must use what was compiled."""
    said = subprocess.run([sfumato, "version"], cwd=folder, check=True, capture_output=True, text=True).stdout
    if "(compiled)" not in said:
        raise SystemExit(f"the installed server says: {said}")


def check_agent(sfumato: Path, folder: Path) -> None:
    """It must get as far as the display, which is none."""
    session = ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE")
    environment = {name: value for name, value in os.environ.items() if name not in session}
    environment["DISPLAY"] = ":54321"
    command = [str(sfumato), "agent", "--code", "x"]
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 69 or "cannot be opened" not in done.stderr:
        raise SystemExit(f"the installed agent ended with {done.returncode}: {done.stderr}")


def wait_ready(server: "subprocess.Popen[bytes]") -> str:
    """The URL of the line `ready …`, which must come within `START_S`."""
    assert server.stdout is not None
    printed = b""
    until = time.monotonic() + START_S
    with selectors.DefaultSelector() as selector:
        selector.register(server.stdout, selectors.EVENT_READ)
        while selector.select(max(0.0, until - time.monotonic())):
            part = os.read(server.stdout.fileno(), 4096)
            printed += part
            if match := READY.search(printed.decode()):
                return match[1]
            if not part:
                break
    raise SystemExit("the installed server did not print its ready line")


def fetch(url: str) -> str:
    """The body of a 200 answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/")
        answer = connection.getresponse()
        body = answer.read().decode()
    finally:
        connection.close()
    if answer.status != 200 or not body:
        raise SystemExit(f"GET {parts.path}: {answer.status}, {len(body)} characters")
    return body


def check_page(url: str) -> list[str]:
    """Fetches the page, every script it names, and the health page."""
    page = fetch(f"{url}/")
    scripts = re.findall(r'<script[^>]*\ssrc="([^"]+)"', page)
    if not scripts:
        raise SystemExit("the page names no script")
    for script in scripts:
        fetch(f"{url}/{script.removeprefix('./').removeprefix('/')}")
    fetch(f"{url}/healthz")
    return scripts


def check_boards(url: str) -> None:
    """What comes with the packages beside their code: templates, and the font that boards are drawn with."""
    token = json.loads(fetch(f"{url}/api/v1/dev-token?room=r&name=N&identity=n"))["token"]
    made = ask(url, "POST", "/rooms/r/boards", token, {"title": "Board", "template": "kanban"})
    board = json.loads(made)["id"]
    picture = ask(url, "GET", f"/boards/{board}/export?format=png", token)
    if not picture.startswith(b"\x89PNG"):
        raise SystemExit("a board is not drawn")


def ask(url: str, method: str, path: str, token: str, body: object = None) -> bytes:
    """The body of a call's answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        sent = None if body is None else json.dumps(body)
        connection.request(method, f"/api/v1{path}", sent, {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        told = answer.read()
    finally:
        connection.close()
    if answer.status // 100 != 2:
        raise SystemExit(f"{method} {path}: {answer.status}")
    return told


def stop(server: "subprocess.Popen[bytes]") -> None:
    """SIGTERM must end it in order."""
    server.send_signal(signal.SIGTERM)
    try:
        code = server.wait(STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
        raise SystemExit(f"the server did not stop within {STOP_S:.0f} s of SIGTERM") from None
    if code != 0:
        raise SystemExit(f"the server stopped with exit code {code}")


def main() -> None:
    """All of it, in a temporary folder, so that nothing of the work tree can be imported by accident."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = build_wheel(folder / "dist")
        sfumato = install(wheel, folder / "venv")
        check_compiled(sfumato, folder)
        check_agent(sfumato, folder)
        command = [str(sfumato), "serve", "--dev", "--http-port", "0", "--media-port", "0"]
        command += ["--data", str(folder / "data")]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("SFUMATO_", "PYTHON"))}
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        try:
            url = wait_ready(server)
            scripts = check_page(url)
            check_boards(url)
        except BaseException:
            server.kill()
            server.wait()
            raise
        stop(server)
    print(json.dumps({"wheel": wheel.name, "url": url, "scripts": scripts}))


if __name__ == "__main__":
    main()
