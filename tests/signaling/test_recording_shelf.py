"""Recordings at hand: in the folder, or fetched from the bucket for a while."""

from collections.abc import Iterator
from dataclasses import replace
from errno import ENOSPC
from hashlib import sha256
from pathlib import Path

import pytest

from config.settings import BucketSettings
from recording.bucket import Bucket, BucketError
from signaling.recording_shelf import ALWAYS, Shelf, names_of
from storage.recordings import RecordingRecord, RecordingState
from tests.recording.bucket_server import bucket_server, client, make_bucket

CONTENT = {
    "manifest.json": b"{}",
    "journal.jsonl": b"",
    "01-ada-camera.webm": b"pictures",
    "02-ada.webm": b"sound",
}
FILES = [
    {"name": name, "bytes": len(content), "sha256": sha256(content).hexdigest()}
    for name, content in CONTENT.items()
    if name not in ALWAYS
]
RECORD = RecordingRecord(
    "re_1", "r", "rm_1", "n", "anna", "Anna", 0, "", RecordingState.FINISHED, files=FILES
)


@pytest.fixture
def settings() -> Iterator[BucketSettings]:
    with bucket_server() as settings:
        make_bucket(settings)
        yield settings


def written(folder: Path) -> None:
    (folder / RECORD.id).mkdir(parents=True)
    for name, content in CONTENT.items():
        (folder / RECORD.id / name).write_bytes(content)


def found(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_without_a_bucket_its_own_folder_is_at_hand(tmp_path: Path) -> None:
    written(tmp_path)
    async with Shelf(tmp_path).at_hand(RECORD) as folder:
        assert folder == tmp_path / RECORD.id
    assert found(folder) == CONTENT


async def test_what_is_put_away_meanwhile_stays_at_hand(tmp_path: Path, settings: BucketSettings) -> None:
    shelf = Shelf(tmp_path, Bucket(settings))
    written(tmp_path)
    async with shelf.at_hand(RECORD) as folder:
        await shelf.put_away(RECORD)
        assert not (tmp_path / RECORD.id).exists()
        assert found(folder) == CONTENT
    assert not folder.exists()
    # And what is there already is fetched.
    there = replace(RECORD, place="bucket")
    async with shelf.at_hand(there) as folder:
        assert found(folder) == CONTENT
    assert not folder.exists()


async def test_unfinished_things_do_not_keep_a_recording_from_the_bucket(
    tmp_path: Path, settings: BucketSettings
) -> None:
    written(tmp_path)
    parts = tmp_path / RECORD.id / ".grid.mp4.parts"
    parts.mkdir()
    (parts / "order").touch()
    await Shelf(tmp_path, Bucket(settings)).put_away(RECORD)
    assert not (tmp_path / RECORD.id).exists()


async def test_nothing_is_worked_on_where_the_disk_is_full(tmp_path: Path, settings: BucketSettings) -> None:
    written(tmp_path)
    await Shelf(tmp_path, Bucket(settings)).put_away(RECORD)
    for bucket in (Bucket(settings), None):
        tight = Shelf(tmp_path, bucket, spare_bytes=1 << 62)
        with pytest.raises(OSError, match="disk is full") as raised:
            async with tight.at_hand(replace(RECORD, place="bucket")):
                pass
        assert raised.value.errno == ENOSPC
    assert not (tmp_path / ".scratch" / RECORD.id).exists()


async def test_a_file_that_is_another_by_its_checksum_is_refused(
    tmp_path: Path, settings: BucketSettings
) -> None:
    shelf = Shelf(tmp_path, Bucket(settings))
    written(tmp_path)
    await shelf.put_away(RECORD)
    key = f"recordings/{RECORD.id}/{names_of(RECORD)[-1]}"
    client(settings).put_object(Bucket=settings.name, Key=key, Body=b"noise")
    with pytest.raises(BucketError, match="something else"):
        async with shelf.at_hand(replace(RECORD, place="bucket")):
            pass


async def test_a_film_leaves_the_folder_once_it_is_in_the_bucket(
    tmp_path: Path, settings: BucketSettings
) -> None:
    shelf = Shelf(tmp_path, Bucket(settings))
    path = shelf.film(RECORD.id, "grid.mp4")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"film")
    await shelf.put_film_away(RECORD.id, "grid.mp4")
    await shelf.remove_film_here(RECORD.id, "grid.mp4")
    assert not (tmp_path / RECORD.id).exists()
    fetched = await shelf.fetch(RECORD, "compositions/grid.mp4", "bytes=1-2")
    assert fetched is not None
    assert b"".join(fetched.parts) == b"il"
    fetched.close()
    await shelf.delete_film(RECORD.id, "grid.mp4")
    assert await shelf.fetch(RECORD, "compositions/grid.mp4") is None
    await shelf.delete_film(RECORD.id, "grid.mp4")
