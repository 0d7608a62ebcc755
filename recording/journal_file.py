"""`journal.jsonl`: numbered lines, each whole and each once, whatever is interrupted or sent again."""

from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

BLOCK_BYTES: Final = 1 << 20


class JournalFile:
    """Appends to a file that an earlier recorder may have begun; lines wait for `write`."""

    def __init__(self, path: Path) -> None:
        self.written = 0
        """The number of the last line in the file."""
        self._path = path
        self._size: int | None = None  # of whole lines; None: the file was not looked at
        self._waiting: list[tuple[int, bytes]] = []

    def add(self, number: int, line: dict[str, Any]) -> None:
        """One more line; a number that was there before is the same line again."""
        taken = self._waiting[-1][0] if self._waiting else self.written
        if number > taken:
            self._waiting.append((number, orjson.dumps({"n": number, **line}) + b"\n"))

    def write(self) -> None:
        """Write what waits. OSError if that is not possible; the next call tries again."""
        if self._size is None:
            self._resume()
        if not self._waiting:
            return
        with self._path.open("ab", buffering=0) as file:
            rest = memoryview(b"".join([line for _, line in self._waiting]))
            size = len(rest)
            try:
                while rest:  # a disk that becomes full takes a part
                    rest = rest[file.write(rest) :]
            except OSError:
                file.truncate(self._size)
                raise
        self._size = (self._size or 0) + size
        self.written = self._waiting[-1][0]
        self._waiting.clear()

    def _resume(self) -> None:
        with self._path.open("a+b") as file:
            self._size, last = _last_line(file)
            file.truncate(self._size)
        self.written = max(self.written, _number(last))
        self._waiting = [entry for entry in self._waiting if entry[0] > self.written]


def _last_line(file: BinaryIO) -> tuple[int, bytes]:
    """Where the last whole line ends, and that line; (0, b"") if there is none."""
    begin, tail = file.seek(0, 2), b""
    while begin and tail.count(b"\n") < 2:
        end, begin = begin, max(0, begin - BLOCK_BYTES)
        file.seek(begin)
        tail = file.read(end - begin) + tail
    stop = tail.rfind(b"\n")
    if stop < 0:
        return 0, b""
    return begin + stop + 1, tail[tail.rfind(b"\n", 0, stop) + 1 : stop]


def _number(line: bytes) -> int:
    try:
        return int(orjson.loads(line)["n"])
    except (ValueError, KeyError, TypeError):
        return 0
