"""Whose a recording's folder is: one process writes there, and a repair waits for it."""

import fcntl
import os
from pathlib import Path
from typing import Final

LOCK: Final = ".lock"


class FolderLock:
    """Holds a folder until `release`, or until its process ends, however it does."""

    def __init__(self, folder: Path, wait: bool) -> None:
        """BlockingIOError if another has it and we do not `wait`; OSError if nothing can be written there."""
        self._path = folder / LOCK
        self._lock = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            os.close(self._lock)
            raise

    def release(self) -> None:
        """Let go of it."""
        self._path.unlink(missing_ok=True)
        os.close(self._lock)


class FolderLocks:
    """Those of a recorder."""

    def __init__(self) -> None:
        self._locks: dict[Path, FolderLock] = {}

    def claim(self, folder: Path) -> None:
        """Make the folder if need be, and hold it; raises as `FolderLock` does."""
        folder.mkdir(parents=True, exist_ok=True)
        self._locks[folder] = FolderLock(folder, wait=False)

    def release(self, folder: Path) -> None:
        """Let go of it, if it was held."""
        lock = self._locks.pop(folder, None)
        if lock is not None:
            lock.release()
