"""The server's own subcommands: serve, token, config, restored, version."""

import platform
import time
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

import click

from config.load import Loaded
from config.render import render
from sfu import NATIVE
from signaling.duration import read_duration
from signaling.flags import fail, settings_flags
from signaling.permissions import Role
from signaling.tokens import TokenRefused, issue_token, read_token

NO_KEYS = "keys: there is none to sign tokens with: add one to [keys], or try --dev"


@click.command()
@settings_flags
def serve(loaded: Loaded) -> None:
    """Run a node.

    Prints `ready http(s)://HOST:PORT media HOST:PORT` once it accepts clients. SIGTERM ends it in order.
    """
    if not loaded.settings.keys:
        raise fail(NO_KEYS)
    from signaling.server import run

    raise click.exceptions.Exit(run(loaded.settings))


class DurationParam(click.ParamType[int]):
    """A duration in seconds, written like ``6h``."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """See `read_duration`."""
        try:
            return read_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.option("--room", required=True, help="The room it may join; * for any.")
@click.option("--identity", required=True, help="Who this is, the same in every meeting.")
@click.option("--name", default="", help="The name shown to others.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.PARTICIPANT.value)
@click.option("--ttl", type=DurationParam(), default="6h", show_default=True, help="How long it is good.")
@click.option("--admin", is_flag=True, help="May use every HTTP endpoint.")
@click.option("--key", help="The API key to sign with, if there are several.")
@settings_flags
def token(
    loaded: Loaded, *, room: str, identity: str, name: str, role: str, ttl: int, admin: bool, key: str | None
) -> None:
    """Print a token, signed with an API key of the settings."""
    keys = loaded.settings.keys
    if not keys:
        raise fail(NO_KEYS)
    if key is None and len(keys) > 1:
        raise fail(f"there are several keys, choose one with --key: {', '.join(sorted(keys))}")
    chosen = key if key is not None else next(iter(keys))
    if chosen not in keys:
        raise fail(f"there is no key {chosen}: {', '.join(sorted(keys))}")
    now_wall = time.time()
    issued = issue_token(
        chosen,
        keys[chosen],
        identity=identity,
        now_wall=now_wall,
        ttl_s=ttl,
        room=room,
        name=name,
        role=Role(role),
        admin=admin,
    )
    try:
        # What we give must be accepted.
        read_token(issued, keys, now_wall, limits=loaded.settings.limits)
    except TokenRefused as error:
        raise fail(error.message) from error
    click.echo(issued)


@click.command()
@settings_flags
def config(loaded: Loaded) -> None:
    """Print the settings in force as TOML, with the source of each; secrets are masked."""
    click.echo(render(loaded), nl=False)


@click.command()
@settings_flags
def restored(loaded: Loaded) -> None:
    """Say that a backup was put in place, before the node starts with it.

    Clients that saw what came after the backup then fetch everything anew.
    """
    import random
    from contextlib import ExitStack

    from signaling.database import database_url
    from storage.errors import BadDatabase
    from storage.store import forget_history

    settings = loaded.settings
    if settings.dev and settings.data is None and settings.storage.url is None:
        raise fail("data: name the folder that was restored")
    try:
        with ExitStack() as folders:
            forget_history(database_url(settings, folders), random.SystemRandom())
    except (OSError, BadDatabase) as error:
        click.echo(f"sfumato: {error}", err=True)
        raise click.exceptions.Exit(1) from error


@click.command()
def version() -> None:
    """Print the version of Sfumato, whether its packet path is compiled, and the Python it runs on."""
    try:
        number = version_of("sfumato")
    except PackageNotFoundError:
        number = "not installed"
    how = "compiled" if NATIVE else "interpreted"
    click.echo(f"sfumato {number} ({how}), Python {platform.python_version()}")
