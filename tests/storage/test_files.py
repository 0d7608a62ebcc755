"""Files of boards in the data folder."""

import asyncio
import os
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from storage.files import FileRefused, StoredFiles

DEADLINE_S = 20.0


async def parts(*data: bytes) -> AsyncIterator[bytes]:
    for part in data:
        yield part


async def stalling(data: bytes, begun: asyncio.Event) -> AsyncIterator[bytes]:
    """Sends something, and then neither goes on nor ends."""
    yield data
    begun.set()
    await asyncio.Event().wait()


def held(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


async def test_file_is_found_in_its_room_by_what_is_in_it(tmp_path: Path) -> None:
    files, name = StoredFiles(tmp_path / "files"), digest(b"abcd")
    path = await files.put("r", name, parts(b"ab", b"cd"), 10, 10)
    assert path.read_bytes() == b"abcd"
    assert files.find("r", name) == path
    assert files.find("s", name) is None
    assert files.find("r", digest(b"other")) is None


@pytest.mark.parametrize(
    ("data", "name", "most", "room_most", "code"),
    [
        (b"abcd", digest(b"abcd"), 3, 10, "too_large"),
        (b"abcd", digest(b"abcd"), 10, 3, "too_large"),
        (b"abcd", digest(b"else"), 10, 10, "bad_message"),
    ],
)
async def test_refused_file_leaves_nothing(
    tmp_path: Path, data: bytes, name: str, most: int, room_most: int, code: str
) -> None:
    files = StoredFiles(tmp_path)
    with pytest.raises(FileRefused) as refused:
        await files.put("r", name, parts(data), most, room_most)
    assert refused.value.code == code
    assert held(tmp_path) == []


async def test_all_of_a_file_is_on_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(os.fstat(number).st_size))
    await StoredFiles(tmp_path).put("r", digest(b"abcd"), parts(b"ab", b"cd"), 10, 10)
    assert synced == [4]


async def test_room_counts_what_it_holds(tmp_path: Path) -> None:
    files = StoredFiles(tmp_path)
    await files.put("r", digest(b"abcd"), parts(b"abcd"), 10, 6)
    with pytest.raises(FileRefused):
        await files.put("r", digest(b"efgh"), parts(b"efgh"), 10, 6)
    await files.put("s", digest(b"efgh"), parts(b"efgh"), 10, 6)


async def test_room_name_is_no_path(tmp_path: Path) -> None:
    files = StoredFiles(tmp_path / "files")
    path = await files.put("../../etc", digest(b"abcd"), parts(b"abcd"), 10, 10)
    assert path.is_relative_to(tmp_path / "files")


async def test_who_stalls_keeps_no_other_room_waiting(tmp_path: Path) -> None:
    files, begun = StoredFiles(tmp_path), [asyncio.Event() for _ in range(10)]
    stalled = [
        asyncio.create_task(files.put("r", digest(b"abcd"), stalling(b"a", one), 10, 10)) for one in begun
    ]
    for one in begun[:4]:
        await one.wait()
    async with asyncio.timeout(DEADLINE_S):
        await files.put("s", digest(b"abcd"), parts(b"abcd"), 10, 10)
    for task in stalled:
        task.cancel()
    await asyncio.gather(*stalled, return_exceptions=True)


async def test_file_of_which_nothing_comes_any_more_is_given_up(tmp_path: Path) -> None:
    files = StoredFiles(tmp_path, silence_s=0.01)
    with pytest.raises(FileRefused) as refused:
        async with asyncio.timeout(DEADLINE_S):
            await files.put("r", digest(b"abcd"), stalling(b"a", asyncio.Event()), 10, 10)
    assert refused.value.code == "unavailable"
    assert held(tmp_path) == []
