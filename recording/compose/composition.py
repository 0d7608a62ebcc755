"""A composition as a job: begun, killed, begun again, done.

Its parts stand in a folder beside the film; a part that is whole has its own name. So
who begins again goes on with the first part that is missing.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import av
import orjson

from recording.compose.director import Director, Look
from recording.compose.film import ENCODINGS, PART, PicturePart, join, write_sound
from recording.compose.job import PART_S, Format
from recording.compose.sound import RATE, mixed
from recording.manifest import MANIFEST, Manifest, read_manifest

SOUND_SHARE: Final = 0.05
"""Of the whole work, for the progress that is shown."""

VERSION: Final = 2
"""Parts of another version of this code are made anew."""


class CannotCompose(Exception):
    """`code`: ``not_found`` (no recording), ``conflict`` (it still runs; the film is being made elsewhere),
    ``empty`` (nothing was recorded), ``failed`` (the disk)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made of the recording in `folder`."""

    folder: Path
    out: Path
    format: Format = "mp4"
    look: Look = field(default_factory=Look)
    part_s: int = PART_S


Progress = Callable[[float], None]
"""Told the share that is done, 0–1."""


def compose(order: Order, progress: Progress = lambda share: None) -> Path:
    """Make the film; its path. Raises CannotCompose."""
    manifest = read_manifest(order.folder)
    if manifest is None:
        raise CannotCompose("not_found", f"{order.folder} holds no recording")
    if manifest.state == "recording":
        raise CannotCompose("conflict", "the recording is not finished")
    if manifest.duration_ms <= 0 or not any(track.files for track in manifest.tracks):
        raise CannotCompose("empty", "nothing was recorded")
    try:
        with _parts_folder(order) as parts:
            _Composer(order, manifest, parts, progress).run()
            shutil.rmtree(parts, ignore_errors=True)
    except (OSError, av.FFmpegError) as error:
        raise CannotCompose("failed", str(error)) from error
    return order.out


@contextmanager
def _parts_folder(order: Order) -> Iterator[Path]:
    """The folder of the parts, ours alone, without those of another order."""
    parts = order.out.with_name(f".{order.out.name}.parts")
    parts.mkdir(parents=True, exist_ok=True)
    with (parts / "order").open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotCompose("conflict", f"{order.out.name} is being made already") from None
        file.seek(0)
        wanted = _fingerprint(order)
        if file.read() != wanted:
            for old in parts.glob(f"*.{PART}"):
                old.unlink()
            file.truncate(0)
            file.write(wanted)
            file.flush()
        yield parts


def _fingerprint(order: Order) -> bytes:
    look = {name: str(value) for name, value in asdict(order.look).items()}
    recorded = hashlib.sha256((order.folder / MANIFEST).read_bytes()).hexdigest()
    made = {"version": VERSION, "format": order.format, "part_s": order.part_s, "manifest": recorded}
    return orjson.dumps(made | look)


class _Composer:
    def __init__(self, order: Order, manifest: Manifest, parts: Path, progress: Progress) -> None:
        self._order = order
        self._manifest = manifest
        self._parts = parts
        self._progress = progress
        self._encoding = ENCODINGS[order.format]
        fps = order.look.fps
        self._frames = max(1, manifest.duration_ms * fps // 1000)
        self._in_part = order.part_s * fps

    def run(self) -> None:
        """All that is missing."""
        sound = self._sound()
        pictures = self._pictures()
        order = self._order
        unfinished = order.out.with_name(f".{order.out.name}")
        title = str(self._manifest.about.get("title") or self._manifest.about.get("room") or "")
        join(unfinished, order.format, pictures, sound, title)
        unfinished.replace(order.out)
        self._progress(1.0)

    def _sound(self) -> Path | None:
        manifest = self._manifest
        if not any(track.kind == "audio" and track.files for track in manifest.tracks):
            return None
        path = self._parts / f"sound.{PART}"
        if not path.exists():
            samples = self._frames * RATE // self._order.look.fps
            unfinished = self._parts / "unfinished"
            for written in write_sound(
                unfinished, self._encoding, mixed(self._order.folder, manifest, samples)
            ):
                self._progress(SOUND_SHARE * written / samples)
            unfinished.replace(path)
        return path

    def _pictures(self) -> list[Path]:
        look = self._order.look
        paths = []
        director: Director | None = None
        try:
            for number, first in enumerate(range(0, self._frames, self._in_part)):
                path = self._parts / f"{number:06}.{PART}"
                paths.append(path)
                if path.exists():
                    continue
                if director is None:
                    director = Director(self._order.folder, self._manifest, look)
                self._picture_part(path, director, first, min(first + self._in_part, self._frames))
        finally:
            if director is not None:
                director.close()
        return paths

    def _picture_part(self, path: Path, director: Director, first: int, end: int) -> None:
        look = self._order.look
        unfinished = self._parts / "unfinished"
        part = PicturePart(unfinished, self._encoding, look.width, look.height, look.fps, first)
        try:
            for number in range(first, end):
                director.advance(number * 1000 // look.fps)
                part.write(director.canvas.pixels)
                if number % look.fps == 0:
                    self._progress(SOUND_SHARE + (1 - SOUND_SHARE) * number / self._frames)
        finally:
            part.close()
        unfinished.replace(path)
