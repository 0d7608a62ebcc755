"""Where the database is, by the settings."""

from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from config.settings import Settings, StorageSettings
from signaling.database import database_url, open_store


def test_the_database_is_in_the_data_folder_which_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert database_url(Settings(data=folder), ExitStack()) == f"sqlite:///{folder}/sfumato.db"
    assert folder.is_dir()


def test_without_a_folder_it_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert database_url(Settings(), ExitStack()) == f"sqlite:///{tmp_path}/data/sfumato.db"


async def test_a_trial_without_a_folder_leaves_nothing() -> None:
    with ExitStack() as folders:
        folder = Path(database_url(Settings(dev=True), folders).removeprefix("sqlite:///")).parent
        assert folder.is_dir()
    assert not folder.exists()
    async with open_store(Settings(dev=True), Random(1), lambda seconds, writes: None) as store:
        assert (await store.chat.load("r")).version == 0


def test_a_url_is_taken_as_it_is(tmp_path: Path) -> None:
    url = "postgresql://anna@db.example.org/sfumato"
    assert database_url(Settings(data=tmp_path, storage=StorageSettings(url)), ExitStack()) == url
