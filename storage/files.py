"""Files of boards in the data folder: by room, then by the SHA-256 of what is in them.

A room's files are its own, though the same file may be in another room too: so what a room holds can be
counted, and nobody learns from here what another room has.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from weakref import WeakValueDictionary

ROOM_NAME = 32
AT_ONCE = 4
"""Files that are written at once in a room."""

SILENCE_S = 20.0
"""A file of which nothing comes for so long is given up: others wait for its place."""


class FileRefused(Exception):
    """It is not what it is called, or too large; `code` is that of the API."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class StoredFiles:
    """Below one folder, which is made with the first file."""

    def __init__(self, folder: Path, silence_s: float = SILENCE_S) -> None:
        self._folder = folder
        self._silence_s = silence_s
        # Who sends slowly, or is gone without a word, keeps nobody waiting but their own room.
        self._writing: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def folder(self, room: str) -> Path:
        """Where the files of a room are, by their SHA-256."""
        return self._folder / sha256(room.encode()).hexdigest()[:ROOM_NAME]

    def find(self, room: str, digest: str) -> Path | None:
        """A file, None if the room has none such; `digest` is 64 hexadecimal digits."""
        path = self.folder(room) / digest
        return path if path.is_file() else None

    async def put(
        self, room: str, digest: str, parts: AsyncIterator[bytes], most: int, room_most: int
    ) -> Path:
        """Keep a file; returns where. At most `most` bytes, `room_most` of all in the room.

        Raises `FileRefused`: ``too_large``, ``bad_message`` if its digest is another, ``unavailable`` if
        nothing comes any more; OSError.
        """
        folder = self.folder(room)
        async with self._writing.setdefault(room, asyncio.Semaphore(AT_ONCE)):
            await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
            held = await asyncio.to_thread(_held, folder)
            number, name = await asyncio.to_thread(tempfile.mkstemp, dir=self._folder)
            path = Path(name)
            try:
                with os.fdopen(number, "wb") as file:
                    found, size = sha256(), 0
                    while (part := await self._next(parts)) is not None:
                        size += len(part)
                        if size > most:
                            raise FileRefused("too_large", f"at most {most} bytes")
                        if held + size > room_most:
                            raise FileRefused("too_large", "the room's files are too large together")
                        found.update(part)
                        await asyncio.to_thread(file.write, part)
                    if found.hexdigest() != digest:
                        raise FileRefused("bad_message", "its SHA-256 is another")
                    await asyncio.to_thread(_sync, file)
                return await asyncio.to_thread(path.replace, folder / digest)
            finally:
                await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _next(self, parts: AsyncIterator[bytes]) -> bytes | None:
        try:
            async with asyncio.timeout(self._silence_s):
                return await anext(parts, None)
        except TimeoutError:
            raise FileRefused("unavailable", f"nothing came for {self._silence_s:g} s") from None


def _held(folder: Path) -> int:
    return sum([entry.stat().st_size for entry in os.scandir(folder)])


def _sync(file: BinaryIO) -> None:
    # What Python still holds is not the kernel's to write.
    file.flush()
    os.fsync(file.fileno())
