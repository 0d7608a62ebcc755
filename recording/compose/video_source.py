"""The pictures of one track at any moment of the recording, decoded from its files as time goes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream

from recording.compose.canvas import Plane
from recording.compose.raster import planes_of
from recording.manifest import FileEntry, TrackEntry
from recording.repair import PLAYED, WRITTEN

STANDS_MS: Final = 3_000
"""The last picture of a file stands for so long; nobody sees a short gap."""

SEEK_MS: Final = 4_000
"""Further than this a search for the key frame before is less work than decoding all between."""


class VideoSource:
    """Ask it for moments that grow. `frame` is the newest at the moment of the last `advance`, None where the
    track has none; another object for every other picture."""

    def __init__(self, folder: Path, track: TrackEntry) -> None:
        self.frame: av.VideoFrame | None = None
        self._folder = folder
        self._files = track.files
        self._reader: _FileReader | None = None
        self._scalers: dict[tuple[int, int], VideoReformatter] = {}

    def advance(self, at_ms: int) -> None:
        """Go on to a moment."""
        entry = next((one for one in reversed(self._files) if one.offset_ms <= at_ms), None)
        if entry is None or at_ms > entry.offset_ms + entry.duration_ms + STANDS_MS:
            self.frame = None
            return
        if self._reader is None or self._reader.entry is not entry:
            self.close()
            self._reader = _FileReader(self._folder, entry)
        self.frame = self._reader.frame_at(at_ms - entry.offset_ms)

    def planes(self, width: int, height: int) -> list[Plane]:
        """The frame, whole, as large as fits into `width` × `height`; its size is even. There must be one."""
        frame = self.frame
        assert frame is not None
        scale = min(width / frame.width, height / frame.height)
        w, h = max(2, round(frame.width * scale) // 2 * 2), max(2, round(frame.height * scale) // 2 * 2)
        scaler = self._scalers.setdefault((w, h), VideoReformatter())
        scaled = scaler.reformat(frame, w, h, "yuv420p", interpolation=Interpolation.BILINEAR)
        return planes_of(scaled)

    def close(self) -> None:
        """Close the file."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None


class _FileReader:
    """Decodes one file forward. What cannot be decoded is left out."""

    def __init__(self, folder: Path, entry: FileEntry) -> None:
        self.entry = entry
        self._shown: av.VideoFrame | None = None
        self._next: av.VideoFrame | None = None
        self._next_ms = 0
        self._container: av.container.InputContainer | None = None
        try:
            self._container = av.open(str(_found(folder / entry.name)), metadata_errors="replace")
            self._stream: VideoStream = self._container.streams.video[0]
            self._stream.thread_type = "AUTO"
            self._frames = self._decoded()
            self._step()
        except (av.FFmpegError, IndexError):
            self.close()

    def frame_at(self, at_ms: int) -> av.VideoFrame | None:
        """The newest at that time of the file."""
        if self._next is not None and at_ms > self._next_ms + SEEK_MS:
            self._seek(at_ms)
        while self._next is not None and self._next_ms <= at_ms:
            self._shown = self._next
            self._step()
        return self._shown

    def close(self) -> None:
        """No more of it."""
        self._next = None
        if self._container is not None:
            self._container.close()
            self._container = None

    def _seek(self, at_ms: int) -> None:
        if self._container is None:
            return
        try:
            self._container.seek(at_ms * 1000)
        except av.FFmpegError:
            return  # a file without an index: all of it is decoded
        self._frames = self._decoded()
        self._step()

    def _step(self) -> None:
        self._next = next(self._frames, None)
        if self._next is not None and self._next.time is not None:
            self._next_ms = round(self._next.time * 1000)

    def _decoded(self) -> Iterator[av.VideoFrame]:
        container = self._container
        if container is None:
            return
        packets = container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
                frames = packet.decode()
            except StopIteration:
                return
            except av.FFmpegError:
                continue
            yield from frames


def _found(path: Path) -> Path:
    """Where a file is: it may have been mended since the manifest was read."""
    copied = path.with_suffix(PLAYED)
    return copied if path.suffix == WRITTEN and not path.exists() and copied.exists() else path
