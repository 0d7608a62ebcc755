"""A publisher of canned media in real time: VP8 in bursts or spaced, Opus every 20 ms."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from client.sending import SendStream
from loadtests.canned import CannedOpus, CannedVideo
from loadtests.latency import stamp

AUDIO_EVERY_S = 0.020
AUDIO_TICKS = 960
VIDEO_CLOCK = 90_000
VOICE = 0x80 | 30
"""RFC 6464: somebody speaks, at -30 dBov."""

MAX_SPREAD = 0.9
"""Of a frame's time: however many packets a key frame has, they are out before the next frame."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a frame leaves: `spacing_s` between its packets, `equal` cuts all to the size of the smallest;
    `stamped` payloads carry their sending time (and do not decode)."""

    spacing_s: float = 0.0
    equal: bool = True
    stamped: bool = True


class LightPublisher:
    """Sends a camera and a microphone on the running loop, from `start` to `stop`.

    `flush` hands what the streams have written to the network, at the loop's time.
    """

    def __init__(
        self,
        video: tuple[SendStream, CannedVideo],
        audio: tuple[SendStream, CannedOpus],
        pace: Pace,
        flush: Callable[[float], None],
        random: Random,
    ) -> None:
        self._video, self._pictures = video
        self._audio, self._voice = audio
        self._pace = pace
        self._flush = flush
        self._loop = asyncio.get_running_loop()
        self._frames = 0
        self._packets = 0
        self._keyframe = True
        self._running = False
        self._frame_s = 1 / self._pictures.fps
        now = self._loop.time()
        # Anywhere in their period: ten publishers must not send their frames together.
        self._video_from = now + random.random() * self._frame_s
        self._audio_from = now + random.random() * AUDIO_EVERY_S
        self._video.on_keyframe_wanted = self._want_keyframe

    def start(self) -> None:
        """Begin to send; the streams are ready."""
        self._running = True
        self._loop.call_at(self._video_from, self._send_frame)
        self._loop.call_at(self._audio_from, self._send_audio)

    def stop(self) -> None:
        """Send nothing more."""
        self._running = False

    def _want_keyframe(self) -> None:
        self._keyframe = True

    def _send_frame(self) -> None:
        if not self._running:
            return
        payloads = self._pictures.frame(self._frames, self._keyframe)
        self._keyframe = False
        if self._pace.equal:
            smallest = min(map(len, payloads))
            payloads = [payload[:smallest] for payload in payloads]
        timestamp = int(self._frames * self._frame_s * VIDEO_CLOCK)
        spacing_s = min(self._pace.spacing_s, MAX_SPREAD * self._frame_s / len(payloads))
        at, last = self._loop.time(), len(payloads) - 1
        for position, payload in enumerate(payloads):
            send_at, marker = at + position * spacing_s, position == last
            if send_at > at:
                self._loop.call_at(send_at, self._send, self._video, payload, timestamp, marker)
            else:
                self._send(self._video, payload, timestamp, marker)
        self._frames += 1
        self._loop.call_at(self._video_from + self._frames * self._frame_s, self._send_frame)

    def _send_audio(self) -> None:
        if not self._running:
            return
        payload = self._voice.packet(self._packets)
        # RFC 3551 §4.1: the marker begins a talkspurt.
        self._send(self._audio, payload, self._packets * AUDIO_TICKS, self._packets == 0, VOICE)
        self._packets += 1
        self._loop.call_at(self._audio_from + self._packets * AUDIO_EVERY_S, self._send_audio)

    def _send(
        self, stream: SendStream, payload: bytes, timestamp: int, marker: bool, level: int | None = None
    ) -> None:
        if not stream.ready:
            return
        if self._pace.stamped:
            payload = stamp(payload, time.time_ns())
        now = self._loop.time()
        stream.send(payload, timestamp, marker, now, level)
        self._flush(now)
