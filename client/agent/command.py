"""`sfumato agent`."""

import asyncio
import os
import signal
import sys

import click

from client.agent.injector import NoScreen, Screen
from client.agent.run import AgentRun, Exit
from client.agent.screen import open_screen

DEFAULT_URL = "http://localhost:8080"


@click.command()
@click.option("--code", required=True, help="The code shown where you share your screen.")
@click.option("--url", default=DEFAULT_URL, show_default=True, help="Where the meeting is.")
@click.option("--monitor", help="The monitor you share, by its name, if there are several.")
@click.option("--allow-system-keys", is_flag=True, help="Allow Alt+Tab, Ctrl+Alt+Delete and the like too.")
@click.option("--no-verify-tls", is_flag=True, help="Trust any certificate, for trials.")
def agent(*, code: str, url: str, monitor: str | None, allow_system_keys: bool, no_verify_tls: bool) -> None:
    """Let the person you give control to use this computer while you share its screen.

    You keep the upper hand: what you do yourself pauses it, Escape three times ends it.
    """
    try:
        screen = open_screen(sys.platform, os.environ, monitor)
    except NoScreen as none:
        click.echo(str(none), err=True)
        raise click.exceptions.Exit(Exit.UNAVAILABLE) from none
    try:
        how = asyncio.run(_run(screen, url, code, allow_system_keys, not no_verify_tls))
    finally:
        screen.close()
    raise click.exceptions.Exit(how)


async def _run(screen: Screen, url: str, code: str, allow_system_keys: bool, verify_tls: bool) -> Exit:
    run = AgentRun(screen, click.echo, allow_system_keys=allow_system_keys, verify_tls=verify_tls)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, run.stop)
    return await run.run(url, code)
