"""People at the door: who waits, who hears of it, who lets them in."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import Limits, RoomSettings
from sfu.messages import OpenPeer
from signaling.permissions import Role
from tests.signaling.meeting import Client, Meeting


def open_lobby(**limits: Any) -> tuple[Meeting, Client]:
    """A meeting whose host has told newcomers to wait."""
    meeting = Meeting(Limits(**limits))
    host = meeting.join("host", Role.HOST)
    assert host.ask("moderate", action="lobby", enabled=True)["type"] == "ok"
    assert host.take("room_updated")[0]["room"]["lobby"] is True
    return meeting, host


def knock(meeting: Meeting, identity: str, **claims: Any) -> Client:
    client = meeting.client()
    client.send({"type": "join", "id": 7, "token": meeting.token(identity, **claims)})
    return client


def knocking(host: Client) -> list[str]:
    return [event["participant"]["id"] for event in host.take("knock")]


def test_newcomer_waits_and_joins_when_admitted() -> None:
    meeting, host = open_lobby()
    anna = meeting.join("bert", Role.HOST)
    host.take()
    guest = knock(meeting, "guest")
    assert guest.inbox == [{"type": "waiting"}]
    (event,) = host.take()
    assert (event["type"], event["participant"]["identity"]) == ("knock", "guest")
    assert event["participant"]["state"] == "active"
    waiting = event["participant"]["id"]
    assert host.ask("moderate", action="admit", participant=waiting)["type"] == "ok"
    joined = guest.inbox[1]
    assert (joined["type"], joined["id"], joined["resumed"]) == ("joined", 7, False)
    assert joined["participant"]["id"] == waiting
    assert len(joined["participants"]) == 3
    assert [m["type"] for m in anna.take()] == ["knock", "knock_ended", "participant_joined"]
    assert guest.ask("ping")["type"] == "pong"
    guest.begin_offer([{"mid": "0", "source": "camera"}])
    assert len(meeting.of(OpenPeer)) == 1


def test_denied_is_closed_and_never_told_anything() -> None:
    meeting, host = open_lobby()
    guest = knock(meeting, "guest")
    (waiting,) = knocking(host)
    assert host.ask("moderate", action="deny", participant=waiting)["type"] == "ok"
    assert guest.closed == (4403, "denied")
    assert guest.inbox == [{"type": "waiting"}]
    assert host.take("knock_ended") == [{"type": "knock_ended", "participant": waiting, "reason": "denied"}]
    again = knock(meeting, "guest")
    assert again.inbox == [{"type": "waiting"}]


def test_denied_for_good_does_not_get_to_the_door_again() -> None:
    meeting, host = open_lobby()
    knock(meeting, "guest")
    host.ask("moderate", action="deny", participant=knocking(host)[0], ban=True)
    again = knock(meeting, "guest")
    assert again.closed == (4403, "removed from this room")
    assert again.inbox == []


def test_moderators_and_the_hidden_do_not_wait() -> None:
    meeting, host = open_lobby()
    assert knock(meeting, "other", role=Role.HOST).inbox[0]["type"] == "joined"
    presenter = knock(meeting, "presenter", role=Role.PRESENTER, grants={"moderate": True})
    assert presenter.inbox[0]["type"] == "joined"
    assert knock(meeting, "bot", grants={"hidden": True}).inbox[0]["type"] == "joined"
    assert knock(meeting, "plain", role=Role.PRESENTER).inbox == [{"type": "waiting"}]
    assert len(knocking(host)) == 1


def test_only_moderators_hear_of_knocks_and_may_answer_them() -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    host.ask("moderate", action="lobby", enabled=True)
    anna.take()
    knock(meeting, "guest")
    assert anna.take() == []
    (waiting,) = knocking(host)
    assert anna.ask("moderate", action="admit", participant=waiting)["code"] == "forbidden"
    host.take()
    host.ask("moderate", action="set_role", participant=anna.id, role="host")
    assert knocking(anna) == [waiting]
    late = meeting.client()
    late.send({"type": "join", "token": meeting.token("late", role=Role.HOST)})
    assert [m["type"] for m in late.inbox] == ["joined", "knock"]
    host.drop()
    back = meeting.client()
    back.send({"type": "join", "token": meeting.token("host"), "resume": host.resume})
    assert [m["type"] for m in back.inbox] == ["joined", "speakers", "room_updated", "knock"]


def test_who_waits_may_ask_whether_anybody_is_there_and_go() -> None:
    meeting, host = open_lobby()
    guest = knock(meeting, "guest")
    assert guest.ask("ping")["type"] == "pong"
    assert guest.ask("update", name="x")["code"] == "conflict"
    assert guest.ask("offer", sdp="v=0", tracks=[])["code"] == "conflict"
    assert guest.ask("fly")["code"] == "bad_message"
    assert guest.ask("join", token="x")["code"] == "conflict"
    (waiting,) = knocking(host)
    assert guest.ask("leave")["type"] == "ok"
    assert guest.closed == (1000, "left")
    assert host.take("knock_ended") == [{"type": "knock_ended", "participant": waiting, "reason": "left"}]
    assert host.ask("moderate", action="admit", participant=waiting)["code"] == "not_found"


def test_lost_socket_at_the_door_is_no_knock_any_more() -> None:
    meeting, host = open_lobby()
    guest = knock(meeting, "guest")
    host.take()
    guest.drop()
    assert [event["reason"] for event in host.take("knock_ended")] == ["left"]
    meeting.advance(60)
    assert host.take("participant_left") == []


def test_waiting_takes_as_long_as_it_takes() -> None:
    meeting, host = open_lobby()
    guest = knock(meeting, "guest", ttl_s=30.0)
    meeting.advance(3_000)
    assert guest.closed is None
    host.ask("moderate", action="admit", participant=knocking(host)[0])
    assert guest.inbox[-1]["type"] == "joined"


def test_admitted_once_comes_back_without_knocking_until_removed() -> None:
    meeting, host = open_lobby()
    guest = knock(meeting, "guest")
    (waiting,) = knocking(host)
    host.ask("moderate", action="admit", participant=waiting)
    guest.ask("leave")
    again = knock(meeting, "guest")
    joined = again.inbox[0]
    assert joined["type"] == "joined"
    host.ask("moderate", action="remove", participant=joined["participant"]["id"])
    assert knock(meeting, "guest").inbox == [{"type": "waiting"}]


def test_resume_does_not_pass_by_the_door() -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    host.ask("moderate", action="lobby", enabled=True)
    host.ask("moderate", action="lock", locked=True)
    anna.drop()
    back = meeting.client()
    back.send({"type": "join", "token": meeting.token("anna"), "resume": anna.resume})
    assert back.inbox[0]["resumed"] is True


def test_lobby_that_closes_lets_everybody_in_in_order() -> None:
    meeting, host = open_lobby()
    guests = [knock(meeting, f"g{n}") for n in range(3)]
    host.take()
    host.ask("moderate", action="lobby", enabled=False)
    assert [guest.inbox[1]["type"] for guest in guests] == ["joined"] * 3
    order = [event["participant"]["identity"] for event in host.take("participant_joined")]
    assert order == ["g0", "g1", "g2"]


def test_full_room_admits_nobody_and_the_door_has_bounds_too() -> None:
    meeting, host = open_lobby(max_participants=2, per_identity=2)
    first, second = knock(meeting, "guest"), knock(meeting, "guest")
    third = knock(meeting, "other")
    assert third.closed is not None
    assert third.closed[0] == 4429
    one, two = knocking(host)
    assert host.ask("moderate", action="admit", participant=one)["type"] == "ok"
    assert host.ask("moderate", action="admit", participant=two)["code"] == "unavailable"
    assert (first.inbox[-1]["type"], second.inbox[-1]["type"]) == ("joined", "waiting")
    assert second.closed is None


def test_knocks_count_towards_the_connections_of_an_identity() -> None:
    meeting, _ = open_lobby(per_identity=2)
    for _ in range(2):
        knock(meeting, "guest")
    third = knock(meeting, "guest")
    assert third.closed is not None
    assert third.closed[0] == 4429


def test_room_does_not_end_while_somebody_is_at_the_door() -> None:
    meeting = Meeting(rooms=RoomSettings(lobby=True, empty_timeout_s=5.0))
    guest = knock(meeting, "guest")
    assert guest.inbox == [{"type": "waiting"}]
    meeting.advance(60)
    host = meeting.client()
    host.send({"type": "join", "token": meeting.token("host", role=Role.HOST)})
    assert [m["type"] for m in host.inbox] == ["joined", "knock"]
    guest.drop()
    host.ask("leave")
    meeting.advance(6)
    assert len(meeting.rooms.registry) == 0


def test_end_of_the_room_reaches_the_door() -> None:
    meeting, host = open_lobby()
    guest = knock(meeting, "guest")
    host.ask("moderate", action="end")
    assert guest.inbox[-1] == {"type": "ended", "reason": "ended"}
    assert guest.closed == (4410, "ended")


def test_draining_is_told_at_the_door() -> None:
    meeting, _ = open_lobby()
    guest = knock(meeting, "guest")
    meeting.rooms.drain(meeting.now + 5, meeting.now)
    meeting.pump()
    assert guest.inbox[-1]["type"] == "draining"
    meeting.rooms.close_all(meeting.now)
    meeting.pump()
    assert guest.closed is not None
    assert guest.closed[0] == 4503


def test_text_that_is_no_message_closes_at_the_door_too() -> None:
    meeting, host = open_lobby()
    guest = knock(meeting, "guest")
    host.take()
    guest.send_text("{")
    assert guest.closed is not None
    assert guest.closed[0] == 4400
    assert [event["reason"] for event in host.take("knock_ended")] == ["left"]


def test_wrong_id_at_the_door_is_an_error() -> None:
    meeting, _ = open_lobby()
    guest = knock(meeting, "guest")
    guest.send({"type": "ping", "id": "one"})
    assert guest.inbox[-1]["code"] == "bad_message"
    assert guest.closed is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["knock", "knock", "admit", "admit", "deny", "ban", "drop", "leave", "open", "close", "remove"]
        ),
        st.integers(0, 5),
    ),
    max_size=25,
)


@settings(max_examples=100)
@given(STEPS)
def test_whatever_happens_each_knock_has_one_end(steps: list[tuple[str, int]]) -> None:
    meeting, host = open_lobby(max_participants=4, per_identity=2)
    told: list[dict[str, Any]] = []
    clients: list[Client] = []
    for step, which in steps:
        told += host.take()
        ended = {event["participant"] for event in told if event["type"] == "knock_ended"}
        knocks = [event["participant"]["id"] for event in told if event["type"] == "knock"]
        waiting = [participant for participant in knocks if participant not in ended]
        inside = [client for client in clients if client.closed is None and len(client.inbox) > 1]
        if step == "knock":
            clients.append(knock(meeting, f"g{which}"))
        elif step in ("admit", "deny", "ban") and waiting:
            action = "admit" if step == "admit" else "deny"
            host.ask("moderate", action=action, participant=waiting[which % len(waiting)], ban=step == "ban")
        elif step in ("drop", "leave") and clients:
            client = clients[which % len(clients)]
            if client.closed is None:
                client.drop() if step == "drop" else client.send({"type": "leave"})
        elif step in ("open", "close"):
            host.ask("moderate", action="lobby", enabled=step == "close")
        elif step == "remove" and inside:
            joined = [m for m in inside[which % len(inside)].inbox if m["type"] == "joined"]
            if joined:
                host.ask("moderate", action="remove", participant=joined[0]["participant"]["id"])
    told += host.take()
    room = meeting.rooms.registry.named("r")
    assert room is not None
    assert len(room.participants) <= 4
    knocks = [event["participant"]["id"] for event in told if event["type"] == "knock"]
    ends = [event["participant"] for event in told if event["type"] == "knock_ended"]
    assert len(knocks) == len(set(knocks))
    assert len(ends) == len(set(ends))
    assert set(knocks) - set(ends) == {one.participant.id for one in room.admission.lobby.knocks()}
    for client in clients:
        kinds = [message["type"] for message in client.inbox]
        assert kinds.count("joined") + kinds.count("waiting") <= 2
        assert kinds.count("joined") <= 1
        if "joined" in kinds:
            # Nothing but `waiting` comes before it.
            assert set(kinds[: kinds.index("joined")]) <= {"waiting"}
        else:
            assert set(kinds) <= {"waiting", "ok"}
