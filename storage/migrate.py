"""Brings the schema up to date at start: from nothing, or from any released version.

All of it happens in one transaction behind a lock, so that of two processes that start at once the second
finds everything done, and a start that dies leaves the schema as it was.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from storage.engine import is_sqlite, open_engine
from storage.errors import BadDatabase

SCRIPTS = Path(__file__).parent / "migrations"

LOCK = 0x5F0A70
"""The key of PostgreSQL's advisory lock, ours by being unlikely."""


WAIT_S = 60.0
"""How long a process waits for another that migrates SQLite; for PostgreSQL's lock it waits without end."""


def migrate(url: str) -> None:
    """Up to the newest revision. Raises BadDatabase if the schema is newer than this program knows.

    Other failures are SQLAlchemy's: the database cannot be reached or written.
    """
    engine = open_engine(url, WAIT_S)
    try:
        with engine.execution_options(writes=True).begin() as connection:
            if not is_sqlite(engine):  # SQLite's BEGIN IMMEDIATE is the lock
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            config = _config(connection)
            _check_known(connection, config)
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def has_schema(engine: Engine) -> bool:
    """Is there a database that this program, in whatever version, has written?"""
    file = engine.url.database or ""
    if is_sqlite(engine) and not file.startswith("file:") and not Path(file).is_file():
        return False  # connecting would make it
    with engine.connect() as connection:
        return bool(MigrationContext.configure(connection).get_current_heads())


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _check_known(connection: Connection, config: Config) -> None:
    found = set(MigrationContext.configure(connection).get_current_heads())
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found - known:
        raise BadDatabase("the database was written by a newer version of Sfumato")
