"""Who may do what: one function, `allowed`, and the tables of PROTOCOL.md 1 it reads.

Every message, channel, HTTP call and media act asks it. A subject has a role, and grants that override it;
an action has a rule; a rule looks at the subject and at whose the resource is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from datachannels.repositories import Access


class Role(StrEnum):
    """What a participant is in a room; `PARTICIPANT` unless the token says otherwise."""

    VIEWER = "viewer"
    PARTICIPANT = "participant"
    PRESENTER = "presenter"
    HOST = "host"


class Grant(StrEnum):
    """The single rights a role is made of."""

    SUBSCRIBE = "subscribe"
    CHAT = "chat"
    PUBLISH_AUDIO = "publish_audio"
    PUBLISH_VIDEO = "publish_video"
    PUBLISH_SCREEN = "publish_screen"
    EDIT_DOCUMENTS = "edit_documents"
    COMMENT = "comment"
    DRAW = "draw"
    ANNOTATE = "annotate"
    CONTROL = "control"
    RECORD = "record"
    MUTE_OTHERS = "mute_others"
    MODERATE = "moderate"
    HIDDEN = "hidden"


GRANTS = frozenset(grant.value for grant in Grant)

_VIEWER = frozenset({Grant.SUBSCRIBE, Grant.CHAT})
_PARTICIPANT = _VIEWER | {
    Grant.PUBLISH_AUDIO,
    Grant.PUBLISH_VIDEO,
    Grant.PUBLISH_SCREEN,
    Grant.EDIT_DOCUMENTS,
    Grant.COMMENT,
    Grant.DRAW,
    Grant.ANNOTATE,
    Grant.CONTROL,
}
_PRESENTER = _PARTICIPANT | {Grant.RECORD, Grant.MUTE_OTHERS}

ROLE_GRANTS: Mapping[Role, frozenset[Grant]] = {
    Role.VIEWER: _VIEWER,
    Role.PARTICIPANT: _PARTICIPANT,
    Role.PRESENTER: _PRESENTER,
    Role.HOST: _PRESENTER | {Grant.MODERATE},
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Who acts. `grants` overrides the role by grant name; `participant` is empty outside a meeting.

    `admin` is for HTTP calls: such a token may use every endpoint. A joined participant is not admin,
    whatever its token says: in a meeting the role counts.
    """

    identity: str
    participant: str = ""
    role: Role = Role.PARTICIPANT
    grants: Mapping[str, bool] = field(default_factory=dict)
    admin: bool = False

    def has(self, grant: Grant) -> bool:
        """True if the role or an override gives it, and no override takes it away."""
        return self.grants.get(grant, grant in ROLE_GRANTS[self.role])

    def effective_grants(self) -> dict[str, bool]:
        """Every grant as it is in force: the `grants` of a participant object."""
        return {grant.value: self.has(grant) for grant in Grant}

    def with_grants(self, changes: Mapping[str, bool | None]) -> "Subject":
        """After `set_grants`: merged by key, null removes the override.

        Raises ValueError for an unknown grant and for `hidden`, which only a token gives.
        """
        wrong = sorted(set(changes) - GRANTS | set(changes) & {Grant.HIDDEN.value})
        if wrong:
            raise ValueError(f"cannot be granted: {', '.join(wrong)}")
        merged = {**self.grants, **changes}
        return replace(self, grants={name: value for name, value in merged.items() if value is not None})

    def with_grants_of(self, other: "Subject") -> "Subject":
        """As `other`, another connection of the same identity; `hidden` is the token's."""
        grants = {name: value for name, value in other.grants.items() if name != Grant.HIDDEN}
        return replace(self, grants=grants | self._hidden())

    def with_role(self, role: Role) -> "Subject":
        """After `set_role`: earlier overrides are dropped, save `hidden`, which is the token's."""
        return replace(self, role=role, grants=self._hidden())

    def _hidden(self) -> dict[str, bool]:
        return {name: value for name, value in self.grants.items() if name == Grant.HIDDEN}


@dataclass(frozen=True, slots=True)
class TrackOf:
    """A track: the participant who publishes it, its source, and who holds its remote control."""

    participant: str
    source: str = ""
    holder: str = ""


ACCESS: tuple[Access, ...] = ("viewer", "commenter", "editor", "owner")
"""What somebody may be to a document or board, each more than those before it."""

MEMBER_ACCESS: Access = "editor"
"""What members of the room are to its documents and boards, where nothing else is said of them."""


def lesser(one: Access, other: Access) -> Access:
    """The one that allows less."""
    return min(one, other, key=ACCESS.index)


@dataclass(frozen=True, slots=True)
class WorkOf:
    """A document, board, comment, mark or review: the identity whose it is (a review's: its reviewer).

    `access` is what the subject is to the document or board that it is, or is in.
    """

    identity: str
    access: Access = MEMBER_ACCESS


def work_of(owner: str, role: str, at_most: Access = "owner") -> WorkOf:
    """The work of `owner`, "" nobody's yet, for whom the access list calls `role`, "" not at all."""
    said = next((access for access in ACCESS if access == role), MEMBER_ACCESS)
    return WorkOf(owner, lesser(said, at_most))


Resource = TrackOf | WorkOf | None
"""What is acted upon; None is the room, or a thing that is not there yet."""


class Action(StrEnum):
    """What may be asked for. Names follow the messages of PROTOCOL.md."""

    SUBSCRIBE = "subscribe"
    SAY = "say"
    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    MUTE = "mute"
    UNMUTE = "unmute"
    MUTE_ALL = "mute_all"
    RECORD = "record"
    MODERATE = "moderate"
    HIDE = "hide"

    OPEN_TOPIC = "open_topic"  # open, history, export, cursors
    EDIT_DOCUMENT = "edit_document"  # create, submit, restore
    EDIT_BOARD = "edit_board"  # create, submit, live strokes, files
    MANAGE_TOPIC = "manage_topic"  # rename or delete a document or board, say who has access, share links

    COMMENT = "comment"  # comment, resolve
    EDIT_COMMENT = "edit_comment"  # its text, its deletion
    REQUEST_REVIEW = "request_review"
    JUDGE_REVIEW = "judge_review"
    CANCEL_REVIEW = "cancel_review"

    ANNOTATE = "annotate"
    ERASE_MARK = "erase_mark"
    CLEAR_MARKS = "clear_marks"  # everybody's, of one track
    ALLOW_MARKS = "allow_marks"

    REQUEST_CONTROL = "request_control"
    GIVE_CONTROL = "give_control"
    SEND_INPUT = "send_input"
    REVOKE_CONTROL = "revoke_control"

    ADMINISTER = "administer"  # lists of rooms, sessions, other rooms' recordings


Rule = Callable[[Subject, Resource], bool]


def _has(grant: Grant) -> Rule:
    return lambda subject, resource: subject.has(grant)


def _any(*rules: Rule) -> Rule:
    return lambda subject, resource: any(rule(subject, resource) for rule in rules)


def _all(*rules: Rule) -> Rule:
    return lambda subject, resource: all(rule(subject, resource) for rule in rules)


def _is(least: Access) -> Rule:
    """At least that to the document or board; what is none of them asks nothing."""

    def rule(subject: Subject, resource: Resource) -> bool:
        access = resource.access if isinstance(resource, WorkOf) else MEMBER_ACCESS
        return ACCESS.index(access) >= ACCESS.index(least)

    return rule


def _member(subject: Subject, resource: Resource) -> bool:
    return True


def _nobody(subject: Subject, resource: Resource) -> bool:
    return False


def _own(subject: Subject, resource: Resource) -> bool:
    """A track is its participant's (one identity may be in the room twice), work is its identity's."""
    if isinstance(resource, TrackOf):
        return bool(subject.participant) and resource.participant == subject.participant
    return resource is not None and resource.identity == subject.identity


def _holds(subject: Subject, resource: Resource) -> bool:
    return (
        isinstance(resource, TrackOf) and bool(subject.participant) and resource.holder == subject.participant
    )


PUBLISH_GRANTS: Mapping[str, Grant] = {
    "microphone": Grant.PUBLISH_AUDIO,
    "camera": Grant.PUBLISH_VIDEO,
    "screen": Grant.PUBLISH_SCREEN,
    "screen_audio": Grant.PUBLISH_SCREEN,
}


def _publishes(subject: Subject, resource: Resource) -> bool:
    grant = PUBLISH_GRANTS.get(resource.source) if isinstance(resource, TrackOf) else None
    return grant is not None and subject.has(grant)


_moderates = _has(Grant.MODERATE)

RULES: Mapping[Action, Rule] = {
    Action.SUBSCRIBE: _has(Grant.SUBSCRIBE),
    Action.SAY: _has(Grant.CHAT),
    Action.PUBLISH: _all(_own, _publishes),
    Action.UNPUBLISH: _own,
    Action.MUTE: _any(_own, _has(Grant.MUTE_OTHERS)),
    Action.UNMUTE: _own,
    Action.MUTE_ALL: _has(Grant.MUTE_OTHERS),
    Action.RECORD: _has(Grant.RECORD),
    Action.MODERATE: _moderates,
    Action.HIDE: _has(Grant.HIDDEN),
    Action.OPEN_TOPIC: _member,
    Action.EDIT_DOCUMENT: _all(_has(Grant.EDIT_DOCUMENTS), _is("editor")),
    Action.EDIT_BOARD: _all(_has(Grant.DRAW), _is("editor")),
    Action.MANAGE_TOPIC: _any(_own, _is("owner"), _moderates),
    Action.COMMENT: _all(_has(Grant.COMMENT), _is("commenter")),
    Action.EDIT_COMMENT: _any(_all(_own, _is("commenter")), _moderates),
    Action.REQUEST_REVIEW: _all(_has(Grant.COMMENT), _is("commenter")),
    Action.JUDGE_REVIEW: _all(_own, _is("commenter")),
    Action.CANCEL_REVIEW: _moderates,
    Action.ANNOTATE: _has(Grant.ANNOTATE),
    Action.ERASE_MARK: _any(_own, _moderates),
    Action.CLEAR_MARKS: _any(_own, _moderates),
    Action.ALLOW_MARKS: _own,
    Action.REQUEST_CONTROL: _has(Grant.CONTROL),
    Action.GIVE_CONTROL: _own,
    Action.SEND_INPUT: _holds,
    Action.REVOKE_CONTROL: _any(_own, _holds, _moderates),
    Action.ADMINISTER: _nobody,
}


def allowed(subject: Subject, action: Action, resource: Resource = None) -> bool:
    """May this subject do this to that? An admin may do all that HTTP offers; others what the rule says."""
    return subject.admin or RULES[action](subject, resource)
