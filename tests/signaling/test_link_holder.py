"""What somebody may say who came by a share link."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Settings
from datachannels.refusals import RequestRefused
from datachannels.repositories import ShareLink, Topic
from sfu.clock import WallClock
from signaling.audit import Audit, LoggedAudit
from signaling.directory import Directory
from signaling.link_holder import TOPIC_FIELDS, LinkHolder
from signaling.node import SignalingNode
from signaling.outputs import Outputs
from signaling.permissions import Action

MINE = "do_1"


def holder(role: Any = "editor") -> LinkHolder:
    node = SignalingNode(
        Settings(), WallClock(0.0), Random(1), Outputs(), Directory(), Audit(LoggedAudit(), 0.0)
    )
    link = ShareLink("li_1", MINE, role, "anna", 0, None)
    topic = Topic(MINE, "r", "Plan", "anna", 0, 0, 1)
    return LinkHolder(node, "pa_1", "li_1_x", "Zoe", link, topic, "key", "rs_1", 0)


_value = st.one_of(st.just(MINE), st.just("do_2"), st.text(max_size=4), st.integers(), st.just([MINE]))
_message = st.one_of(
    st.dictionaries(st.sampled_from(["t", "doc", "board", "topic", "track", "x"]), _value, max_size=4),
    st.integers(),
    st.none(),
)


@given(
    st.sampled_from([*TOPIC_FIELDS, "chat", "annotations", "control", ""]),
    st.one_of(_message.filter(lambda one: isinstance(one, dict)), st.lists(_message, max_size=3)),
)
def test_what_passes_is_about_the_topic_of_the_link_alone(label: str, data: Any) -> None:
    messages = data if isinstance(data, list) else [data]
    fields = TOPIC_FIELDS.get(label, ())
    named = [
        {repr(one[field]) for field in fields if field in one} if isinstance(one, dict) else set()
        for one in messages
    ]
    about_tracks = any("track" in one for one in messages if isinstance(one, dict))
    if messages and all(names == {repr(MINE)} for names in named) and not about_tracks:
        holder().check(label, data)
    else:
        with pytest.raises(RequestRefused, match="nothing else"):
            holder().check(label, data)


def test_pointer_on_a_track_that_names_the_topic_too_is_refused() -> None:
    with pytest.raises(RequestRefused, match="nothing else"):
        holder().check("live", {"t": "pointer", "track": "tr_1", "x": 0, "y": 0, "doc": MINE})


# Whose the work is, what the access list says; who may by which link: v viewer, c commenter, e editor.
MAY: list[tuple[Action, str, str, str]] = [
    (Action.OPEN_TOPIC, "", "", "vce"),
    (Action.EDIT_DOCUMENT, "anna", "", "e"),
    (Action.EDIT_DOCUMENT, "anna", "owner", "e"),
    (Action.EDIT_DOCUMENT, "anna", "viewer", ""),
    (Action.EDIT_BOARD, "anna", "", "e"),
    (Action.COMMENT, "anna", "", "ce"),
    (Action.EDIT_COMMENT, "li_1_x", "", "ce"),
    (Action.EDIT_COMMENT, "anna", "", ""),
    (Action.REQUEST_REVIEW, "anna", "", "ce"),
    (Action.MANAGE_TOPIC, "anna", "", ""),
    (Action.SAY, "", "", ""),
    (Action.SUBSCRIBE, "", "", ""),
    (Action.MODERATE, "", "", ""),
    (Action.ANNOTATE, "", "", ""),
    (Action.REQUEST_CONTROL, "", "", ""),
    (Action.RECORD, "", "", ""),
]


@pytest.mark.parametrize("role", ["viewer", "commenter", "editor"])
@pytest.mark.parametrize(("action", "owner", "listed", "who"), MAY)
def test_a_holder_may_what_the_link_says_and_nothing_of_the_meeting(
    action: Action, owner: str, listed: str, who: str, role: str
) -> None:
    assert holder(role).may(action, 0.0, owner, listed) == (role[0] in who)
