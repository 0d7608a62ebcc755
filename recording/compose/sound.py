"""All voices of a recording as one sound, each in its place: what was silent then is silent now."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import av
import numpy as np
import numpy.typing as npt

from recording.manifest import FileEntry, Manifest

RATE: Final = 48_000
BLOCK: Final = RATE // 2
"""Samples mixed at once."""

Samples = npt.NDArray[np.float32]
"""Shape (2, samples), ±1."""

QUIET: Final = 0.004
LOOSE_S: Final = 0.010
TIGHT_S: Final = 0.035
"""Samples run on as they were recorded; clocks differ, and where it is quiet the place is put right when it
is off by the first, where it is not by the second, below what is seen at lips (ITU-R BT.1359)."""

CEILING: Final = 0.95


def mixed(folder: Path, manifest: Manifest, samples: int) -> Iterator[Samples]:
    """The whole of it, block by block. Several who speak at once are made softer rather than clipped: the
    gain glides from block to block, and what follows is known."""
    held: Samples | None = None
    limit = gain = 1.0
    for block in _added(folder, manifest, samples):
        peak = float(np.abs(block).max(initial=0.0))
        limit, before = min(1.0, CEILING / peak) if peak > 0 else 1.0, limit
        if held is not None:
            gain = _glide(held, gain, min(before, limit))
            yield held
        else:
            gain = limit
        held = block
    if held is not None:
        _glide(held, gain, limit)
        yield held


def _glide(block: Samples, from_gain: float, to_gain: float) -> float:
    if from_gain < 1.0 or to_gain < 1.0:
        block *= np.linspace(from_gain, to_gain, block.shape[1], dtype=np.float32)
    return to_gain


def _added(folder: Path, manifest: Manifest, samples: int) -> Iterator[Samples]:
    files = [file for track in manifest.tracks if track.kind == "audio" for file in track.files]
    waiting = sorted(files, key=lambda file: file.offset_ms)
    playing: list[_Voice] = []
    for start in range(0, samples, BLOCK):
        size = min(BLOCK, samples - start)
        while waiting and waiting[0].offset_ms * RATE // 1000 < start + size:
            playing.append(_Voice(folder, waiting.pop(0)))
        block = np.zeros((2, size), np.float32)
        for voice in playing:
            voice.add(block, start)
        playing = [voice for voice in playing if not voice.ended]
        yield block


class _Voice:
    """One file, decoded forward."""

    def __init__(self, folder: Path, entry: FileEntry) -> None:
        self.ended = False
        self._offset = entry.offset_ms * RATE // 1000
        self._at: int | None = None
        """Where the next sample stands in the mix."""
        self._rest: tuple[int, Samples] | None = None
        self._pieces = _decoded(folder / entry.name)

    def add(self, block: Samples, start: int) -> None:
        """Add what stands in the block, which begins at sample `start` of the mix."""
        end = start + block.shape[1]
        while not self.ended:
            if self._rest is None:
                piece = next(self._pieces, None)
                if piece is None:
                    self.ended = True
                    return
                self._rest = self._placed(*piece)
            at, samples = self._rest
            if at >= end:
                return
            before = max(0, start - at)
            part = samples[:, before : end - at]
            if part.shape[1]:
                block[:, at + before - start : at + before - start + part.shape[1]] += part
            self._rest = (end, samples[:, end - at :]) if at + samples.shape[1] > end else None

    def _placed(self, place: int, samples: Samples) -> tuple[int, Samples]:
        true = self._offset + place
        at = self._at
        if at is None:
            at = true
        else:
            off_s = abs(true - at) / RATE
            if off_s > TIGHT_S or (off_s > LOOSE_S and float(np.abs(samples).max(initial=0.0)) < QUIET):
                at = true
        self._at = at + samples.shape[1]
        return at, samples


def _decoded(path: Path) -> Iterator[tuple[int, Samples]]:
    """Pieces of a file with their places in it, in samples; what cannot be decoded is left out."""
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
    try:
        container = av.open(str(path), metadata_errors="replace")
    except av.FFmpegError:
        return
    with container:
        streams: Sequence[av.AudioStream] = container.streams.audio
        if not streams:
            return
        packets = container.demux(streams[0])
        while True:
            try:
                packet = next(packets)
                frames = packet.decode()
            except StopIteration:
                return
            except av.FFmpegError:
                continue
            for frame in frames:
                if frame.time is None:
                    continue
                place = round(frame.time * RATE)
                for piece in resampler.resample(frame):
                    yield place, piece.to_ndarray().astype(np.float32, copy=False)
                    place += piece.samples
