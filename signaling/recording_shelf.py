"""Where recordings and their films are kept: in the data folder, and, once finished, in a bucket if there is
one."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from errno import ENOSPC
from pathlib import Path
from typing import Final

from recording.bucket import Bucket, BucketError, Fetched
from storage.recordings import RecordingRecord

ALWAYS: Final = ("manifest.json", "journal.jsonl")
FILMS: Final = "compositions"
"""The folder of a recording's films, within its own."""

SCRATCH: Final = ".scratch"
"""Beside the recordings: what is fetched for as long as it is worked on."""


class Shelf:
    """`folder` holds a folder for each recording that this node writes, or still has.

    `spare_bytes` of the disk are left to others by who works on recordings.
    """

    def __init__(self, folder: Path, bucket: Bucket | None = None, spare_bytes: int = 0) -> None:
        self._folder = folder
        self._bucket = bucket
        self._spare_bytes = spare_bytes

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
        if self._bucket is None:
            return None
        return await asyncio.to_thread(self._bucket.get, f"{record.id}/{name}", wanted)

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
        """It is no more, nor its films. Raises BucketError."""
        if self._bucket is not None:  # something may be there before all is
            await asyncio.to_thread(self._bucket.delete, record.id)
        await asyncio.to_thread(shutil.rmtree, self.folder(record.id), True)

    # --- films -------------------------------------------------------------------------------------------

    def film(self, recording: str, film: str) -> Path:
        """Where one is made, and kept without a bucket."""
        return self.folder(recording) / FILMS / film

    async def put_film_away(self, recording: str, film: str) -> None:
        """Into the bucket; here it stays until `remove_film_here`. Raises BucketError or OSError."""
        if self._bucket is not None:
            path = self.film(recording, film)
            await asyncio.to_thread(self._bucket.put, path, f"{recording}/{FILMS}/{film}")

    async def remove_film_here(self, recording: str, film: str) -> None:
        """The film, and what was left of making it, out of the folder."""
        await asyncio.to_thread(_remove_film, self.film(recording, film))

    async def take_film_back(self, recording: str, film: str) -> None:
        """Out of the bucket; what is here stays. Raises BucketError."""
        if self._bucket is not None:
            await asyncio.to_thread(self._bucket.remove, f"{recording}/{FILMS}/{film}")

    async def delete_film(self, recording: str, film: str) -> None:
        """It is no more. Raises BucketError."""
        await self.take_film_back(recording, film)
        await self.remove_film_here(recording, film)

    # --- at hand -----------------------------------------------------------------------------------------

    @asynccontextmanager
    async def at_hand(self, record: RecordingRecord) -> AsyncIterator[Path]:
        """A folder with all its files while the context lasts. Raises BucketError or OSError.

        With a bucket that is a folder of its own, so that the files may be put away meanwhile.
        """
        if self._bucket is None:
            await self._check_room(0)
            yield self.folder(record.id)
            return
        scratch = self._folder / SCRATCH / record.id
        try:
            await asyncio.to_thread(_link_all, self.folder(record.id), scratch, names_of(record))
            await self._fetch_missing(self._bucket, record, scratch)
            yield scratch
        finally:
            await asyncio.to_thread(shutil.rmtree, scratch, True)

    async def _fetch_missing(self, bucket: Bucket, record: RecordingRecord, scratch: Path) -> None:
        facts = {str(file["name"]): file for file in record.files}
        missing = [name for name in names_of(record) if not (scratch / name).is_file()]
        wanted_bytes = sum(int(facts[name]["bytes"]) for name in missing if name in facts)
        await self._check_room(wanted_bytes)
        for name in missing:
            found = await asyncio.to_thread(bucket.get, f"{record.id}/{name}")
            if found is not None:
                digest = await asyncio.to_thread(_save, found, scratch / name)
                if digest != facts.get(name, {}).get("sha256", digest):
                    raise BucketError(f"{name}: the bucket has something else")

    async def _check_room(self, wanted_bytes: int) -> None:
        free = await asyncio.to_thread(self.free_bytes)
        if wanted_bytes + self._spare_bytes > free:
            raise OSError(ENOSPC, f"the disk is full: {free >> 20} MiB are free")

    def clear_scratch(self) -> None:
        """What an earlier life of this node was working on."""
        shutil.rmtree(self._folder / SCRATCH, ignore_errors=True)


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


def _link_all(folder: Path, scratch: Path, names: Iterable[str]) -> None:
    """The files that are here, in another folder too."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, mode=0o700)
    for name in names:
        with suppress(FileNotFoundError):
            try:
                os.link(folder / name, scratch / name)
            except FileNotFoundError:
                raise
            except OSError:  # a file system without links
                shutil.copyfile(folder / name, scratch / name)


def _save(found: Fetched, path: Path) -> str:
    """Its SHA-256. Raises BucketError or OSError."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        try:
            for part in found.parts:
                digest.update(part)
                file.write(part)
        except OSError:
            raise
        except Exception as error:  # what a broken connection raises is urllib3's own
            raise BucketError(str(error)) from error
    return digest.hexdigest()


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
    for left in folder.glob(".*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
    with suppress(OSError):  # something else was put there
        folder.rmdir()


def _remove_film(path: Path) -> None:
    unfinished = path.with_name(f".{path.name}")
    shutil.rmtree(path.with_name(f".{path.name}.parts"), ignore_errors=True)
    for one in (path, unfinished):
        one.unlink(missing_ok=True)
    with suppress(OSError):  # other films, other files
        path.parent.rmdir()
        path.parent.parent.rmdir()
