"""Who may do what: PROTOCOL.md's table and rules, written out once more by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datachannels.repositories import Access
from signaling.permissions import (
    ACCESS,
    RULES,
    Action,
    Grant,
    Resource,
    Role,
    Subject,
    TrackOf,
    WorkOf,
    allowed,
    work_of,
)

ROLES = (Role.VIEWER, Role.PARTICIPANT, Role.PRESENTER, Role.HOST)

# The protocol's grant table: v viewer, p participant, r presenter, h host.
GRANT_TABLE = {
    "subscribe": "vprh",
    "chat": "vprh",
    "publish_audio": "prh",
    "publish_video": "prh",
    "publish_screen": "prh",
    "edit_documents": "prh",
    "comment": "prh",
    "draw": "prh",
    "annotate": "prh",
    "control": "prh",
    "record": "rh",
    "mute_others": "rh",
    "moderate": "h",
    "hidden": "",
}

OWN_TRACK = TrackOf("pa_me", "camera")
OTHER_TRACK = TrackOf("pa_other", "camera")
HELD_TRACK = TrackOf("pa_other", "screen", holder="pa_me")
OWN_WORK = WorkOf("me")
OTHER_WORK = WorkOf("other")

# Who may, by role, on what.
ACTION_TABLE: list[tuple[Action, Resource, str]] = [
    (Action.SUBSCRIBE, None, "vprh"),
    (Action.SAY, None, "vprh"),
    (Action.PUBLISH, OWN_TRACK, "prh"),
    (Action.PUBLISH, OTHER_TRACK, ""),
    (Action.PUBLISH, None, ""),
    (Action.UNPUBLISH, OWN_TRACK, "vprh"),
    (Action.UNPUBLISH, OTHER_TRACK, ""),
    (Action.MUTE, OWN_TRACK, "vprh"),
    (Action.MUTE, OTHER_TRACK, "rh"),
    (Action.UNMUTE, OWN_TRACK, "vprh"),
    (Action.UNMUTE, OTHER_TRACK, ""),
    (Action.MUTE_ALL, None, "rh"),
    (Action.RECORD, None, "rh"),
    (Action.MODERATE, None, "h"),
    (Action.HIDE, None, ""),
    (Action.OPEN_TOPIC, None, "vprh"),
    (Action.OPEN_TOPIC, OTHER_WORK, "vprh"),
    (Action.EDIT_DOCUMENT, None, "prh"),
    (Action.EDIT_DOCUMENT, OWN_WORK, "prh"),
    (Action.EDIT_DOCUMENT, OTHER_WORK, "prh"),
    (Action.EDIT_BOARD, None, "prh"),
    (Action.EDIT_BOARD, OWN_WORK, "prh"),
    (Action.EDIT_BOARD, OTHER_WORK, "prh"),
    (Action.MANAGE_TOPIC, OWN_WORK, "vprh"),
    (Action.MANAGE_TOPIC, OTHER_WORK, "h"),
    (Action.COMMENT, None, "prh"),
    (Action.COMMENT, OTHER_WORK, "prh"),
    (Action.EDIT_COMMENT, OWN_WORK, "vprh"),
    (Action.EDIT_COMMENT, OTHER_WORK, "h"),
    (Action.REQUEST_REVIEW, OTHER_WORK, "prh"),
    (Action.JUDGE_REVIEW, OWN_WORK, "vprh"),
    (Action.JUDGE_REVIEW, OTHER_WORK, ""),
    (Action.CANCEL_REVIEW, OTHER_WORK, "h"),
    (Action.ANNOTATE, OTHER_TRACK, "prh"),
    (Action.ERASE_MARK, OWN_WORK, "vprh"),
    (Action.ERASE_MARK, OTHER_WORK, "h"),
    (Action.CLEAR_MARKS, OWN_TRACK, "vprh"),
    (Action.CLEAR_MARKS, OTHER_TRACK, "h"),
    (Action.ALLOW_MARKS, OWN_TRACK, "vprh"),
    (Action.ALLOW_MARKS, OTHER_TRACK, ""),
    (Action.REQUEST_CONTROL, OTHER_TRACK, "prh"),
    (Action.GIVE_CONTROL, OWN_TRACK, "vprh"),
    (Action.GIVE_CONTROL, OTHER_TRACK, ""),
    (Action.SEND_INPUT, HELD_TRACK, "vprh"),
    (Action.SEND_INPUT, OTHER_TRACK, ""),
    (Action.REVOKE_CONTROL, OWN_TRACK, "vprh"),
    (Action.REVOKE_CONTROL, HELD_TRACK, "vprh"),
    (Action.REVOKE_CONTROL, OTHER_TRACK, "h"),
    (Action.ADMINISTER, None, ""),
]

# The same for what somebody is to a document or board: v viewer, c commenter, e editor, o owner.
ACCESS_TABLE: list[tuple[Action, str, str]] = [
    (Action.OPEN_TOPIC, "other", "vceo"),
    (Action.EDIT_DOCUMENT, "other", "eo"),
    (Action.EDIT_DOCUMENT, "me", "eo"),
    (Action.EDIT_BOARD, "other", "eo"),
    (Action.COMMENT, "other", "ceo"),
    (Action.EDIT_COMMENT, "me", "ceo"),
    (Action.EDIT_COMMENT, "other", ""),
    (Action.REQUEST_REVIEW, "other", "ceo"),
    (Action.JUDGE_REVIEW, "me", "ceo"),
    (Action.JUDGE_REVIEW, "other", ""),
    (Action.CANCEL_REVIEW, "other", ""),
    (Action.MANAGE_TOPIC, "other", "o"),
    (Action.MANAGE_TOPIC, "me", "vceo"),
]

LETTER = {Role.VIEWER: "v", Role.PARTICIPANT: "p", Role.PRESENTER: "r", Role.HOST: "h"}


def me(role: Role = Role.PARTICIPANT, **grants: bool) -> Subject:
    return Subject("me", "pa_me", role, grants)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("grant", sorted(GRANT_TABLE))
def test_a_role_has_the_grants_of_the_table(role: Role, grant: str) -> None:
    assert me(role).has(Grant(grant)) == (LETTER[role] in GRANT_TABLE[grant])


def test_the_tables_name_every_grant_and_every_action() -> None:
    assert set(GRANT_TABLE) == {grant.value for grant in Grant}
    assert {action for action, _, _ in ACTION_TABLE} == set(Action) == set(RULES)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("action", "resource", "who"), ACTION_TABLE)
def test_a_role_may_do_what_the_table_says(role: Role, action: Action, resource: Resource, who: str) -> None:
    assert allowed(me(role), action, resource) == (LETTER[role] in who)


@pytest.mark.parametrize(
    ("source", "grant"),
    [
        ("microphone", "publish_audio"),
        ("camera", "publish_video"),
        ("screen", "publish_screen"),
        ("screen_audio", "publish_screen"),
    ],
)
def test_each_source_needs_its_own_grant(source: str, grant: str) -> None:
    track = TrackOf("pa_me", source)
    assert allowed(me(Role.VIEWER, **{grant: True}), Action.PUBLISH, track)
    others = {g.value: True for g in Grant if g != grant}
    assert not allowed(me(Role.HOST, **others, **{grant: False}), Action.PUBLISH, track)


@pytest.mark.parametrize("access", ACCESS)
@pytest.mark.parametrize(("action", "owner", "who"), ACCESS_TABLE)
def test_access_to_a_document_counts_beside_the_grants(
    access: Access, action: Action, owner: str, who: str
) -> None:
    assert allowed(me(), action, WorkOf(owner, access)) == (access[0] in who)


@pytest.mark.parametrize("action", [Action.EDIT_DOCUMENT, Action.EDIT_BOARD, Action.COMMENT])
def test_who_lacks_the_grant_gains_nothing_by_access(action: Action) -> None:
    assert not allowed(me(Role.VIEWER), action, WorkOf("other", "owner"))


@pytest.mark.parametrize("access", ACCESS)
def test_a_moderator_manages_whatever_the_access_list_says(access: Access) -> None:
    host = me(Role.HOST)
    for action in (Action.MANAGE_TOPIC, Action.EDIT_COMMENT, Action.CANCEL_REVIEW):
        assert allowed(host, action, WorkOf("other", access))
    assert allowed(host, Action.EDIT_DOCUMENT, WorkOf("other", access)) == (access in ("editor", "owner"))


@pytest.mark.parametrize("access", ACCESS)
@pytest.mark.parametrize("at_most", ACCESS)
def test_of_a_link_and_the_access_list_the_lesser_counts(access: Access, at_most: Access) -> None:
    work = work_of("other", access, at_most)
    assert ACCESS.index(work.access) == min(ACCESS.index(access), ACCESS.index(at_most))


def test_of_whom_nothing_is_said_is_an_editor_and_by_a_link_no_more_than_it_says() -> None:
    assert work_of("other", "") == WorkOf("other", "editor")
    assert work_of("other", "", "viewer") == WorkOf("other", "viewer")


def test_an_unknown_source_is_published_by_nobody() -> None:
    assert not allowed(me(Role.HOST), Action.PUBLISH, TrackOf("pa_me", "hologram"))


def test_a_second_participant_of_the_same_identity_does_not_own_the_track() -> None:
    second = Subject("me", "pa_second")
    assert not allowed(second, Action.UNMUTE, OWN_TRACK)
    assert allowed(second, Action.EDIT_COMMENT, OWN_WORK)


def test_outside_a_meeting_nobody_owns_or_holds_a_track() -> None:
    outside = Subject("me")
    for action in (Action.UNMUTE, Action.UNPUBLISH, Action.SEND_INPUT, Action.REVOKE_CONTROL):
        assert not allowed(outside, action, TrackOf("", "screen", holder=""))


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("resource", [None, OTHER_TRACK, OTHER_WORK])
def test_an_admin_may_everything(action: Action, resource: Resource) -> None:
    assert allowed(Subject("root", role=Role.VIEWER, admin=True), action, resource)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("given_", [True, False])
def test_an_override_beats_the_role_both_ways(role: Role, given_: bool) -> None:
    for grant in Grant:
        assert me(role, **{grant.value: given_}).has(grant) == given_


def test_grants_merge_by_key_and_null_removes_the_override() -> None:
    subject = me(Role.VIEWER, record=True, draw=True).with_grants({"draw": None, "comment": True})
    assert subject.grants == {"record": True, "comment": True}
    assert not subject.has(Grant.DRAW)


@pytest.mark.parametrize("changes", [{"hidden": True}, {"hidden": None}, {"fly": True}])
def test_what_only_a_token_gives_cannot_be_granted(changes: dict[str, bool | None]) -> None:
    with pytest.raises(ValueError, match="cannot be granted"):
        me().with_grants(changes)


def test_a_new_role_drops_overrides_but_not_what_the_token_alone_gives() -> None:
    subject = me(Role.VIEWER, record=True, hidden=True).with_role(Role.PRESENTER)
    assert subject == me(Role.PRESENTER, hidden=True)


def test_effective_grants_name_every_grant() -> None:
    assert me(Role.HOST, draw=False).effective_grants() == {
        grant: grant not in ("hidden", "draw") for grant in GRANT_TABLE
    }


_subjects = st.builds(
    Subject,
    st.sampled_from(["me", "other"]),
    st.sampled_from(["", "pa_me", "pa_other"]),
    st.sampled_from(ROLES),
    st.dictionaries(st.sampled_from(sorted(GRANT_TABLE)), st.booleans()),
)
_resources = st.one_of(
    st.none(),
    st.builds(TrackOf, st.sampled_from(["pa_me", "pa_other"]), st.sampled_from(["camera", "screen", "x"])),
    st.builds(WorkOf, st.sampled_from(["me", "other"]), st.sampled_from(ACCESS)),
)


@given(_subjects, st.sampled_from(list(Action)), _resources, st.sampled_from(sorted(GRANT_TABLE)))
def test_one_more_grant_never_takes_a_right_away(
    subject: Subject, action: Action, resource: Resource, grant: str
) -> None:
    if allowed(subject, action, resource) and grant != Grant.HIDDEN:
        assert allowed(subject.with_grants({grant: True}), action, resource)
