"""Who is told what: one participant, everybody who knows somebody, the whole room.

Three things keep a message from somebody: they are away, the one it is about is hidden, or is not announced
yet because the room is large (`signaling.roster`).
"""

from collections.abc import Mapping
from typing import Any

from signaling.outputs import Outputs, SessionId
from signaling.participant import Participant
from signaling.permissions import Action, allowed
from signaling.roster import Roster


class Audience:
    """The members of a room as receivers. `participants` is the room's own, by id."""

    def __init__(self, participants: Mapping[str, Participant], outputs: Outputs, large: int) -> None:
        self.roster = Roster()
        self.listeners: dict[SessionId, None] = {}
        """What hears all that everybody is told, without being anybody."""

        self._participants = participants
        self._outputs = outputs
        self._large = large

    def sessions(self) -> list[SessionId]:
        """The open sockets, and listeners."""
        members = [member.session for member in self._participants.values() if member.session is not None]
        return [*members, *self.listeners]

    def moderators(self) -> list[Participant]:
        """Those who hear of people at the door."""
        return [m for m in self._participants.values() if allowed(m.subject, Action.MODERATE)]

    def tell(self, participant: Participant, message: Mapping[str, Any]) -> None:
        """One message to one participant, if its socket is open."""
        if participant.session is not None:
            self._outputs.send(participant.session, message)

    def tell_others(self, about: Participant, message: dict[str, Any]) -> None:
        """To everybody but the one it is about."""
        if about.hidden:
            return
        if self.roster.holds(about.id):
            self.roster.hold(about.id, message)
            return
        others = [session for session in self.sessions() if session != about.session]
        self._outputs.broadcast(others, message)

    def tell_all(self, about: Participant, message: dict[str, Any]) -> None:
        """To everybody who knows the one it is about, and to that one."""
        self.tell(about, message)
        self.tell_others(about, message)

    def tell_updated(self, participant: Participant) -> None:
        """A participant has changed."""
        self.tell_all(participant, {"type": "participant_updated", "participant": participant.describe()})

    def tell_everybody(self, message: Mapping[str, Any]) -> None:
        """To every open socket."""
        self._outputs.broadcast(self.sessions(), message)

    def tell_listeners(self, message: Mapping[str, Any]) -> None:
        """To what hears and is nobody: participants are not told this of each other."""
        if self.listeners:
            self._outputs.broadcast([*self.listeners], message)

    def tell_moderators(self, message: Mapping[str, Any]) -> None:
        """To those who may moderate."""
        sessions = [member.session for member in self.moderators() if member.session is not None]
        self._outputs.broadcast(sessions, message)

    def announce(self, participant: Participant) -> None:
        """Somebody came; call before its own socket is attached."""
        if participant.hidden:
            return
        described = participant.describe() | {"state": "active"}
        if len(self._participants) > self._large:
            self.roster.joined(participant.id, described)
        else:
            self.tell_everybody({"type": "participant_joined", "participant": described})

    def dismiss(self, participant: Participant, reason: str) -> None:
        """Somebody went; call when it is out of the room."""
        if participant.hidden:
            return
        if len(self._participants) >= self._large or self.roster.holds(participant.id):
            self.roster.left(participant.id)
        else:
            self.tell_everybody({"type": "participant_left", "participant": participant.id, "reason": reason})

    def flush_roster(self, now: float) -> bool:
        """Tell the joins and leaves of a large room, if that is due; True if anybody was announced."""
        messages = self.roster.flush(self.count(), now)
        for message in messages:
            self.tell_everybody(message)
        return bool(messages)

    def count(self) -> int:
        """Members others can see."""
        return sum(not member.hidden for member in self._participants.values())
