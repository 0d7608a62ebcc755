"""Somebody who has a document or board open by a share link, and nothing else of the room."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datachannels.refusals import RequestRefused
from datachannels.repositories import Access, ShareLink, Topic
from signaling.node import SignalingNode
from signaling.outputs import SessionId
from signaling.permissions import Action, Grant, Role, Subject, allowed, work_of

GRANTS: Mapping[Access, tuple[Grant, ...]] = {
    "viewer": (),
    "commenter": (Grant.COMMENT,),
    "editor": (Grant.COMMENT, Grant.EDIT_DOCUMENTS, Grant.DRAW),
    "owner": (Grant.COMMENT, Grant.EDIT_DOCUMENTS, Grant.DRAW),
}

TOPIC_FIELDS: Mapping[str, tuple[str, ...]] = {
    "documents": ("doc",),
    "whiteboard": ("board",),
    "live": ("doc", "board", "topic"),
}
"""Labels that are about documents and boards, and how their messages name one."""


def subject_of(identity: str, access: Access, participant: str = "") -> Subject:
    """What comes by a share link may do at all: nothing that is of the meeting."""
    grants = {Grant.SUBSCRIBE.value: False, Grant.CHAT.value: False}
    grants |= {grant.value: True for grant in GRANTS[access]}
    return Subject(identity, participant, Role.VIEWER, grants)


@dataclass(slots=True, eq=False)
class LinkHolder:
    """`datachannels.member.Member`: named to others by `id`, in no list of participants.

    `key` is the API key that signed the token it came with; `meeting` follows the one that is on in the
    topic's room, "" while none is. `away_until` and `renew_token_at` are monotonic seconds.
    """

    node: SignalingNode
    id: str
    identity: str
    name: str
    link: ShareLink
    topic: Topic
    key: str
    resume: str
    joined_at_ms: int
    meeting: str = ""
    session: SessionId | None = None
    away_until: float | None = None
    renew_token_at: float = 0.0

    @property
    def room(self) -> str:
        """See `Member`."""
        return self.topic.room

    @property
    def hidden(self) -> bool:
        """See `Member`."""
        return False

    @property
    def listed(self) -> bool:
        """See `Member`."""
        return False

    @property
    def subject(self) -> Subject:
        """What it may do, before the topic's access list is looked at."""
        return subject_of(self.identity, self.link.role, self.id)

    def may(self, action: str, now: float, owner: str = "", role: str = "") -> bool:
        """See `Member`; a refusal is kept."""
        if allowed(self.subject, Action(action), work_of(owner, role, self.link.role)):
            return True
        at = self.node.unix_ms(now)
        self.node.audit.refused(at, self.room, action, self.subject, "forbidden", now)
        return False

    def may_on_track(self, action: str, now: float, publisher: str) -> bool:
        """See `Member`: there are no tracks here."""
        return False

    def check(self, label: str, data: dict[str, Any] | list[Any]) -> None:
        """Raises `RequestRefused` unless a channel message is about the topic of the link."""
        fields = TOPIC_FIELDS.get(label, ())
        messages = data if isinstance(data, list) else [data]
        # Not even an empty message: it would open the channel, and with it what is said there to all.
        if not messages or not all(self._names_topic(message, fields) for message in messages):
            raise RequestRefused("forbidden", "a share link opens one document or board and nothing else")

    def _names_topic(self, message: object, fields: tuple[str, ...]) -> bool:
        if not isinstance(message, dict) or "track" in message:
            return False
        named = [message[name] for name in fields if name in message]
        return bool(named) and all(name == self.topic.id for name in named)

    def describe(self) -> dict[str, Any]:
        """The participant object of PROTOCOL.md 2, with what it is to the topic."""
        return {
            "id": self.id,
            "identity": self.identity,
            "name": self.name,
            "role": self.subject.role.value,
            "grants": self.subject.effective_grants(),
            "hand": False,
            "metadata": "",
            "joined_at": self.joined_at_ms,
            "state": "active" if self.session is not None else "away",
            "access": self.link.role,
        }

    def describe_room(self) -> dict[str, Any]:
        """The room object as far as it concerns the holder: which room it is, the link does not say."""
        listed = [{"id": self.topic.id, "title": self.topic.title}]
        is_board = self.topic.id.startswith("bo_")
        return {
            "id": "",
            "name": "",
            "created_at": self.topic.created_at,
            "locked": False,
            "lobby": False,
            "max_participants": 0,
            "recording": False,
            "documents": [] if is_board else listed,
            "boards": listed if is_board else [],
        }
