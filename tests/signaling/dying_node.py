"""``sfumato serve`` that kills itself at a failpoint, at the COUNT-th transaction.

``python -m tests.signaling.dying_node WHERE COUNT serve …``; WHERE is ``before_commit`` or ``after_commit``.
"""

import sys

import click

from config.load import Loaded
from signaling.flags import settings_flags
from signaling.server import run
from tests.storage.dies import Dies


@click.command()
@click.argument("where")
@click.argument("count", type=int)
@click.argument("serve")
@settings_flags
def main(loaded: Loaded, *, where: str, count: int, serve: str) -> None:
    sys.exit(run(loaded.settings, Dies(where, count)))


if __name__ == "__main__":
    main()
