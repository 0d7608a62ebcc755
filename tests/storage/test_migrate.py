"""The schema: from nothing, from each released version, by several processes at once."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from storage.engine import open_engine
from storage.errors import BadDatabase
from storage.migrate import migrate
from storage.models import Model
from storage.store import Store, forget_history
from tests.storage.samples import message, opened

RELEASES = Path(__file__).parent.parent / "data" / "storage"
"""The whole schema of a release with a little data, as SQL: ``VERSION.BACKEND.sql``."""

PROCESSES = 4
DEADLINE_S = 120.0


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    it = open_engine(url)
    yield it
    it.dispose()


def differences(engine: Engine) -> object:
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection), Model.metadata)


def test_migrating_from_nothing_gives_the_schema_of_the_models(engine: Engine, url: str) -> None:
    migrate(url)
    assert differences(engine) == []


def test_migrating_twice_changes_nothing(engine: Engine, url: str) -> None:
    migrate(url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO topics VALUES ('t', 7)"))
    migrate(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version FROM topics")).scalars().all() == [7]


@pytest.mark.parametrize("release", sorted({path.name.split(".")[0] for path in RELEASES.glob("*.sql")}))
async def test_a_released_schema_is_brought_up_to_date_with_what_is_in_it(
    engine: Engine, url: str, release: str
) -> None:
    script = (RELEASES / f"{release}.{engine.dialect.name}.sql").read_text("utf-8")
    with engine.begin() as connection:
        for statement in filter(str.strip, script.split(";\n")):
            connection.exec_driver_sql(statement)
    async with opened(url) as store:
        assert store.epoch == "0123456789abcdef"
        assert await store.chat.history("daily", "anna", 0, 10) == [message(1)]
        await store.chat.append("daily", 1, [message(2)])
    assert differences(engine) == []


def test_a_schema_newer_than_the_program_is_left_alone(engine: Engine, url: str) -> None:
    migrate(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of the future'"))
    with pytest.raises(BadDatabase, match="newer"):
        migrate(url)


def test_processes_that_start_at_once_all_find_the_schema_ready(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=migrate, args=(url,)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(DEADLINE_S)
    assert [process.exitcode for process in processes] == [0] * PROCESSES


async def test_a_database_keeps_its_epoch_until_history_is_said_to_be_lost(url: str) -> None:
    epochs = []
    for seed in (1, 2):
        store = await Store.open(url, Random(seed))
        epochs.append(store.epoch)
        await store.close()
    forget_history(url, Random(3))
    async with opened(url) as store:
        assert epochs[0] == epochs[1] != store.epoch
        assert (await store.chat.load("r")).epoch == store.epoch
