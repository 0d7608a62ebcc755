"""Publishers without an encoder: canned pictures that say whose they are, sent by the client library."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from client.meeting import Client, PublishedTrack, connect
from client.session import dev_token
from loadtests.canned import CannedOpus, CannedVideo
from loadtests.canned_media.opus import PACKET_MS, SAMPLES_PER_PACKET

CLOCK_RATE = 90_000

# RFC 6464: the voice flag and −dBov.
SPEECH = 0x80 | 20
SILENCE = 127
SILENT_PACKETS = 20
"""Without speech one packet of so many is sent, each 400 ms: discontinuous transmission (RFC 7587 §3.1.3)."""


class CannedCamera:
    """Sends a canned video on a published track, or as its encoding `rid`, with a key frame whenever the
    server asks for one."""

    def __init__(self, client: Client, published: PublishedTrack, video: CannedVideo, rid: str = "") -> None:
        self.person = video.person
        self.keyframes_sent = 0
        self._client = client
        self._published = published
        self._stream = published.track.layer(rid)
        self._stream.on_keyframe_wanted = self._want_keyframe
        self._video = video
        self._keyframe = True

    @property
    def track(self) -> str:
        """The track's id. Raises ValueError before the negotiation, or if the server took no such track."""
        if self._published.id is None:
            raise ValueError(f"not published: {self._published.code}")
        return self._published.id

    def _want_keyframe(self) -> None:
        self._keyframe = True

    async def film(self) -> None:
        """Send frames until cancelled, each at its time; those that are late leave at once."""
        loop = asyncio.get_running_loop()
        fps, start, number = self._video.fps, loop.time(), 0
        while True:
            keyframe, self._keyframe = self._keyframe, False
            self.keyframes_sent += keyframe or self._video.next_is_keyframe
            payloads = self._video.frame(number, keyframe)
            self._stream.send_frame(payloads, number * CLOCK_RATE // fps, self._client.now())
            self._client.turn()
            number += 1
            await asyncio.sleep(start + number / fps - loop.time())


class CannedMicrophone:
    """Sends a canned voice with audio levels: silence, and speech for those who have a turn."""

    def __init__(self, client: Client, published: PublishedTrack, voice: CannedOpus) -> None:
        self._client = client
        self._stream = published.track.stream
        self._voice = voice
        self._turn: asyncio.Future[None] | None = None
        self._to_say = 0

    async def speak(self, packets: int) -> None:
        """Speak for so many packets; returns when they are sent. Needs `run`."""
        self._to_say = packets
        self._turn = asyncio.get_running_loop().create_future()
        await self._turn

    async def run(self) -> None:
        """Send until cancelled, each packet at its time."""
        loop = asyncio.get_running_loop()
        start, number = loop.time(), 0
        while True:
            speaks = self._to_say > 0
            if speaks or number % SILENT_PACKETS == 0:
                self._stream.send(
                    self._voice.packet(number),
                    number * SAMPLES_PER_PACKET,
                    False,
                    self._client.now(),
                    SPEECH if speaks else SILENCE,
                )
                self._client.turn()
            if speaks:
                self._to_say -= 1
                if self._to_say == 0 and self._turn is not None:
                    self._turn.set_result(None)
            number += 1
            await asyncio.sleep(start + number * PACKET_MS / 1000 - loop.time())


@asynccontextmanager
async def canned_publisher(server_url: str, room: str, video: CannedVideo) -> AsyncIterator[CannedCamera]:
    """A participant whose camera shows `video` as long as the context lasts."""
    async with simulcast_publisher(server_url, room, {"": video}) as camera:
        yield camera


@asynccontextmanager
async def simulcast_publisher(
    server_url: str, room: str, videos: dict[str, CannedVideo]
) -> AsyncIterator[CannedCamera]:
    """The same with an encoding a rid, lowest first, of one codec and frame rate; the lowest's camera."""
    lowest = next(iter(videos.values()))
    token = await dev_token(server_url, room, f"person-{lowest.person}")
    async with connect(server_url, token) as client:
        published = client.publish("camera", (lowest.codec,), tuple(rid for rid in videos if rid))
        cameras = [CannedCamera(client, published, video, rid) for rid, video in videos.items()]
        await client.negotiate()
        filming = [asyncio.create_task(camera.film()) for camera in cameras]
        try:
            yield cameras[0]
        finally:
            for task in filming:
                task.cancel()
            await asyncio.gather(*filming, return_exceptions=True)
