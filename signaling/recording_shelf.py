"""Where recordings are kept: in the data folder, and, once they are finished, in a bucket if there is one."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from recording.bucket import Bucket, BucketError, Fetched
from storage.recordings import RecordingRecord

ALWAYS: Final = ("manifest.json", "journal.jsonl")


class Shelf:
    """`folder` holds a folder for each recording that this node writes, or still has."""

    def __init__(self, folder: Path, bucket: Bucket | None = None) -> None:
        self._folder = folder
        self._bucket = bucket

    @property
    def has_bucket(self) -> bool:
        """Do finished recordings go elsewhere?"""
        return self._bucket is not None

    def folder(self, recording: str) -> Path:
        """Where one is written."""
        return self._folder / recording

    def free_bytes(self) -> int:
        """How much room there is. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return shutil.disk_usage(self._folder).free

    def find(self, record: RecordingRecord, name: str) -> Path | None:
        """One of its files, if it is here."""
        path = self.folder(record.id) / name
        return path if path.is_file() else None

    async def fetch(self, record: RecordingRecord, name: str, wanted: str | None = None) -> Fetched | None:
        """One of its files, or the part of it that a Range header wants, from the bucket.

        Raises BucketError.
        """
        if self._bucket is None or record.place != "bucket":
            return None
        return await asyncio.to_thread(self._bucket.get, f"{record.id}/{name}", wanted)

    async def bring(self, record: RecordingRecord) -> Path:
        """Its folder, with all its files in it. Raises BucketError or OSError."""
        folder = self.folder(record.id)
        for name in names_of(record):
            path = folder / name
            if not path.is_file() and (found := await self.fetch(record, name)) is not None:
                await asyncio.to_thread(_save, found, path)
        return folder

    async def leave(self, record: RecordingRecord) -> None:
        """What was brought is not needed here any more."""
        if record.place == "bucket":
            await asyncio.to_thread(_remove, self.folder(record.id), names_of(record))

    async def put_away(self, record: RecordingRecord) -> None:
        """Into the bucket, and out of the folder. Raises BucketError."""
        if self._bucket is None:
            return
        folder, names = self.folder(record.id), names_of(record)
        for name in names:
            if (folder / name).is_file():
                await asyncio.to_thread(self._bucket.put, folder / name, f"{record.id}/{name}")
        await asyncio.to_thread(_remove, folder, names)

    async def delete(self, record: RecordingRecord) -> None:
        """It is no more. Raises BucketError."""
        if self._bucket is not None and record.place == "bucket":
            await asyncio.to_thread(self._bucket.delete, record.id)
        await asyncio.to_thread(shutil.rmtree, self.folder(record.id), True)


def names_of(record: RecordingRecord) -> list[str]:
    """The files of a recording."""
    return [*ALWAYS, *(str(file["name"]) for file in record.files)]


async def parts_of(found: Fetched) -> AsyncIterator[bytes]:
    """The bytes of an object, each part waited for in a thread. Raises BucketError."""
    while True:
        try:
            part = await asyncio.to_thread(next, found.parts, None)
        except Exception as error:  # what a broken connection raises is urllib3's own
            raise BucketError(str(error)) from error
        if part is None:
            return
        yield part


def _save(found: Fetched, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(f".{path.name}.part")
    with unfinished.open("wb") as file:
        for part in found.parts:
            file.write(part)
    unfinished.replace(path)


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
    for left in folder.glob(".*"):
        left.unlink(missing_ok=True)
    with suppress(OSError):  # something else was put there
        folder.rmdir()
