"""What the aiortc client films and says, and what it makes of what it receives."""

import asyncio
from collections import Counter
from fractions import Fraction

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from loadtests import pattern

CHROMA_GREY = 128
VIDEO_CLOCK = Fraction(1, 90_000)
SAMPLE_RATE = 48_000
SAMPLES = 960  # 20 ms
TONE_HZ = 440


class Pacer:
    """Waits until the next frame is due, so that frames come in real time without drifting."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._start: float | None = None
        self._number = -1

    async def next(self) -> int:
        """The number of the frame that is due now."""
        now = asyncio.get_running_loop().time()
        if self._start is None:
            self._start = now
        self._number += 1
        await asyncio.sleep(self._start + self._number * self._interval_s - now)
        return self._number


class PatternCamera(MediaStreamTrack):
    """A camera that films a person's pattern."""

    kind = "video"

    def __init__(self, person: int, width: int = 640, height: int = 360, fps: int = 15) -> None:
        super().__init__()
        self._person, self._width, self._height, self._fps = person, width, height, fps
        self._pacer = Pacer(1 / fps)

    async def recv(self) -> av.VideoFrame:
        if self.readyState != "live":
            raise MediaStreamError
        number = await self._pacer.next()
        luma = pattern.draw(self._person, self._width, self._height, number)
        chroma = np.full((self._height // 2, self._width), CHROMA_GREY, np.uint8)
        frame = av.VideoFrame.from_ndarray(np.concatenate([luma, chroma]), format="yuv420p")
        frame.pts = number * 90_000 // self._fps
        frame.time_base = VIDEO_CLOCK
        return frame


class ToneMicrophone(MediaStreamTrack):
    """A microphone that hears one tone."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._pacer = Pacer(SAMPLES / SAMPLE_RATE)

    async def recv(self) -> av.AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        number = await self._pacer.next()
        seconds = (np.arange(SAMPLES) + number * SAMPLES) / SAMPLE_RATE
        samples = (np.sin(2 * np.pi * TONE_HZ * seconds) * 8_000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = number * SAMPLES
        frame.time_base = Fraction(1, SAMPLE_RATE)
        return frame


class Watcher:
    """Decodes a received track for as long as it lasts and remembers what came.

    `people` counts the video frames of each person (None: no clear pattern), `energy` sums the squares of
    audio samples between -1 and 1.
    """

    def __init__(self, track: MediaStreamTrack) -> None:
        self.frames = 0
        self.width = 0
        self.height = 0
        self.person: int | None = None
        self.people: Counter[int | None] = Counter()
        self.energy = 0.0
        self._track = track
        self._task = asyncio.ensure_future(self._watch())

    async def stop(self) -> None:
        """Stop watching."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            try:
                frame = await self._track.recv()
            except MediaStreamError:
                return
            self.frames += 1
            if isinstance(frame, av.VideoFrame):
                self.width, self.height = frame.width, frame.height
                self.person = pattern.read(frame.to_ndarray(format="gray"))
                self.people[self.person] += 1
            elif isinstance(frame, av.AudioFrame):
                samples = frame.to_ndarray().astype(np.float64) / 32_768
                self.energy += float((samples**2).sum())
