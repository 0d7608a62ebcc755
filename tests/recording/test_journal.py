"""What the journal makes of what a meeting is told."""

from typing import Any

import pytest

from recording.journal import WHOLE_EVERY, Heard, Journal

ROOM = {"documents": [{"id": "do_1", "title": "Plan"}], "boards": [{"id": "bo_1", "title": "Map"}]}
DELTA = {"ops": [{"insert": "\n"}]}
ANNA = {"identity": "anna", "name": "Anna"}


def participant(identity: str, **changes: Any) -> dict[str, Any]:
    described = {"id": f"pa_{identity}", "identity": identity, "name": identity.title(), "hand": False}
    return described | changes


def track(name: str, **changes: Any) -> dict[str, Any]:
    described = {"id": name, "participant": "pa_anna", "source": "camera", "name": "", "muted": False}
    return described | {"codec": "VP8"} | changes


def begun() -> Journal:
    journal = Journal()
    journal.begin(ROOM, [participant("anna")], [track("tr_1")])
    return journal


def told(journal: Journal, kind: str, **fields: Any) -> list[dict[str, Any]]:
    return journal.hear({"type": kind, **fields}, 10).lines


def said(journal: Journal, label: str, kind: str, /, size: int = 10, **fields: Any) -> Heard:
    return journal.hear({"type": "channel", "label": label, "data": {"t": kind, **fields}}, size)


def test_what_is_there_when_it_begins_comes_first() -> None:
    journal = Journal()
    raised = participant("bert", hand=True)
    speakers = {"type": "speakers", "speakers": [{"participant": "pa_anna", "level": 0.5}]}
    heard = journal.begin(ROOM, [participant("anna"), raised], [track("tr_1", muted=True)], [speakers])
    assert heard.lines == [
        {"kind": "joined", "participant": "pa_anna", "identity": "anna", "name": "Anna"},
        {"kind": "joined", "participant": "pa_bert", "identity": "bert", "name": "Bert"},
        {"kind": "hand", "participant": "pa_bert", "raised": True},
        {
            "kind": "published",
            "track": "tr_1",
            "participant": "pa_anna",
            "source": "camera",
            "name": "",
            "muted": True,
        },
        {"kind": "speakers", "speakers": ["pa_anna"]},
    ]
    assert [label for label, _ in heard.asks] == ["chat", "annotations"]


def test_people_come_change_and_go() -> None:
    journal = begun()
    update = {"participant": participant("anna", name="Anna B.", hand=True)}
    assert told(journal, "participant_updated", **update) == [
        {"kind": "renamed", "participant": "pa_anna", "name": "Anna B."},
        {"kind": "hand", "participant": "pa_anna", "raised": True},
    ]
    assert told(journal, "participant_updated", **update) == []
    come_and_go = {"joined": [participant("bert")], "left": ["pa_anna", "pa_nobody"], "count": 1}
    assert told(journal, "roster", **come_and_go) == [
        {"kind": "joined", "participant": "pa_bert", "identity": "bert", "name": "Bert"},
        {"kind": "left", "participant": "pa_anna"},
    ]
    left = told(journal, "participant_left", participant="pa_bert", reason="left")
    assert left == [{"kind": "left", "participant": "pa_bert"}]


def test_whoever_pins_something_is_named_with_it() -> None:
    journal = begun()
    (line,) = told(journal, "pinned", participant="pa_anna", tracks=["tr_1"])
    assert line == {"kind": "pinned", "participant": "pa_anna", "tracks": ["tr_1"]}


def test_tracks_come_are_muted_and_go() -> None:
    journal = begun()
    assert told(journal, "track_updated", track=track("tr_1", codec="VP9")) == []
    muted = told(journal, "track_updated", track=track("tr_1", muted=True))
    assert muted == [{"kind": "muted", "track": "tr_1", "muted": True}]
    gone = told(journal, "track_unpublished", track="tr_1")
    assert gone == [{"kind": "unpublished", "track": "tr_1"}]
    assert told(journal, "track_unpublished", track="tr_1") == []


def test_who_looks_at_a_document_has_it_open_until_they_look_elsewhere() -> None:
    journal = begun()

    def look(at: str | None) -> list[tuple[str, str]]:
        lines = told(journal, "looking", participants=[{"participant": "pa_anna", "at": at}])
        return [(line["kind"], line["topic"]) for line in lines]

    assert look("do_1") == [("opened", "do_1")]
    assert look("do_1") == []
    assert look("bo_1") == [("closed", "do_1"), ("opened", "bo_1")]
    assert look("tr_1") == [("closed", "bo_1")]
    assert look(None) == []


def test_a_document_in_use_is_opened_once_and_written_whole() -> None:
    journal = begun()
    assert journal.opened("tr_1") == []
    ((label, message),) = journal.opened("do_1")
    assert (label, message["t"], message["doc"], message["version"]) == ("documents", "open", "do_1", None)
    assert journal.opened("do_1") == []
    comments = [{"id": "co_1"}]
    snapshot: dict[str, Any] = {
        "doc": "do_1",
        "version": 3,
        "delta": DELTA,
        "comments": comments,
        "reviews": [],
    }
    assert said(journal, "documents", "snapshot", **snapshot).lines == [
        {"kind": "document", "doc": "do_1", "title": "Plan", "version": 3, "delta": DELTA},
        {"kind": "document_comments", "doc": "do_1", "comments": comments},
    ]
    # Those that were there may have been deleted unheard, in a gap.
    without = said(journal, "documents", "snapshot", **(snapshot | {"comments": []})).lines
    assert without[1] == {"kind": "document_comments", "doc": "do_1", "comments": []}
    change: dict[str, Any] = {"doc": "do_1", "version": 4, "author": ANNA, "delta": DELTA}
    heard = said(journal, "documents", "change", **change, client="c", seq=1, at=5)
    assert heard.lines == [{"kind": "document_change", **change}]
    assert heard.asks == []


def test_a_topic_is_written_whole_again_once_much_has_changed() -> None:
    journal = begun()
    journal.opened("bo_1")
    said(journal, "whiteboard", "snapshot", size=4_000, board="bo_1", version=1, pages=[], elements=[])
    asked = []
    for version in range(2, 3 * WHOLE_EVERY):
        change: dict[str, Any] = {"board": "bo_1", "version": version, "author": ANNA, "changes": []}
        if said(journal, "whiteboard", "change", size=4, **change).asks:
            asked.append(version)
    # 250 changes of 4 bytes are a quarter of the whole; it is not asked for twice before it came.
    assert asked == [251]
    heard = said(
        journal, "whiteboard", "snapshot", size=400, board="bo_1", version=600, pages=[], elements=[]
    )
    assert heard.lines == [
        {"kind": "board", "board": "bo_1", "title": "Map", "version": 600, "pages": [], "elements": []}
    ]


def test_a_topic_too_long_for_a_message_is_fetched() -> None:
    journal = begun()
    journal.opened("do_1")
    heard = said(journal, "documents", "snapshot", doc="do_1", version=7, url="/api/v1/…")
    assert (heard.lines, heard.fetch) == ([], ("do_1", 7))
    (line,) = journal.fetched("do_1", 7, 100_000, [], delta=DELTA).lines
    assert line == {"kind": "document", "doc": "do_1", "title": "Plan", "version": 7, "delta": DELTA}
    heard = said(journal, "documents", "change", doc="do_1", version=8, author=ANNA, url="/api/v1/…")
    assert heard.lines == []
    assert [message["doc"] for _, message in heard.asks] == ["do_1"]


def test_what_is_told_while_a_topic_is_fetched_follows_it() -> None:
    journal = begun()
    journal.opened("do_1")
    said(journal, "documents", "snapshot", doc="do_1", version=7, url="/api/v1/…")
    heard = said(journal, "documents", "change", doc="do_1", version=8, author=ANNA, delta=DELTA)
    heard.lines += said(journal, "documents", "comment", doc="do_1", comment={"id": "co_2"}).lines
    assert heard.lines == []
    notes = [{"kind": "document_comments", "doc": "do_1", "comments": [{"id": "co_1"}]}]
    lines = journal.fetched("do_1", 7, 100_000, notes, delta=DELTA).lines
    assert [(one["kind"], one.get("version")) for one in lines] == [
        ("document", 7),
        ("document_comments", None),
        ("document_change", 8),
        ("document_comment", None),
    ]
    (line,) = said(journal, "documents", "change", doc="do_1", version=9, author=ANNA, delta=DELTA).lines
    assert line["version"] == 9
    assert journal.fetched("do_1", 7, 100_000, notes, delta=DELTA) == Heard()


def test_a_topic_that_got_too_long_a_change_while_it_was_fetched_is_asked_for_again() -> None:
    journal = begun()
    journal.opened("do_1")
    said(journal, "documents", "snapshot", doc="do_1", version=7, url="/api/v1/…")
    assert said(journal, "documents", "change", doc="do_1", version=8, url="/api/v1/…") == Heard()
    heard = journal.fetched("do_1", 7, 100_000, [], delta=DELTA)
    assert [message["doc"] for _, message in heard.asks] == ["do_1"]
    said(journal, "documents", "snapshot", doc="do_1", version=8, url="/api/v1/…")
    assert journal.fetched("do_1", 8, 100_000, [], delta=DELTA).asks == []


def test_what_cannot_be_fetched_holds_nothing_up_and_is_asked_for_again() -> None:
    journal = begun()
    journal.opened("bo_1")
    said(journal, "whiteboard", "snapshot", board="bo_1", version=7, url="/api/v1/…")
    said(journal, "whiteboard", "change", board="bo_1", version=8, author=ANNA, changes=[])
    assert [line["version"] for line in journal.not_fetched("bo_1", 7).lines] == [8]
    asked = [
        said(journal, "whiteboard", "change", board="bo_1", version=9 + i, author=ANNA, changes=[]).asks
        for i in range(WHOLE_EVERY)
    ]
    assert [message["board"] for _, message in asked[-1]] == ["bo_1"]


def test_what_waits_for_a_topic_is_written_at_its_end_and_before_another_whole() -> None:
    journal = begun()
    for version, end in enumerate(("closed", "snapshot", "fetch", "held"), start=7):
        journal.opened("do_1")
        said(journal, "documents", "snapshot", doc="do_1", version=version, url="/api/v1/…")
        said(journal, "documents", "change", doc="do_1", version=8, author=ANNA, delta=DELTA)
        if end == "held":
            lines = journal.held()
        elif end == "fetch":
            lines = said(journal, "documents", "snapshot", doc="do_1", version=20, url="/api/v1/…").lines
        else:
            lines = said(journal, "documents", end, doc="do_1", version=20, delta=DELTA).lines
        assert lines[0]["kind"] == "document_change"


def test_what_cannot_be_opened_is_tried_again_and_what_is_deleted_is_gone() -> None:
    journal = begun()
    journal.opened("do_1")
    said(journal, "documents", "error", doc="do_1", code="unavailable", message="")
    assert len(journal.opened("do_1")) == 1
    heard = said(journal, "documents", "closed", doc="do_1", reason="deleted")
    assert heard.lines == [{"kind": "deleted", "topic": "do_1"}]
    assert journal.whole("do_1", 1, 1, delta=DELTA) == []


def test_what_nobody_has_open_any_more_is_closed_and_opened_again_when_it_is_used() -> None:
    journal = begun()
    journal.opened("do_1")
    journal.opened("bo_1")
    assert journal.topics == ["do_1", "bo_1"]
    said(journal, "documents", "snapshot", doc="do_1", version=7, url="/api/v1/…")
    said(journal, "documents", "change", doc="do_1", version=8, author=ANNA, delta=DELTA)
    left = journal.left("do_1")
    assert [line["version"] for line in left.lines] == [8]
    assert left.asks == [("documents", {"t": "close", "doc": "do_1"})]
    assert journal.topics == ["bo_1"]
    ((label, message),) = journal.opened("do_1")
    assert (label, message["t"], message["doc"]) == ("documents", "open", "do_1")


def test_chat_and_reactions_are_written_and_what_was_said_before_is_not() -> None:
    journal = begun()
    message: dict[str, Any] = {"message": "me_1", "from": "anna", "name": "Anna", "text": "Hello"}
    assert said(journal, "chat", "snapshot", messages=[message]).lines == []
    assert said(journal, "chat", "message", version=3, at=1, **message).lines == [
        {"kind": "message", **message}
    ]
    reaction: dict[str, Any] = {"participant": "pa_anna", "emoji": "👍"}
    assert said(journal, "chat", "reaction", **reaction).lines == [{"kind": "reaction", **reaction}]


def test_marks_are_written_as_they_are_drawn() -> None:
    journal = begun()
    empty = {"track": "tr_1", "allowed": "all", "marks": []}
    assert said(journal, "annotations", "snapshot", tracks=[empty]).lines == []
    mark: dict[str, Any] = {
        "track": "tr_1",
        "participant": "pa_anna",
        "mark": "m",
        "tool": "pen",
        "points": [0, 1],
        "done": True,
    }
    assert said(journal, "annotations", "draw", **mark).lines == [{"kind": "draw", **mark}]
    clear: dict[str, Any] = {"track": "tr_1", "scope": "all"}
    assert said(journal, "annotations", "clear", **clear).lines == [{"kind": "clear", **clear}]
    (line,) = said(journal, "annotations", "snapshot", tracks=[empty]).lines
    assert line == {"kind": "marks", "track": "tr_1", "marks": []}


def test_after_a_gap_everything_is_said_again() -> None:
    journal = begun()
    journal.opened("do_1")
    heard = journal.gap(1_500)
    assert heard.lines == [{"kind": "gap", "from_ms": 1_500}]
    assert [label for label, _ in heard.asks] == ["annotations", "documents"]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "slots", "slots": []},
        {"type": "recording", "active": True, "recording": "re_1"},
        {"type": "channel", "label": "chat", "data": {"t": "ack", "seq": 1}},
        {"type": "channel", "label": "annotations", "data": {"t": "error", "code": "forbidden"}},
    ],
)
def test_what_is_not_of_the_meeting_is_passed_over(message: dict[str, Any]) -> None:
    assert begun().hear(message, 10) == Heard()
