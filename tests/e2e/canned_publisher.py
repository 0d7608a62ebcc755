"""Publishers without an encoder: canned pictures that say whose they are, sent by the client library."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from client.meeting import Client, PublishedTrack, connect
from client.session import dev_token
from loadtests.canned import CannedVideo

CLOCK_RATE = 90_000


class CannedCamera:
    """Sends a canned video on a published track, with a key frame whenever the server asks for one."""

    def __init__(self, client: Client, published: PublishedTrack, video: CannedVideo) -> None:
        self.person = video.person
        self.keyframes_sent = 0
        self._client = client
        self._published = published
        self._stream = published.track.stream
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


@asynccontextmanager
async def canned_publisher(server_url: str, room: str, video: CannedVideo) -> AsyncIterator[CannedCamera]:
    """A participant whose camera shows `video` as long as the context lasts."""
    token = await dev_token(server_url, room, f"person-{video.person}")
    async with connect(server_url, token) as client:
        camera = CannedCamera(client, client.publish("camera", (video.codec,)), video)
        await client.negotiate()
        filming = asyncio.create_task(camera.film())
        try:
            yield camera
        finally:
            filming.cancel()
            await asyncio.gather(filming, return_exceptions=True)
