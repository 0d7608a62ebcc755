"""A client in a meeting: the signaling session, the peer connection and its sockets as one.

::

    async with connect(url, token) as client:
        camera = client.publish("camera")
        client.open_slots(audio=4, video=4)
        await client.negotiate()
        camera.track.stream.send_frame(...); client.turn()
"""

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from OpenSSL import SSL

from client.capabilities import Capabilities
from client.channel import DataChannel
from client.connection import Connection, ConnectionState
from client.driver import ConnectionDriver
from client.receiving import ReceiveSlot
from client.session import Message, RequestRefused, Session, SessionClosed, open_session
from client.track import SendTrack
from sfu.certificate import Fingerprint, make_certificate
from sfu.clock import WallClock
from sfu.dtls import make_context
from sfu.errors import RemoteError
from sfu.identifiers import Mid, TrackId
from sfu.messages import KIND_OF_SOURCE, Source


@lru_cache(maxsize=1)
def own_identity() -> tuple[SSL.Context, Fingerprint]:
    """The certificate of this process; a key each would cost a thousand bots a second."""
    certificate = make_certificate(datetime.now(UTC))
    return make_context(certificate), certificate.fingerprint()


class PublishedTrack:
    """A track we publish. `id` and `code` are known after `Client.negotiate`; `code` says why not."""

    def __init__(
        self, track: SendTrack, source: Source, name: str, muted: bool, surface: str | None = None
    ) -> None:
        self.track = track
        self.source: Source = source
        self.name = name
        self.muted = muted
        self.surface = surface
        self.id: TrackId | None = None
        self.code: str | None = None


class Client:
    """A participant. `participants` and `tracks` follow the events; `shown` is the last of each slot."""

    def __init__(self, session: Session, connection: Connection, driver: ConnectionDriver) -> None:
        self.session = session
        self.connection = connection
        self.driver = driver
        self.joined: Message = {}
        self.participants: dict[str, Message] = {}
        self.tracks: dict[str, Message] = {}
        self.shown: dict[str, Message] = {}
        self.seats: dict[str, int] = {}
        self.published: list[PublishedTrack] = []
        session.on_event = self._follow

    # --- the meeting -------------------------------------------------------------------------------------

    async def join(self, token: str, room: str | None = None, resume: str | None = None) -> Message:
        """Join; the reply is kept in `joined`. SessionClosed with PROTOCOL.md's code if refused."""
        fields: dict[str, Any] = {"token": token, "room": room, "resume": resume}
        self.joined = await self.session.request(
            "join", **{name: value for name, value in fields.items() if value is not None}
        )
        self.participants |= {entry["id"]: entry for entry in self.joined["participants"]}
        self.tracks |= {entry["id"]: entry for entry in self.joined["tracks"]}
        return self.joined

    @property
    def id(self) -> str:
        """Our participant's id."""
        identifier: str = self.joined["participant"]["id"]
        return identifier

    def _follow(self, event: Message) -> None:
        match event["type"]:
            case "participant_joined" | "participant_updated":
                self.participants[event["participant"]["id"]] = event["participant"]
            case "participant_left":
                self.participants.pop(event["participant"], None)
            case "roster":
                self.participants |= {entry["id"]: entry for entry in event["joined"]}
                for identifier in event["left"]:
                    self.participants.pop(identifier, None)
            case "track_published" | "track_updated":
                self.tracks[event["track"]["id"]] = event["track"]
            case "track_unpublished":
                self.tracks.pop(event["track"], None)
            case "slots":
                self.shown |= {entry["mid"]: entry for entry in event["slots"]}
            case _:
                pass

    # --- media -------------------------------------------------------------------------------------------

    def publish(
        self,
        source: Source,
        codecs: tuple[str, ...] = (),
        rids: tuple[str, ...] = (),
        *,
        name: str = "",
        muted: bool = False,
        surface: str | None = None,
    ) -> PublishedTrack:
        """A track for the next `negotiate`. `surface` says of a screen whether it is a monitor, a window or a
        browser's tab."""
        track = self.connection.add_track(KIND_OF_SOURCE[source], codecs, rids)
        published = PublishedTrack(track, source, name, muted, surface)
        self.published.append(published)
        return published

    def open_slots(self, audio: int = 0, video: int = 0) -> tuple[ReceiveSlot, ...]:
        """Slots for the next `negotiate`, video first."""
        return self.connection.add_slots(audio, video)

    def open_channel(self, label: str) -> DataChannel:
        """The data channel of a service; the first one needs a `negotiate` after it."""
        live = label == "live"
        return self.connection.open_channel(
            label, self.now(), ordered=not live, max_retransmits=0 if live else None
        )

    async def negotiate(self, *, ice_restart: bool = False) -> Message:
        """Offer what there is, take the answer and connect if we are not yet.

        Raises:
            RequestRefused: the server takes no such offer.
            ConnectionError: it did, but there is no way to it.
        """
        sdp = self.connection.make_offer(ice_restart=ice_restart)
        tracks = [self._described(entry) for entry in self.published if not entry.track.ended]
        answer = await self.session.request("offer", sdp=sdp, tracks=tracks)
        now = self.driver.now()
        try:
            self.connection.apply_answer(answer["sdp"], now)
        except RemoteError as error:
            raise ConnectionError(f"the answer is none: {error}") from error
        self._answered(answer)
        self.driver.turn(now)
        await self.driver.open_paths()
        if self.connection.state is not ConnectionState.CONNECTED:
            await self.driver.wait_connected()
        return answer

    def _described(self, entry: PublishedTrack) -> Message:
        described: Message = {"mid": entry.track.mid, "source": entry.source}
        if entry.name:
            described["name"] = entry.name
        if entry.muted:
            described["muted"] = True
        if entry.surface is not None:
            described["surface"] = entry.surface
        return described

    def _answered(self, answer: Message) -> None:
        by_mid = {entry["mid"]: entry for entry in answer["tracks"]}
        for published in self.published:
            described = by_mid.get(published.track.mid, {})
            published.id = described.get("track")
            published.code = described.get("code")
        self.seats = {entry["mid"]: entry["seat"] for entry in answer["slots"]}

    def now(self) -> float:
        """The clock that frames are sent by."""
        return self.driver.now()

    def turn(self) -> None:
        """Let out what was sent on the streams since the last turn."""
        self.driver.turn(self.driver.now())

    # --- requests ----------------------------------------------------------------------------------------

    async def view_auto(self, pin: tuple[str, ...] = (), slots: tuple[Message, ...] = ()) -> None:
        """Let the server fill the slots."""
        await self.session.request("view", mode="auto", pin=list(pin), slots=list(slots))

    async def view_manual(self, shown: dict[Mid, str | None]) -> None:
        """Fill the video slots ourselves: mid → track."""
        slots = [{"mid": mid, "track": track} for mid, track in shown.items()]
        await self.session.request("view", mode="manual", slots=slots)

    async def mute(self, track: str, muted: bool) -> None:
        """Mute or unmute a track of ours."""
        await self.session.request("mute", track=track, muted=muted)

    async def unpublish(self, published: PublishedTrack) -> None:
        """End a track; its m-line stays, inactive from the next `negotiate` on."""
        published.track.ended = True
        if published.id is not None:
            await self.session.request("unpublish", track=published.id)

    async def stats(self) -> Message:
        """The server's view of our slots and tracks."""
        return await self.session.request("stats")

    async def ping(self) -> None:
        """Wait for the server's pong."""
        await self.session.request("ping")

    async def fetch(self, path: str) -> Message:
        """What is at a path of the server, as a message's `url` names it. Raises aiohttp.ClientError."""
        return await self.session.fetch(path, self.joined["token"])

    async def leave(self) -> None:
        """End our participation."""
        await self.session.request("leave")

    def events(self) -> AsyncIterator[Message]:
        """The meeting's events from now on, until the socket closes."""
        return self.session.events()

    async def close(self) -> None:
        """Close the connection and the socket."""
        self.driver.close()
        await self.session.close()


@asynccontextmanager
async def connect(
    url: str,
    token: str,
    *,
    room: str | None = None,
    resume: str | None = None,
    capabilities: Capabilities | None = None,
    decrypt: bool = True,
    tcp: bool = False,
    leave: bool = True,
    verify_tls: bool = True,
) -> AsyncIterator[Client]:
    """Join a meeting; leaves it at the end (or only closes the socket, with `leave` False).

    Media begins with `Client.negotiate`.
    """
    context, fingerprint = own_identity()
    session = await open_session(url, verify_tls=verify_tls)
    try:
        wall = WallClock(time.time() - time.monotonic())
        connection = Connection(
            context, fingerprint, random.SystemRandom(), wall, capabilities, decrypt=decrypt
        )
        client = Client(session, connection, ConnectionDriver(connection, tcp=tcp))
        await client.join(token, room, resume)
    except BaseException:
        await session.close()
        raise
    try:
        yield client
        if leave and session.closed is None:
            with suppress(SessionClosed, RequestRefused):  # the server may end it first
                await client.leave()
    finally:
        await client.close()
