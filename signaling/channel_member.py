"""A participant, as the services of data channels see it."""

from dataclasses import dataclass

from signaling.participant import Participant
from signaling.permissions import Action, Resource, TrackOf, allowed, work_of
from signaling.room import Room


@dataclass(frozen=True, slots=True)
class RoomMember:
    """`datachannels.member.Member`: everything is looked up when it is asked, so a grant counts at once."""

    within: Room
    participant: Participant

    @property
    def id(self) -> str:
        """See `Member`."""
        return self.participant.id

    @property
    def identity(self) -> str:
        """See `Member`."""
        return self.participant.subject.identity

    @property
    def name(self) -> str:
        """See `Member`."""
        return self.participant.name

    @property
    def room(self) -> str:
        """See `Member`."""
        return self.within.name

    @property
    def meeting(self) -> str:
        """See `Member`."""
        return self.within.id

    @property
    def hidden(self) -> bool:
        """See `Member`."""
        return self.participant.hidden

    @property
    def listed(self) -> bool:
        """See `Member`."""
        return True

    def may(self, action: str, now: float, owner: str = "", role: str = "") -> bool:
        """See `Member`; a refusal is kept."""
        return self._may(action, work_of(owner, role), now)

    def may_on_track(self, action: str, now: float, publisher: str) -> bool:
        """See `Member`; a refusal is kept."""
        return self._may(action, TrackOf(publisher), now)

    def _may(self, action: str, resource: Resource, now: float) -> bool:
        subject = self.participant.subject
        if allowed(subject, Action(action), resource):
            return True
        self.within.audit_refusal(action, subject, "forbidden", now)
        return False
