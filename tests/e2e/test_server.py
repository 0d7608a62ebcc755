"""Starting and stopping a server process, tried on small stand-ins."""

import sys

import pytest

from tests.e2e.server import Ready, Server, ServerError, parse_ready

READY_LINE = "ready http://127.0.0.1:8080 media 127.0.0.1:7881"


def stand_in(script: str) -> Server:
    return Server(command=(sys.executable, "-u", "-c", script))


@pytest.mark.parametrize(
    ("line", "ready"),
    [
        (READY_LINE + "\n", Ready("http://127.0.0.1:8080", ("127.0.0.1", 7881))),
        ("ready https://[::1]:8443 media [::1]:7881", Ready("https://[::1]:8443", ("::1", 7881))),
        ("ready soon", None),
        ("", None),
    ],
)
def test_the_ready_line_is_read(line: str, ready: Ready | None) -> None:
    assert parse_ready(line) == ready


async def test_addresses_are_known_once_it_is_ready_and_sigterm_ends_it() -> None:
    script = f"""
import sys, time
print("log", file=sys.stderr)
print("hello")
print({READY_LINE!r})
time.sleep(99)
"""
    async with stand_in(script) as server:
        assert (server.url, server.media) == ("http://127.0.0.1:8080", ("127.0.0.1", 7881))
        assert server.pid > 0
    assert list(server.log) == ["log"]


async def test_what_a_server_that_does_not_start_said_is_told() -> None:
    with pytest.raises(ServerError, match="port in use"):
        async with stand_in("import sys; sys.exit('port in use')"):
            pass


async def test_addresses_are_not_known_before() -> None:
    with pytest.raises(ServerError, match="not ready"):
        _ = stand_in("").url
