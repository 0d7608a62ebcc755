"""Where the database is, by the settings."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from config.settings import Settings, StorageSettings
from signaling.database import database_url, open_store
from signaling.server import Server
from storage.errors import BadDatabase
from tests.signaling.live_node import DEADLINE_S, node_settings


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


async def test_a_node_whose_database_cannot_be_opened_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "sfumato.db").write_text("no database " * 100)
    server = Server(node_settings(data=tmp_path))
    with pytest.raises(BadDatabase, match="cannot be opened"):
        await server.start()
    await server.stop()


def test_whoever_starts_it_is_told_why(tmp_path: Path) -> None:
    (tmp_path / "sfumato.db").write_text("no database " * 100)
    command = [sys.executable, "-m", "signaling.main", "serve", "--dev", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
    assert done.returncode == 1
    assert "cannot start: the database cannot be opened" in done.stderr
