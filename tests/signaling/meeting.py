"""A meeting on the signaling core alone: requests and media events go in, messages and commands come out."""

from collections.abc import Sequence
from random import Random
from typing import Any

import orjson

from config.settings import Limits, RoomSettings, Settings
from sfu.clock import WallClock
from sfu.identifiers import Mid, TrackId
from sfu.messages import (
    Answered,
    AnsweredSlot,
    AnsweredTrack,
    ApplyOffer,
    AssignSlot,
    Command,
    Event,
    Refused,
    SlotState,
)
from signaling.audit import Audit, AuditEntry
from signaling.directory import Directory
from signaling.node import SignalingNode
from signaling.outputs import Outputs, Send
from signaling.permissions import Role
from signaling.rooms import Rooms
from signaling.tokens import issue_token

KEY, SECRET = "devkey", "devsecret-devsecret-devsecret-dev"
UNIX_S = 1_800_000_000.0
VIDEO_CODECS = ("VP8", "H264/42e01f")


class Client:
    """One socket: what it was sent is in `inbox`, oldest first."""

    def __init__(self, meeting: "Meeting") -> None:
        self.meeting = meeting
        self.session = meeting.rooms.open_session(meeting.now)
        self.inbox: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.id = ""
        self.resume = ""
        self.deaf = False
        """The path is dead and nobody knows yet: what is said to it is not heard."""

        self._number = 0

    def send(self, message: dict[str, Any]) -> None:
        """One message, just as it is."""
        self.send_text(orjson.dumps(message).decode())

    def send_text(self, text: str) -> None:
        """Any text."""
        self.session.receive(text, self.meeting.now)
        self.meeting.pump()

    def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """A request and its reply."""
        number = self.request(kind, **fields)
        return self.reply(number)

    def request(self, kind: str, **fields: Any) -> int:
        """A request whose reply may come later."""
        self._number += 1
        self.send({"type": kind, "id": self._number, **fields})
        return self._number

    def reply(self, number: int) -> dict[str, Any]:
        """The one message with this `id`."""
        replies = [message for message in self.inbox if message.get("id") == number]
        assert len(replies) == 1, replies
        return replies[0]

    def drop(self) -> None:
        """The network takes the socket away."""
        self.meeting.rooms.session_lost(self.session, self.meeting.now)
        self.meeting.pump()

    def take(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Messages since the last call, of one type or all; the others are forgotten too."""
        taken, self.inbox = self.inbox, []
        return [message for message in taken if kind is None or message["type"] == kind]

    def slots(self) -> dict[str, dict[str, Any]]:
        """The newest word on each slot in the inbox."""
        return {
            slot["mid"]: slot
            for message in self.inbox
            if message["type"] == "slots"
            for slot in message["slots"]
        }

    # --- offers ------------------------------------------------------------------------------------------

    def offer(
        self,
        tracks: Sequence[dict[str, Any]] = (),
        *,
        video: int = 0,
        audio: int = 0,
        fingerprint: str = "AA",
        codec: str = "VP8",
        codecs: tuple[str, ...] = VIDEO_CODECS,
        parked: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Offer `tracks` and slots, answered as the media side would; returns the answer."""
        number = self.begin_offer(tracks, fingerprint)
        self.meeting.answer(
            self.meeting.last_offer(), video=video, audio=audio, codec=codec, codecs=codecs, parked=parked
        )
        return self.reply(number)

    def begin_offer(self, tracks: Sequence[dict[str, Any]] = (), fingerprint: str = "AA") -> int:
        """An offer the media side has not answered yet."""
        return self.request(
            "offer", sdp=f"v=0\r\na=fingerprint:sha-256 {fingerprint}\r\n", tracks=list(tracks)
        )

    def publish(self, *sources: str, **slots: Any) -> dict[str, str]:
        """Publish one track of each source; source → track id."""
        offered = [{"mid": f"p{index}", "source": source} for index, source in enumerate(sources)]
        answer = self.offer(offered, **slots)
        return {source: answer["tracks"][index]["track"] for index, source in enumerate(sources)}


class Meeting:
    """A node with its clock at hand."""

    def __init__(
        self, limits: Limits | None = None, rooms: RoomSettings | None = None, seed: int = 1
    ) -> None:
        settings = Settings(limits=limits or Limits(), rooms=rooms or RoomSettings(), keys={KEY: SECRET})
        self.now = 1_000.0
        self.audited: list[AuditEntry] = []
        self.node = SignalingNode(
            settings=settings,
            clock=WallClock(UNIX_S - self.now),
            random=Random(seed),
            outputs=Outputs(),
            directory=Directory(),
            audit=Audit(self, self.now),
        )
        self.rooms = Rooms(self.node, "test", self.now)
        self.commands: list[Command] = []
        self._clients: dict[int, Client] = {}

    def record(self, entry: AuditEntry) -> None:
        """Keeps the audit trail."""
        self.audited.append(entry)

    def token(self, identity: str, room: str = "r", role: Role = Role.PARTICIPANT, **claims: Any) -> str:
        """A token of our key."""
        values: dict[str, Any] = {"name": identity.title(), "ttl_s": 600.0} | claims
        return issue_token(
            KEY,
            SECRET,
            identity=identity,
            now_wall=self.node.clock.unix(self.now),
            room=room,
            role=role,
            **values,
        )

    def client(self) -> Client:
        """A socket that has not joined."""
        client = Client(self)
        self._clients[client.session.id] = client
        return client

    def join(self, identity: str, role: Role = Role.PARTICIPANT, **claims: Any) -> Client:
        """Somebody in the room; nothing in the inbox but what came after `joined`."""
        client = self.client()
        client.send({"type": "join", "token": self.token(identity, role=role, **claims)})
        (joined,) = client.take("joined")
        client.id, client.resume = joined["participant"]["id"], joined["resume"]
        return client

    def event(self, event: Event) -> None:
        """Something the media side says."""
        self.rooms.on_event(event, self.now)
        self.pump()

    def last_offer(self) -> ApplyOffer:
        """The newest offer the media side was given."""
        return [command for command in self.commands if isinstance(command, ApplyOffer)][-1]

    def answer(
        self,
        offer: ApplyOffer,
        *,
        video: int = 0,
        audio: int = 0,
        codec: str = "VP8",
        codecs: tuple[str, ...] = VIDEO_CODECS,
        parked: Sequence[str] = (),
    ) -> None:
        """Answer as the media side would: every allowed track lives, slots are seated in order."""
        tracks = tuple(
            AnsweredTrack(track.mid, track.track, codec="opus" if _audio(track.source) else codec)
            if track.allowed
            else AnsweredTrack(track.mid, None, code="forbidden")
            for track in offer.tracks
        )
        slots = tuple(
            AnsweredSlot(Mid(f"v{seat}"), "video", seat, codecs, f"v{seat}" in parked)
            for seat in range(1, video + 1)
        ) + tuple(
            AnsweredSlot(Mid(f"a{seat}"), "audio", seat, ("opus",), f"a{seat}" in parked)
            for seat in range(1, audio + 1)
        )
        self.event(Answered(offer.peer, offer.request, "answer", tracks, slots))

    def refuse(self, offer: ApplyOffer, code: str = "bad_message") -> None:
        """The media side cannot take the offer."""
        self.event(Refused(offer.peer, offer.request, code, "no"))

    def flow(self) -> None:
        """Every video slot that was given a track carries it now."""
        latest = {(c.peer, c.mid): c for c in self.commands if isinstance(c, AssignSlot)}
        for command in latest.values():
            self.event(
                SlotState(command.peer, command.mid, command.track, None if command.track else "no_source")
            )

    def advance(self, seconds: float) -> None:
        """Let time pass, tick by tick."""
        end = self.now + seconds
        while self.rooms.next_timeout() <= end:
            self.now = self.rooms.next_timeout()
            self.rooms.handle_timeout(self.now)
            self.pump()
        self.now = end

    def pump(self) -> None:
        """Carry out what the core wants done."""
        while self.rooms.settle():
            pass
        self.commands += self.node.outputs.take_commands()
        for output in self.node.outputs.take_socket():
            client = self._clients[output.session]
            if isinstance(output, Send):
                client.inbox.append(orjson.loads(output.data))
            else:
                client.closed = (int(output.code), output.reason)
                if not client.deaf:
                    self.rooms.close_heard(client.session, int(output.code))
                self.rooms.session_lost(client.session, self.now)

    def of(self, kind: type[Command]) -> list[Any]:
        """The commands of one kind, oldest first."""
        return [command for command in self.commands if isinstance(command, kind)]


def _audio(source: str) -> bool:
    return source in ("microphone", "screen_audio")


def track_ids(slots: dict[str, dict[str, Any]]) -> dict[str, TrackId | None]:
    """Slot → track, from `Client.slots`."""
    return {mid: slot["track"] for mid, slot in slots.items()}
