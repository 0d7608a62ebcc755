"""The command `sfumato`: its subcommands are what the packages register as entry points."""

from importlib.metadata import EntryPoint, entry_points

import click

COMMANDS = "sfumato.commands"
"""The entry-point group; a package adds a subcommand by naming a click command there (pyproject.toml)."""

_BUILT_IN = {
    name: EntryPoint(name, f"signaling.commands:{name}", COMMANDS)
    for name in ("serve", "token", "config", "version", "restored")
}
"""The server's own, for a source tree that is run without being installed."""


class Commands(click.Group):
    """Loads a subcommand's module only when that one is run, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all registered subcommands."""
        return sorted(_registered())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of that name, or None."""
        point = _registered().get(cmd_name)
        if point is None:
            return None
        command = point.load()
        if not isinstance(command, click.Command):
            raise click.ClickException(f"{point.value} is not a command")
        return command


def _registered() -> dict[str, EntryPoint]:
    return _BUILT_IN | {point.name: point for point in entry_points(group=COMMANDS)}


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Sfumato: a media server for meetings, with the meeting's shared work on the same connection."""


if __name__ == "__main__":
    main(prog_name="sfumato")
