"""Where recordings are kept: the data folder."""

import asyncio
import shutil
from pathlib import Path

from storage.recordings import RecordingRecord


class Shelf:
    """`folder` holds a folder for each recording of this node."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def folder(self, recording: str) -> Path:
        """Where one is written."""
        return self._folder / recording

    def free_bytes(self) -> int:
        """How much room there is. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return shutil.disk_usage(self._folder).free

    def find(self, record: RecordingRecord, name: str) -> Path | None:
        """One of its files."""
        path = self.folder(record.id) / name
        return path if path.is_file() else None

    async def put_away(self, record: RecordingRecord) -> RecordingRecord:
        """It is finished."""
        return record

    async def delete(self, record: RecordingRecord) -> None:
        """It is no more."""
        await asyncio.to_thread(shutil.rmtree, self.folder(record.id), True)
