"""The one life of durable topics, judged by what a chat's clients are told."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import Limits
from datachannels.chat_content import ChatContent, Say
from datachannels.refusals import RequestRefused
from datachannels.repositories import Author, ChatMessage
from datachannels.topic import Topic
from tests.datachannels.memory_chat import MemoryChat
from tests.datachannels.memory_writes import Promise
from tests.datachannels.table import Asked, Person, Seat, Table


def two() -> tuple[Table, Seat, Seat]:
    """Anna and Bert with the chat open."""
    table = Table()
    anna, bert = table.sit("anna"), table.sit("bert")
    anna.open("a")
    bert.open("b")
    return table, anna, bert


def said(message: dict[str, Any]) -> tuple[int, str]:
    return message["version"], message["text"]


# --- saying ------------------------------------------------------------------------------------------------


def test_nothing_is_said_to_anybody_before_it_is_stored() -> None:
    table, anna, bert = two()
    anna.take()
    bert.take()
    anna.say(1)
    table.work.run_all()
    assert (anna.take(), bert.take()) == ([], [])
    table.settle()
    assert [m["t"] for m in anna.take() + bert.take()] == ["ack", "message"]


def test_acks_and_changes_reach_a_channel_in_the_order_of_versions() -> None:
    table, anna, bert = two()
    anna.take()
    for seq in (1, 2, 3):
        anna.say(seq)
        bert.say(seq)
    table.settle()
    assert [m["version"] for m in anna.take()] == [1, 2, 3, 4, 5, 6]


def test_a_resent_message_is_acknowledged_again_and_said_once() -> None:
    table, anna, bert = two()
    anna.say(1, "first")
    table.settle()
    (ack,) = anna.take("ack")
    anna.say(1, "other words")
    table.settle()
    assert anna.take() == [ack]
    assert [said(m) for m in bert.take("message")] == [(1, "first")]


def test_a_message_resent_on_its_way_is_acknowledged_both_times() -> None:
    table, anna, bert = two()
    anna.take()
    anna.say(1)
    anna.say(1)
    table.settle()
    first, second = anna.take("ack")
    assert first == second
    assert len(bert.take("message")) == 1


def test_a_resent_message_is_acknowledged_whatever_its_author_may_do_now() -> None:
    table, anna, _ = two()
    anna.say(1)
    table.settle()
    ack = anna.take("ack")
    anna.person.forbidden.add("say")
    anna.say(1)
    table.settle()
    assert anna.take() == ack


def test_a_message_of_long_ago_is_recognised_by_what_is_stored() -> None:
    table, anna, _ = two()
    for seq in range(1, 101):
        anna.say(seq)
        table.advance(0.1)
        table.settle()
    first = anna.take("ack")[0]
    anna.say(1)
    anna.say(101)
    table.settle()
    again, new = anna.take("ack")
    assert [again[name] for name in ("seq", "version", "message")] == [1, 1, first["message"]]
    assert new["seq"] == 101


def test_a_gap_is_a_conflict_and_consumes_nothing() -> None:
    table, anna, _ = two()
    anna.take()
    anna.say(2)
    anna.say(1)
    anna.say(2)
    table.settle()
    answers = [(m["t"], m.get("code"), m["seq"]) for m in anna.take()]
    assert answers == [("error", "conflict", 2), ("ack", None, 1), ("ack", None, 2)]


def test_a_refused_message_consumes_no_seq() -> None:
    table, anna, _ = two()
    anna.take()
    anna.person.forbidden.add("say")
    anna.say(1)
    anna.person.forbidden.clear()
    anna.say(1, "allowed now")
    table.settle()
    assert [(m["t"], m["seq"]) for m in anna.take()] == [("error", 1), ("ack", 1)]


def test_the_seq_of_another_is_not_theirs() -> None:
    table, anna, bert = two()
    anna.say(1, "anna's")
    table.settle()
    eve = table.sit("eve")
    eve.open("a")
    eve.say(1, "eve's")
    table.settle()
    assert [said(m) for m in bert.take("message")] == [(1, "anna's"), (2, "eve's")]


def test_too_much_in_flight_is_refused_and_sent_again_later() -> None:
    table = Table(Limits(in_flight=2))
    anna = table.sit("anna")
    anna.open()
    for seq in (1, 2, 3):
        anna.say(seq)
    (refused,) = anna.take("error")
    assert (refused["code"], refused["seq"], refused["retry_ms"] > 0) == ("rate_limited", 3, True)
    table.settle()
    anna.say(3)
    table.settle()
    assert [m["seq"] for m in anna.take("ack")] == [1, 2, 3]


def test_saying_needs_the_topic_open_on_this_channel() -> None:
    table, anna, _ = two()
    other = table.sit(anna.person)
    other.say(1)
    assert [(m["code"], m["seq"]) for m in other.take()] == [("conflict", 1)]


def test_what_is_said_while_the_answer_is_read_comes_after_it() -> None:
    table = Table()
    anna = table.sit("anna")
    anna.send({"t": "open", "client": "a"})
    anna.say(1)
    anna.say(2)
    table.settle()
    assert [m["t"] for m in anna.take()] == ["snapshot", "ack", "ack"]


def test_what_is_said_to_an_answer_that_cannot_be_read_is_refused_too() -> None:
    table, _, _ = two()
    carol = table.sit("carol")
    table.chat.readable = False
    carol.send({"t": "open", "client": "c"})
    carol.say(1)
    table.settle()
    assert [m["code"] for m in carol.take()] == ["unavailable", "conflict"]


# --- without having it open --------------------------------------------------------------------------------


def visited(table: Table, topic: Topic, key: str, text: str = "by request", who: str = "zoe") -> Asked:
    asked = Asked()
    topic.visit(table.person(who), key, 1, Say(1, text, None), "say", asked, table.now)
    return asked


def lone_topic(table: Table) -> Topic:
    return Topic(ChatContent("r", table.chat, table.node), table.node)


def test_a_request_writes_without_having_the_topic_open() -> None:
    table = Table()
    topic = lone_topic(table)
    asked = visited(table, topic, "key")
    assert not topic.idle
    table.settle()
    assert [(m["t"], m["version"]) for m in asked.answers] == [("ack", 1)]
    assert topic.idle


def test_a_repeated_request_is_done_once_and_answered_each_time() -> None:
    table = Table()
    topic = lone_topic(table)
    both = [visited(table, topic, "key") for _ in range(2)]
    table.settle()
    both.append(visited(table, topic, "key", "again"))
    table.settle()
    assert {m["version"] for asked in both for m in asked.answers} == {1}
    assert [len(asked.answers) for asked in both] == [1, 1, 1]
    assert len(table.chat.stored["r"]) == 1
    assert topic.idle


def test_a_request_that_is_not_stored_is_unavailable() -> None:
    table = Table()
    topic = lone_topic(table)
    asked = visited(table, topic, "key")
    table.work.run_all()
    table.chat.fail()
    table.settle()
    assert [m["code"] for m in asked.answers] == ["unavailable"]
    table.chat.readable = False
    late = visited(table, lone_topic(table), "key")
    table.settle()
    assert [m["code"] for m in late.answers] == ["unavailable"]


def test_a_deleted_topic_is_closed_for_all_and_refuses_requests() -> None:
    table = Table()
    topic = lone_topic(table)
    anna = table.sit("anna")
    channel = table.node.channels.get(anna.number)
    assert channel is not None
    topic.open(channel, "c", None, None, Asked(), table.now)
    table.settle()
    waiting = visited(table, topic, "key")
    topic.end("deleted")
    assert anna.take() == [{"t": "closed", "reason": "deleted"}]
    assert [m["code"] for m in waiting.answers] == ["not_found"]
    with pytest.raises(RequestRefused, match="not_found"):
        visited(table, topic, "key")
    table.settle()


# --- coming back -------------------------------------------------------------------------------------------


def test_who_comes_back_gets_what_it_lacks_and_its_seq() -> None:
    table, anna, bert = two()
    for seq in (1, 2):
        anna.say(seq, f"text {seq}")
    table.settle()
    bert.lose()
    anna.say(3, "text 3")
    table.settle()
    back = table.sit(bert.person)
    answer = back.open("b", version=2, epoch="e1")
    assert (answer["t"], answer["version"], answer["seq"]) == ("changes", 3, 0)
    assert [said(m) for m in answer["messages"]] == [(3, "text 3")]
    again = table.sit(anna.person).open("a", version=1)
    assert again["seq"] == 3
    assert [(m["client"], m["seq"]) for m in again["messages"]] == [("a", 2), ("a", 3)]


def test_a_version_of_the_future_or_of_another_epoch_gets_a_snapshot() -> None:
    table, anna, _ = two()
    anna.say(1)
    table.settle()
    seat = table.sit("carol")
    assert seat.open("c", version=2)["t"] == "snapshot"
    assert seat.open("c", version=1, epoch="e0")["t"] == "snapshot"
    assert seat.open("c", version=1, epoch="e1")["t"] == "changes"
    assert seat.open("c", version=1)["t"] == "changes"


def test_a_second_open_of_a_client_replaces_the_first() -> None:
    table, anna, bert = two()
    newer = table.sit(anna.person)
    newer.open("a")
    anna.take()
    bert.say(1)
    anna.say(1)
    table.settle()
    assert [m["code"] for m in anna.take()] == ["conflict"]
    assert [m["version"] for m in newer.take()] == [1]


def test_what_was_sent_under_the_first_open_is_in_the_answer_to_the_second() -> None:
    table, anna, _ = two()
    anna.say(1)
    newer = table.sit(anna.person)
    newer.send({"t": "open", "client": "a"})
    table.work.run_all()
    assert newer.take() == []
    table.settle()
    (snapshot,) = newer.take()
    assert (snapshot["version"], snapshot["seq"]) == (1, 1)


def test_changes_stored_while_the_answer_is_read_follow_it() -> None:
    table, anna, _ = two()
    anna.say(1)
    carol = table.sit("carol")
    carol.send({"t": "open", "client": "c"})
    table.chat.commit()
    table.settle()
    snapshot, *later = carol.take()
    versions = [m["version"] for m in snapshot["messages"]] + [m["version"] for m in later]
    assert versions == [1]


def test_a_closed_topic_is_silent() -> None:
    table, anna, bert = two()
    bert.take()
    bert.send({"t": "close"})
    anna.say(1)
    table.settle()
    assert bert.take() == []


def test_a_slow_reader_gets_a_snapshot_it_did_not_ask_for() -> None:
    table, anna, bert = two()
    anna.say(1)
    table.settle()
    bert.take()
    table.services.slow(bert.number)
    anna.say(2)
    table.settle()
    snapshot, change = bert.take()
    assert (snapshot["t"], snapshot["version"], "re" in snapshot) == ("snapshot", 1, False)
    assert change["version"] == 2


def test_a_slow_reader_that_writes_is_acknowledged_after_its_snapshot() -> None:
    table, anna, bert = two()
    bert.take()
    bert.say(1)
    table.services.slow(bert.number)
    anna.say(1)
    table.settle()
    assert [(m["t"], m["version"]) for m in bert.take()] == [("snapshot", 1), ("ack", 1), ("message", 2)]


# --- failing -----------------------------------------------------------------------------------------------


def test_what_was_not_stored_is_unavailable_and_goes_in_when_sent_again() -> None:
    table, anna, bert = two()
    anna.take()
    anna.say(1)
    anna.say(2)
    table.chat.fail()
    table.settle()
    assert [(m["code"], m["seq"]) for m in anna.take("error")] == [("unavailable", 1), ("unavailable", 2)]
    anna.say(1, "again")
    anna.say(2, "and again")
    table.settle()
    assert [m["version"] for m in anna.take("ack")] == [1, 2]
    assert [said(m) for m in bert.take("message")] == [(1, "again"), (2, "and again")]


def test_what_was_stored_without_a_word_is_acknowledged_when_sent_again() -> None:
    table, anna, bert = two()
    anna.say(1, "first")
    anna.say(2, "second")
    bert.take()
    table.chat.fail(stored=1)
    table.settle()
    anna.take()
    anna.say(1, "first")
    anna.say(2, "second")
    table.settle()
    assert [m["version"] for m in anna.take("ack")] == [1, 2]
    snapshot, change = bert.take()
    assert [said(m) for m in snapshot["messages"]] == [(1, "first")]
    assert said(change) == (2, "second")


def test_a_topic_that_cannot_be_read_is_read_again_after_a_second() -> None:
    table, anna, _ = two()
    anna.take()
    table.chat.readable = False
    anna.say(1)
    table.chat.fail()
    table.settle()
    anna.say(1)
    table.settle()
    assert [m["code"] for m in anna.take()] == ["unavailable", "unavailable"]
    carol = table.sit("carol")
    assert carol.open("c")["code"] == "unavailable"
    table.chat.readable = True
    table.advance(2.5)
    anna.say(1)
    table.settle()
    assert [m["t"] for m in anna.take()] == ["ack"]
    assert carol.open("c")["version"] == 1


def test_an_answer_that_cannot_be_read_is_unavailable() -> None:
    table, _, _ = two()
    carol = table.sit("carol")
    table.chat.readable = False
    answer = carol.open("c", id=5)
    assert (answer["code"], answer["re"], answer["retry_ms"] > 0) == ("unavailable", 5, True)


def test_another_owner_is_noticed_and_everybody_gets_its_changes() -> None:
    table, anna, bert = two()
    theirs = ChatMessage(1, "m", Author("carol", "Carol"), 0, "c", 1, "from the other node")
    table.chat.stored["r"] = [theirs]
    anna.take()
    bert.take()
    anna.say(1, "mine")
    table.settle()
    assert [m["t"] for m in anna.take()] == ["error", "snapshot"]
    anna.say(1, "mine")
    table.settle()
    snapshot, change = bert.take()
    assert [said(m) for m in snapshot["messages"]] == [(1, "from the other node")]
    assert said(change) == (2, "mine")


def test_history_that_was_lost_changes_the_epoch_for_everybody() -> None:
    table, anna, bert = two()
    anna.say(1)
    table.settle()
    table.chat.epoch, table.chat.stored = "e2", {}
    bert.take()
    anna.say(2)
    table.settle()
    (snapshot,) = bert.take()
    assert (snapshot["epoch"], snapshot["version"]) == ("e2", 0)


# --- all of it at once -------------------------------------------------------------------------------------

PEOPLE = ["anna", "anna", "bert", "carol"]
"""Two clients of one identity among them."""

operations = st.one_of(
    st.tuples(st.just("open"), st.integers(0, 3), st.sampled_from([None, 0, 1, 5])),
    st.tuples(st.just("say"), st.integers(0, 3), st.sampled_from([-1, 0, 1, 1, 1, 1, 2])),
    st.tuples(st.just("private"), st.integers(0, 3), st.just(1)),
    st.tuples(st.just("cut"), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("slow"), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("step"), st.just(0), st.just(0)),
    st.tuples(st.just("commit"), st.integers(1, 4), st.just(0)),
    st.tuples(st.just("settle"), st.just(0), st.just(0)),
    st.tuples(st.just("fail"), st.integers(0, 2), st.just(0)),
    st.tuples(st.just("unreadable"), st.just(0), st.just(0)),
)


class Watched(Table):
    """Judges everything at the moment it is said."""

    def __init__(self) -> None:
        super().__init__(chat=MemoryChat())
        self.at: dict[int, int] = {}
        self.acked: dict[tuple[str, str, int], int] = {}

    def judge(self, seat: Seat, client: str, message: dict[str, Any]) -> None:
        log = self.chat.stored.get("r", [])
        name = message["t"]
        if name == "error":
            return
        version = message["version"]
        assert version <= len(log), "said before it was stored"
        reached = self.at.get(seat.number)
        if name in ("snapshot", "changes"):
            assert version >= (reached or 0)
            for told in message["messages"]:
                assert said(told) == (log[told["version"] - 1].version, log[told["version"] - 1].text)
            self.at[seat.number] = version
            return
        assert reached is not None, "before the answer to open"
        if name == "ack":
            key = (seat.person.identity, client, message["seq"])
            assert self.acked.setdefault(key, version) == version
            stored = log[version - 1]
            assert (stored.author.identity, stored.client, stored.seq) == key
            if version <= reached:
                return
        else:
            assert said(message) == (log[version - 1].version, log[version - 1].text)
        hidden = [log[missed - 1] for missed in range(reached + 1, version)]
        assert version > reached
        assert all(one.to and seat.person.identity not in (one.to, one.author.identity) for one in hidden)
        self.at[seat.number] = version


def in_order(chat: MemoryChat) -> None:
    """Versions without gap, and each client's messages once and in order."""
    log = chat.stored.get("r", [])
    assert [one.version for one in log] == list(range(1, len(log) + 1))
    last: dict[tuple[str, str], int] = {}
    for one in log:
        key = (one.author.identity, one.client)
        assert one.seq == last.get(key, 0) + 1
        last[key] = one.seq


@settings(max_examples=150)
@given(st.lists(operations, min_size=20, max_size=80))
def test_whatever_happens_everybody_sees_one_order_of_what_is_stored(steps: list[tuple[Any, ...]]) -> None:
    table = Watched()
    people: list[Person] = [table.person(name) for name in PEOPLE]
    seats = [table.sit(person) for person in people]
    sent = [0, 0, 0, 0]

    def judge_all() -> None:
        for number, seat in enumerate(seats):
            for message in seat.take():
                table.judge(seat, f"c{number}", message)

    for number, seat in enumerate(seats):
        seat.send({"t": "open", "client": f"c{number}"})
    for name, number, value in steps:
        if name == "open":
            seats[number].send({"t": "open", "client": f"c{number}", "version": value})
        elif name in ("say", "private"):
            seq = max(1, sent[number] + value)
            sent[number] = max(sent[number], seq) if value < 2 else sent[number]
            to = {"to": "carol"} if name == "private" else {}
            seats[number].say(seq, f"{number}/{seq}", **to)
        elif name == "cut":
            judge_all()
            seats[number].lose()
            seats[number] = table.sit(people[number])
        elif name == "slow":
            table.services.slow(seats[number].number)
        elif name == "step":
            table.work.step()
        elif name == "commit":
            table.chat.commit(number)
        elif name == "settle":
            table.settle()
        elif name == "fail":
            table.chat.fail(stored=number)
        else:
            table.chat.readable = not table.chat.readable
        judge_all()
        table.work.now += 0.01
    table.chat.readable = True
    for _ in range(4):
        table.advance(1.1)
        table.settle()
    judge_all()
    in_order(table.chat)
    for number, seat in enumerate(seats):
        answer = seat.open(f"c{number}")
        log = table.chat.stored.get("r", [])
        count = sum((m.author.identity, m.client) == (PEOPLE[number], f"c{number}") for m in log)
        assert (answer["t"], answer["version"], answer["seq"]) == ("snapshot", len(log), count)
        seat.say(count + 1, "at last")
        table.settle()
        assert [m["t"] for m in seat.take()] == ["ack"]
        table.judge(seat, "", answer)


def test_an_answer_read_before_the_topic_was_loaded_again_is_read_anew() -> None:
    table = Table()
    anna, bert = table.sit("anna"), table.sit("bert")
    anna.open("a")
    anna.say(1, "in after all")
    table.work.run_all()
    table.chat.held = Promise()
    bert.send({"t": "open", "client": "b"})
    table.work.run_all()
    table.chat.fail(stored=1)
    table.work.run_all()
    table.chat.held.done = True
    table.settle()
    (answer,) = bert.take()
    assert (answer["t"], answer["version"]) == ("snapshot", 1)
    assert [said(message) for message in answer["messages"]] == [(1, "in after all")]
