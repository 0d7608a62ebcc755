"""An independent participant, written from the protocol's description alone: signaling by aiohttp, media by
aiortc.

It shares no code with the server or the project's own client, so it notices when both are wrong together.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Any, Literal, Self

import aiohttp
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.sdp import candidate_from_sdp

from tests.e2e.aiortc_tracks import PatternCamera, ToneMicrophone, Watcher

Message = dict[str, Any]
PublishedCodec = Literal["VP8", "H264"]

SUBPROTOCOL = "sfumato.v1"
REPLY_TIMEOUT_S = 30
SLOT_CODECS = ("opus", "VP8", "H264", "rtx")


class ProtocolError(Exception):
    """The server answered with an error, closed the socket, or did not behave as described."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class AiortcClient:
    """One participant; an async context manager that opens the socket and, at the end, leaves.

    - `participant`: its own object of `joined`; `participants`, `tracks`: everybody's, by id, kept current.
    - `slots`: by mid, the last entry of a `slots` event; `seats`: by mid, from the answer.
    - `watched`: by mid, what was received and decoded there.
    - `events`: every event in the order it came.
    """

    def __init__(self, url: str, token: str) -> None:
        self.participant: Message = {}
        self.participants: dict[str, Message] = {}
        self.tracks: dict[str, Message] = {}
        self.slots: dict[str, Message] = {}
        self.seats: dict[str, int] = {}
        self.watched: dict[str, Watcher] = {}
        self.events: list[Message] = []
        self.close_code: int | None = None
        self._url, self._token = url, token
        self._numbers = count(1)
        self._replies: dict[int, asyncio.Future[Message]] = {}
        self._changed = asyncio.Event()
        self._http = aiohttp.ClientSession()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None
        self._sources: dict[str, str] = {}  # mid: source, of every m-line that publishes
        self.connection = RTCPeerConnection(RTCConfiguration(bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._publishing: list[tuple[RTCRtpTransceiver, str]] = []

    async def __aenter__(self) -> Self:
        self._socket = await self._http.ws_connect(f"{self._url}/rtc", protocols=[SUBPROTOCOL])
        self._reading = asyncio.create_task(self._read(self._socket))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None and not self._socket.closed:
            await self._socket.send_str(json.dumps({"type": "leave"}))
            await self._socket.close()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)
        for watcher in self.watched.values():
            await watcher.stop()
        await self.connection.close()
        await self._http.close()

    async def request(self, kind: str, **content: Any) -> Message:
        """Send a request, give its reply. Raises ProtocolError for an `error` or a closed socket."""
        if self._socket is None:
            raise ProtocolError("closed", "not open yet")
        number = next(self._numbers)
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(json.dumps({"type": kind, "id": number, **content}))
        async with asyncio.timeout(REPLY_TIMEOUT_S):
            message: Message = await reply
        if message["type"] == "error":
            raise ProtocolError(message["code"], message["message"])
        return message

    async def join(self) -> Message:
        """Join the token's room; the reply `joined`."""
        joined = await self.request("join", token=self._token)
        self.participant = joined["participant"]
        self.participants |= {participant["id"]: participant for participant in joined["participants"]}
        self.tracks |= {track["id"]: track for track in joined["tracks"]}
        return joined

    async def negotiate(
        self,
        person: int | None = None,
        codec: PublishedCodec = "VP8",
        video_slots: int = 4,
        audio_slots: int = 4,
    ) -> Message:
        """Publish a camera that films `person` and a microphone (None: publish nothing), and open slots."""
        if person is not None:
            self._publish(ToneMicrophone(), "microphone")
            camera = self._publish(PatternCamera(person), "camera")
            capabilities = RTCRtpSender.getCapabilities("video")
            assert capabilities is not None
            camera.setCodecPreferences([c for c in capabilities.codecs if c.name in (codec, "rtx")])
        for kind, number in (("audio", audio_slots), ("video", video_slots)):
            for _ in range(number):
                slot = self.connection.addTransceiver(kind, direction="recvonly")
                received = RTCRtpReceiver.getCapabilities(kind)
                assert received is not None
                slot.setCodecPreferences([c for c in received.codecs if c.name in SLOT_CODECS])
        return await self._offer()

    async def _offer(self) -> Message:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        self._sources = {str(transceiver.mid): source for transceiver, source in self._publishing}
        answer = await self.request(
            "offer",
            sdp=self.connection.localDescription.sdp,
            tracks=[{"mid": mid, "source": source} for mid, source in self._sources.items()],
        )
        self.seats = {slot["mid"]: slot["seat"] for slot in answer["slots"]}
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp=answer["sdp"], type="answer"))
        await self._add_candidates(answer["sdp"])
        for transceiver in self.connection.getTransceivers():
            if transceiver.mid in self.seats and transceiver.mid not in self.watched:
                self.watched[transceiver.mid] = Watcher(transceiver.receiver.track)
        return answer

    async def _add_candidates(self, sdp: str) -> None:
        # RFC 8843 §7.1.3: a bundle's candidates stand in its first section. aiortc looks into its last one.
        first = str(self.connection.getTransceivers()[0].mid)
        for line in sdp.splitlines():
            if line.startswith("a=candidate:"):
                candidate = candidate_from_sdp(line.removeprefix("a=candidate:"))
                candidate.sdpMid = first
                await self.connection.addIceCandidate(candidate)
        await self.connection.addIceCandidate(None)

    def _publish(self, track: PatternCamera | ToneMicrophone, source: str) -> RTCRtpTransceiver:
        transceiver = self.connection.addTransceiver(track, direction="sendonly")
        self._publishing.append((transceiver, source))
        return transceiver

    async def until(self, condition: Callable[[], bool], timeout_s: float = 30) -> None:
        """Wait until a condition holds. Raises ProtocolError, saying how things stand, if it does not."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout_s
        while not condition():
            if loop.time() > end:
                raise ProtocolError("not in time", self.describe())
            # Media gives no event here: look again every so often.
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await self._changed.wait()
            self._changed.clear()

    def seen(self, participant: str) -> Watcher | None:
        """What is received in the video slot that shows `participant` now."""
        for mid, slot in self.slots.items():
            watcher = self.watched.get(mid)
            if slot["participant"] == participant and watcher is not None and self._kind(mid) == "video":
                return watcher
        return None

    def describe(self) -> str:
        """The state of connection, slots and received media, for the report of a test that fails."""
        media = {
            mid: (w.frames, f"{w.width}x{w.height}", dict(w.people), w.energy)
            for mid, w in self.watched.items()
            if w.frames
        }
        slots = {mid: (s["participant"], s["paused"]) for mid, s in self.slots.items() if s["participant"]}
        return f"{self.connection.connectionState}, slots {slots}, received {media}"

    def heard_energy(self) -> float:
        """The energy received in all audio slots."""
        return sum(watcher.energy for mid, watcher in self.watched.items() if self._kind(mid) == "audio")

    def _kind(self, mid: str) -> str:
        return next(str(t.kind) for t in self.connection.getTransceivers() if t.mid == mid)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            message: Message = json.loads(frame.data)
            reply = self._replies.pop(message["id"], None) if "id" in message else None
            if reply is not None:
                reply.set_result(message)
            else:
                self.events.append(message)
                self._apply(message)
            self._changed.set()
        self.close_code = socket.close_code
        for waiting in self._replies.values():
            if not waiting.done():
                waiting.set_exception(ProtocolError("closed", str(socket.close_code)))
        self._changed.set()

    def _apply(self, event: Message) -> None:
        match event["type"]:
            case "participant_joined" | "participant_updated":
                self.participants[event["participant"]["id"]] = event["participant"]
            case "participant_left":
                self.participants.pop(event["participant"], None)
            case "track_published" | "track_updated":
                self.tracks[event["track"]["id"]] = event["track"]
            case "track_unpublished":
                self.tracks.pop(event["track"], None)
            case "slots":
                self.slots |= {slot["mid"]: slot for slot in event["slots"]}
