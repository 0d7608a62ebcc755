"""The lists of documents and boards in the room object."""

from pathlib import Path

from datachannels.repositories import Author, Change, Topic
from signaling.shared_topics import SharedTopics
from tests.datachannels.memory_topics import MemoryTopics
from tests.datachannels.table import Work
from tests.signaling.chatting import Talker
from tests.signaling.live_node import node_settings, receive, running


class Room:
    """Counts how often it is told."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.told = 0

    def tell_room(self) -> None:
        self.told += 1


def shared(*titles: str) -> tuple[SharedTopics, Work, MemoryTopics]:
    """Lists over documents `do_0`, `do_1` … of room `r`."""
    topics, work, documents = SharedTopics(), Work(), MemoryTopics()
    for number, title in enumerate(titles):
        first = Change(1, Author("anna", "Anna"), 1, "c", 1, '{"ops":[{"insert":"\\n"}]}')
        documents.create(Topic(f"do_{number}", "r", title, "anna", 1, 1, 1), first)
    documents.commit()
    topics.serve(work, {"documents": documents})
    return topics, work, documents


def test_a_room_is_told_again_once_its_list_is_read() -> None:
    topics, work, _ = shared("Plan", "Notes")
    room, other = Room("r"), Room("s")
    topics.opened(room)
    topics.opened(other)
    assert topics.describe("documents", "r") == []
    work.run_all()
    assert topics.describe("documents", "r") == [
        {"id": "do_0", "title": "Plan"},
        {"id": "do_1", "title": "Notes"},
    ]
    assert (room.told, other.told) == (1, 0)
    assert topics.describe("documents", "s") == topics.describe("boards", "r") == []


def test_what_happens_while_the_list_is_read_counts() -> None:
    topics, work, _ = shared("Plan", "Notes", "Old")
    room = Room("r")
    topics.opened(room)
    topics.put("documents", "r", "do_1", "Renamed")
    topics.remove("documents", "r", "do_2")
    work.run_all()
    assert topics.describe("documents", "r") == [
        {"id": "do_0", "title": "Plan"},
        {"id": "do_1", "title": "Renamed"},
    ]


def test_a_room_that_ended_takes_its_list_along_and_not_its_successors() -> None:
    topics, work, _ = shared("Plan")
    old, new = Room("r"), Room("r")
    topics.opened(old)
    topics.opened(new)
    topics.ended(old)
    work.run_all()
    assert topics.describe("documents", "r") == [{"id": "do_0", "title": "Plan"}]
    topics.ended(new)
    topics.put("documents", "r", "do_9", "Late")
    assert topics.describe("documents", "r") == []


def test_a_list_that_cannot_be_read_stays_empty() -> None:
    topics, work, documents = shared("Plan")
    documents.readable = False
    topics.opened(Room("r"))
    work.run_all()
    assert topics.describe("documents", "r") == []


def test_the_same_title_again_is_no_news() -> None:
    topics, work, _ = shared("Plan")
    room = Room("r")
    topics.opened(room)
    work.run_all()
    topics.put("documents", "r", "do_0", "Plan")
    topics.remove("documents", "r", "do_5")
    assert room.told == 1


async def test_everybody_hears_of_a_new_document_and_later_meetings_list_it(tmp_path: Path) -> None:
    settings = node_settings(data=tmp_path)
    async with running(settings) as node:
        anna, bert = await Talker.join(node, "anna"), await Talker.join(node, "bert")
        await anna.send("documents", {"t": "create", "title": "Plan"})
        listed = [{**(await anna.hear("documents", "created"))["doc"]}]
        del listed[0]["version"]
        while (message := await receive(bert.socket))["type"] != "room_updated":
            pass
        assert message["room"]["documents"] == listed
        assert (await Talker.join(node, "carol")).joined["room"]["documents"] == listed
    async with running(settings) as node:
        dave = await Talker.join(node, "dave")
        room = dave.joined["room"]
        while not room["documents"]:
            message = await receive(dave.socket)
            room = message.get("room", room)
        assert room["documents"] == listed
