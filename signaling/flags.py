"""The flags that stand for settings, the same for every subcommand that reads them."""

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from config.errors import SettingsError
from config.keys import KeyPath
from config.load import Loaded, load_settings
from config.sources import Given

F = TypeVar("F", bound=Callable[..., Any])

EXIT_SETTINGS = 2
"""Exit code for settings that cannot be used, as for a wrong flag."""

_FLAGS: dict[str, tuple[KeyPath, ...]] = {
    "dev": (("dev",),),
    "insecure_dev": (("insecure_dev",),),
    "host": (("http", "host"), ("media", "host")),
    "http_port": (("http", "port"),),
    "media_port": (("media", "port"),),
    "announce": (("media", "announce"),),
    "tls_cert": (("http", "tls", "cert"),),
    "tls_key": (("http", "tls", "key"),),
    "tls": (("http", "tls", "self_signed"),),
    "data": (("data",),),
}

_OPTIONS = (
    click.option("--dev", is_flag=True, help="A trial on this machine: a known key, guests, loopback only."),
    click.option("--insecure-dev", is_flag=True, help="Lets --dev listen beyond loopback."),
    click.option("--config", "file", metavar="FILE", help="TOML file (else sfumato.toml if it is here)."),
    click.option("--host", metavar="IP", help="Address to listen on and to announce; 0.0.0.0 or :: for all."),
    click.option("--http-port", type=int, metavar="PORT", help="HTTP and WebSocket; 0 is any free one."),
    click.option("--media-port", type=int, metavar="PORT", help="Media on UDP and TCP; 0 is any free one."),
    click.option(
        "--announce",
        multiple=True,
        metavar="IP[:PORT]",
        help="Where clients reach media, in place of local addresses (NAT, containers); or stun:HOST:PORT.",
    ),
    click.option("--tls-cert", metavar="FILE", help="Certificate chain for HTTPS, PEM."),
    click.option("--tls-key", metavar="FILE", help="Its private key, PEM."),
    click.option("--tls", type=click.Choice(["self-signed"]), help="HTTPS with a certificate made at start."),
    click.option("--data", metavar="DIR", help="Folder of the database, files and recordings."),
)


def settings_flags(command: F) -> F:
    """Adds the flags; the command gets `loaded` (`config.load.Loaded`) in their place.

    Settings that cannot be used are told on standard error, one problem a line, and exit with 2.
    """

    @wraps(command)
    def wrapped(*args: Any, file: str | None, **options: Any) -> Any:
        given = {name: options.pop(name) for name in _FLAGS}
        return command(*args, loaded=_load(given, file), **options)

    decorated: Any = wrapped
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def fail(*problems: str) -> click.exceptions.Exit:
    """Tells what is wrong with the settings; the exception to raise."""
    for problem in problems:
        click.echo(f"sfumato: {problem}", err=True)
    return click.exceptions.Exit(EXIT_SETTINGS)


def _load(given: dict[str, Any], file: str | None) -> Loaded:
    try:
        return load_settings(_layer(given), os.environ, file, Path())
    except SettingsError as error:
        raise fail(*error.problems) from None


def _layer(given: dict[str, Any]) -> dict[KeyPath, Given]:
    layer: dict[KeyPath, Given] = {}
    for name, value in given.items():
        if value is None or value is False or value == ():
            continue  # not given; a port of 0 is
        flag = "--" + name.replace("_", "-")
        for path in _FLAGS[name]:
            layer[path] = Given(True if name == "tls" else value, flag)
    return layer
