"""What a meeting says of itself for later."""

from collections.abc import Sequence
from uuid import UUID

from signaling.permissions import Role
from signaling.records import SEEN_S
from storage.records import Attendance, SessionRecord, SessionStatus
from tests.signaling.meeting import UNIX_S, Client, Meeting

START = int(UNIX_S * 1000)


class Kept:
    """Records in memory, as storage would have them."""

    def __init__(self) -> None:
        self.sessions: dict[UUID, SessionRecord] = {}
        self.people: dict[str, Attendance] = {}
        self.topics: list[tuple[UUID, str]] = []
        self.bans: list[tuple[str, str, str]] = []

    def session(self, record: SessionRecord) -> None:
        self.sessions[record.id] = record

    def participants(self, session: UUID, people: Sequence[Attendance]) -> None:
        assert session in self.sessions
        assert len({one.identity for one in people}) == len(people)
        self.people |= {one.identity: one for one in people}

    def topic(self, session: UUID, topic: str) -> None:
        assert session in self.sessions
        self.topics.append((session, topic))

    def ban(self, room: str, identity: str, at: int) -> None:
        self.bans.append(("ban", room, identity))

    def unban(self, room: str, identity: str) -> None:
        self.bans.append(("unban", room, identity))


def meeting_with(kept: Kept) -> Meeting:
    meeting = Meeting()
    meeting.node.records = kept
    meeting.node.name = "node"
    return meeting


def leave(client: Client) -> None:
    client.request("leave")


def test_a_meeting_is_told_of_when_it_begins_and_when_it_ends() -> None:
    kept = Kept()
    meeting = meeting_with(kept)
    host = meeting.join("host", Role.HOST)
    (begun,) = kept.sessions.values()
    assert (begun.room, begun.node, begun.created_at, begun.status) == ("r", "node", START, "active")
    meeting.join("anna")
    meeting.advance(5)
    host.ask("moderate", action="end")
    meeting.advance(1)
    (ended,) = kept.sessions.values()
    assert ended.id == begun.id
    assert (ended.status, ended.peak_participants) == (SessionStatus.ENDED, 2)
    assert ended.ended_at is not None
    assert START + 5_000 <= ended.ended_at <= START + 6_000
    assert kept.people["anna"].last_active_at == START + 5_000


def test_a_meeting_that_everybody_left_ends_with_its_room() -> None:
    kept = Kept()
    meeting = meeting_with(kept)
    leave(meeting.join("anna"))
    meeting.advance(59)
    assert [one.status for one in kept.sessions.values()] == [SessionStatus.ACTIVE]
    meeting.advance(2)
    assert [one.status for one in kept.sessions.values()] == [SessionStatus.ENDED]
    meeting.join("anna")
    assert len(kept.sessions) == 2


def test_who_is_there_is_said_once_a_minute_and_when_they_leave() -> None:
    kept = Kept()
    meeting = meeting_with(kept)
    anna, bert = meeting.join("anna"), meeting.join("bert", Role.PRESENTER)
    meeting.advance(SEEN_S / 2)
    leave(anna)
    assert kept.people["anna"] == Attendance("anna", "Anna", "participant", START, START + 30_000)
    meeting.advance(SEEN_S)
    assert START + 60_000 <= kept.people["bert"].last_active_at <= START + 61_000
    assert kept.people["bert"].role == "presenter"
    meeting.rooms.close_records(meeting.now)
    assert kept.people["bert"].last_active_at == START + 90_000
    assert [one.status for one in kept.sessions.values()] == [SessionStatus.ENDED]
    leave(bert)
    assert [one.status for one in kept.sessions.values()] == [SessionStatus.ENDED]


def test_an_identity_that_is_there_twice_is_said_once() -> None:
    kept = Kept()
    meeting = meeting_with(kept)
    meeting.join("anna")
    meeting.join("anna")
    meeting.advance(SEEN_S + 1)
    assert set(kept.people) == {"anna"}


def test_a_ban_is_told_of_once_and_holds_in_the_next_meeting() -> None:
    kept = Kept()
    meeting = meeting_with(kept)
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    meeting.join("anna")
    host.ask("moderate", action="remove", participant=anna.id, ban=True)
    assert kept.bans == [("ban", "r", "anna")]
    host.ask("moderate", action="end")
    meeting.advance(1)
    again = meeting.client()
    again.send({"type": "join", "token": meeting.token("anna")})
    assert again.closed is not None
    assert again.closed[0] == 4403


def test_what_was_open_in_a_meeting_is_told_of_once() -> None:
    kept = Kept()
    meeting = meeting_with(kept)
    meeting.join("anna")
    room = meeting.rooms.registry.named("r")
    assert room is not None
    for topic in ("do_1", "bo_1", "do_1"):
        meeting.rooms.registry.topic_opened(room.id, topic)
    meeting.rooms.registry.topic_opened("rm_gone", "do_2")
    (session,) = kept.sessions
    assert kept.topics == [(session, "do_1"), (session, "bo_1")]
