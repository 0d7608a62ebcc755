"""Coming back: resumes of all kinds, fights over one participant, clocks, restarted servers, links."""

import pytest

from sfu.clock import WallClock
from sfu.identifiers import PeerId
from sfu.messages import ClosePeer, OpenPeer, PeerClosed
from signaling.close_codes import CloseCode
from signaling.departed import KEPT_S, MOST, Departed
from signaling.outputs import SessionId
from signaling.permissions import Role
from signaling.tokens import issue_token
from tests.signaling.meeting import KEY, SECRET, UNIX_S, Client, Meeting

YEAR_S = 365 * 86_400.0


def rejoin(meeting: Meeting, token: str, resume: str) -> Client:
    client = meeting.client()
    client.send({"type": "join", "token": token, "resume": resume})
    return client


def test_two_sockets_that_fight_for_one_participant_leave_one_of_each() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    anna.publish("camera")
    anna.offer([{"mid": "p0", "source": "camera"}], video=1)
    bert.take()
    sockets = [anna]
    for _ in range(20):
        sockets.append(rejoin(meeting, meeting.token("anna"), anna.resume))
    assert [socket.closed for socket in sockets[:-1]] == [(4409, "a newer socket took over")] * 20
    winner = sockets[-1]
    assert winner.closed is None
    assert winner.inbox[0]["participant"]["id"] == anna.id
    assert len(meeting.of(OpenPeer)) == 1
    assert bert.take() == []  # nobody else notices
    for loser in sockets[:-1]:
        loser.drop()
        loser.send({"type": "leave"})
    assert winner.ask("ping")["type"] == "pong"


def test_resume_of_another_is_an_ordinary_join_and_leaves_them_alone() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    thief = rejoin(meeting, meeting.token("thief"), anna.resume)
    joined = thief.inbox[0]
    assert joined["resumed"] is False
    assert joined["participant"]["identity"] == "thief"
    assert anna.closed is None
    assert anna.ask("ping")["type"] == "pong"


def test_resume_with_a_token_for_another_room_is_none() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    other = rejoin(meeting, meeting.token("anna", room="other"), anna.resume)
    assert other.inbox[0]["resumed"] is False
    assert other.inbox[0]["room"]["name"] == "other"
    assert anna.closed is None


@pytest.mark.parametrize("end", ["leave", "removed", "away"])
def test_resume_that_has_run_out_is_an_ordinary_join(end: str) -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    if end == "leave":
        anna.ask("leave")
    elif end == "removed":
        host.ask("moderate", action="remove", participant=anna.id)
    else:
        anna.drop()
        meeting.advance(31)
    back = rejoin(meeting, meeting.token("anna"), anna.resume)
    assert back.inbox[0]["resumed"] is False
    assert back.inbox[0]["participant"]["id"] != anna.id
    assert back.inbox[0]["resume"] != anna.resume


SENT_AWAY = {
    "remove": (4403, "removed"),
    "end": (4410, "ended"),
}


@pytest.mark.parametrize("action", list(SENT_AWAY))
@pytest.mark.parametrize("noticed", [True, False])
def test_who_was_sent_away_behind_a_dead_socket_is_told_when_they_come_back(
    action: str, noticed: bool
) -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    if noticed:
        anna.drop()
    anna.deaf = True
    about = {"participant": anna.id} if action == "remove" else {}
    assert host.ask("moderate", action=action, **about)["type"] == "ok"
    for _ in range(2):
        assert rejoin(meeting, meeting.token("anna"), anna.resume).closed == SENT_AWAY[action]
    assert meeting.join("anna").id != anna.id  # who asks anew, as somebody new, is
    meeting.advance(KEPT_S)
    assert rejoin(meeting, meeting.token("anna"), anna.resume).inbox[0]["resumed"] is False


def test_who_has_heard_why_may_come_back() -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    host.ask("moderate", action="end")
    assert anna.closed == SENT_AWAY["end"]
    assert rejoin(meeting, meeting.token("anna"), anna.resume).inbox[0]["resumed"] is False


def test_who_answers_the_close_of_a_socket_that_did_not_read_has_not_heard_of_another() -> None:
    departed = Departed()
    departed.add("rs_1", SessionId(1), CloseCode.NOT_ALLOWED, "removed", 0.0)
    departed.heard(SessionId(1), CloseCode.TOO_MANY)
    assert departed.farewell("rs_1", 1.0) is not None
    departed.heard(SessionId(1), CloseCode.NOT_ALLOWED)
    assert departed.farewell("rs_1", 1.0) is None


def test_of_those_who_were_sent_away_the_newest_are_kept() -> None:
    departed = Departed()
    for number in range(MOST + 2):
        departed.add(f"rs_{number}", SessionId(number), CloseCode.NOT_ALLOWED, "removed", 0.0)
    assert departed.farewell("rs_1", 1.0) is None
    departed.heard(SessionId(1), CloseCode.NOT_ALLOWED)
    assert departed.farewell("rs_2", 1.0) is not None
    departed.heard(SessionId(2), CloseCode.NOT_ALLOWED)
    assert departed.farewell("rs_2", 1.0) is None
    departed.add("rs", None, CloseCode.ROOM_ENDED, "ended", KEPT_S)
    assert [departed.farewell(one, 1.0) is not None for one in ("rs_3", "rs")] == [False, True]


def test_replayed_join_takes_over_and_nothing_doubles() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    anna.drop()
    message = {"type": "join", "token": meeting.token("anna"), "resume": anna.resume}
    first, second = meeting.client(), meeting.client()
    first.send(message)
    second.send(message)
    assert first.closed is not None
    assert first.closed[0] == 4409
    assert [p["id"] for p in second.inbox[0]["participants"]] == [anna.id]


def test_ban_ends_every_connection_of_the_identity() -> None:
    meeting = Meeting()
    host, anna, second = meeting.join("host", Role.HOST), meeting.join("anna"), meeting.join("anna")
    host.ask("moderate", action="remove", participant=anna.id, ban=True)
    assert anna.closed == second.closed == (4403, "removed")
    assert rejoin(meeting, meeting.token("anna"), second.resume).closed == (4403, "removed from this room")


@pytest.mark.parametrize("off_s", [-YEAR_S, YEAR_S])
def test_clock_of_the_client_does_not_matter(off_s: float) -> None:
    meeting = Meeting()
    anna = meeting.client()
    anna.send({"type": "join", "token": meeting.token("anna"), "at": int((UNIX_S + off_s) * 1000)})
    joined = anna.take("joined")[0]
    # What the server says of time can be read against the server's own time.
    assert joined["server"]["at"] == int(UNIX_S * 1000)
    meeting.advance(1_801)
    (fresh,) = anna.take("token")
    assert fresh["expires_at"] - joined["server"]["at"] == pytest.approx(5_400_000, abs=1_000)


@pytest.mark.parametrize(("off_s", "joins"), [(-YEAR_S, False), (0.0, True), (YEAR_S, False)])
def test_only_our_clock_judges_a_token(off_s: float, joins: bool) -> None:
    """Signed by a machine whose clock is wrong, a token is expired or not valid yet."""
    meeting = Meeting()
    token = issue_token(KEY, SECRET, identity="anna", now_wall=UNIX_S + off_s, ttl_s=600.0, room="r")
    anna = meeting.client()
    anna.send({"type": "join", "token": token})
    assert (anna.closed is None) == joins
    assert joins or (anna.closed is not None and anna.closed[0] == 4401)


def test_time_of_day_that_is_set_under_a_meeting_ends_nothing() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    old = meeting.token("anna")
    meeting.node.clock = WallClock(UNIX_S + YEAR_S - meeting.now)
    meeting.advance(60)
    assert anna.ask("ping")["type"] == "pong"
    back = rejoin(meeting, old, anna.resume)
    assert back.inbox[0]["resumed"] is True
    assert rejoin(meeting, old, "").closed == (4401, "the token has expired")


def test_restarted_server_takes_everybody_back_as_newcomers() -> None:
    before, after = Meeting(seed=1), Meeting(seed=2)
    anna, bert = before.join("anna"), before.join("bert")
    anna.publish("camera")
    again = rejoin(after, before.token("anna"), anna.resume)
    joined = again.inbox[0]
    assert joined["resumed"] is False
    assert joined["tracks"] == []
    assert [p["identity"] for p in joined["participants"]] == ["anna"]
    other = rejoin(after, before.token("bert"), bert.resume)
    assert [p["identity"] for p in other.inbox[0]["participants"]] == ["anna", "bert"]
    # The page still has its old connection: the same fingerprint opens a new one here.
    again.id = joined["participant"]["id"]
    camera = again.publish("camera", video=1)["camera"]
    assert len(after.of(OpenPeer)) == 1
    assert [e["track"]["id"] for e in other.take("track_published")] == [camera]


def test_closed_connection_is_told_and_the_next_offer_opens_another() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    camera = anna.publish("camera")["camera"]
    bert.take()
    peer = meeting.last_offer().peer
    meeting.event(PeerClosed(peer, "consent"))
    assert anna.take("pc_closed") == [{"type": "pc_closed", "reason": "consent"}]
    assert bert.take() == []
    assert anna.publish("camera")["camera"] == camera
    assert [command.peer for command in meeting.of(ClosePeer)] == [peer]
    assert meeting.last_offer().peer != peer
    meeting.event(PeerClosed(PeerId("pe_unknown"), "consent"))
    assert anna.take("pc_closed") == []


# --- invite links ------------------------------------------------------------------------------------------


def test_everybody_who_comes_by_a_link_is_somebody_else() -> None:
    meeting = Meeting()
    link = meeting.token("link_1", link=True, role=Role.PRESENTER, name="")
    identities = set()
    for _ in range(6):  # more than limits.per_identity
        guest = meeting.client()
        guest.send({"type": "join", "token": link})
        joined = guest.inbox[0]
        assert joined["participant"]["role"] == "presenter"
        identities.add(joined["participant"]["identity"])
    assert len(identities) == 6
    assert all(identity.startswith("guest_") for identity in identities)


def test_who_came_by_a_link_resumes_with_it_or_with_their_own_token() -> None:
    meeting = Meeting()
    link = meeting.token("link_1", link=True)
    guest = meeting.client()
    guest.send({"type": "join", "token": link})
    joined = guest.inbox[0]
    own = rejoin(meeting, joined["token"], joined["resume"])
    assert own.inbox[0]["resumed"] is True
    by_link = rejoin(meeting, link, joined["resume"])
    assert by_link.inbox[0]["participant"]["id"] == joined["participant"]["id"]
    other_link = rejoin(meeting, meeting.token("link_2", link=True), joined["resume"])
    assert other_link.inbox[0]["resumed"] is False


def test_ban_of_somebody_who_came_by_a_link_is_no_ban_of_the_link() -> None:
    meeting = Meeting()
    host = meeting.join("host", Role.HOST)
    link = meeting.token("link_1", link=True)
    guest = meeting.client()
    guest.send({"type": "join", "token": link})
    joined = guest.inbox[0]
    host.ask("moderate", action="remove", participant=joined["participant"]["id"], ban=True)
    assert rejoin(meeting, joined["token"], joined["resume"]).closed == (4403, "removed from this room")
    other = meeting.client()
    other.send({"type": "join", "token": link})
    assert other.inbox[0]["type"] == "joined"


# --- moderation that changes the room ----------------------------------------------------------------------


def test_room_takes_no_more_than_it_is_told_to_and_sends_nobody_away() -> None:
    meeting = Meeting()
    host, _ = meeting.join("host", Role.HOST), meeting.join("anna")
    assert host.ask("moderate", action="limit", max_participants=1)["type"] == "ok"
    assert host.take("room_updated")[0]["room"]["max_participants"] == 1
    late = meeting.client()
    late.send({"type": "join", "token": meeting.token("late")})
    assert late.closed is not None
    assert late.closed[0] == 4429
    host.ask("moderate", action="limit", max_participants=3)
    meeting.join("late")
    for wrong in (0, -1, 10_000, True, None, "3"):
        assert host.ask("moderate", action="limit", max_participants=wrong)["code"] == "bad_message"


def test_hands_go_up_by_oneself_and_down_by_moderators_too() -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    anna.ask("update", hand=True)
    assert host.take("participant_updated")[-1]["participant"]["hand"] is True
    host.ask("moderate", action="lower_hand", participant=anna.id)
    assert anna.take("participant_updated")[-1]["participant"]["hand"] is False


def test_hidden_participant_is_reached_by_no_moderation() -> None:
    meeting = Meeting()
    host, ghost = meeting.join("host", Role.HOST), meeting.join("ghost", grants={"hidden": True})
    for action in ("remove", "set_role", "set_grants", "lower_hand"):
        reply = host.ask("moderate", action=action, participant=ghost.id, role="host", grants={})
        assert reply["code"] == "not_found"
    ghost.ask("update", hand=True, name="boo")
    ghost.drop()
    meeting.advance(40)
    assert host.take("participant_updated") == []
    assert host.take("participant_left") == []
