"""What moderators hear of the people at the door."""

from signaling.lobby import Knock
from signaling.participant import Participant
from signaling.permissions import Action, allowed
from signaling.room import Room


def tell_knocks(room: Room, participant: Participant) -> None:
    """Everybody at the door, to somebody who may admit them and did not hear their knocking."""
    if allowed(participant.subject, Action.MODERATE):
        for knock in room.admission.lobby.knocks():
            room.audience.tell(participant, knock.describe())


def tell_knock_ended(room: Room, knock: Knock, reason: str) -> None:
    """Nobody has to decide any more."""
    ended = {"type": "knock_ended", "participant": knock.participant.id, "reason": reason}
    room.audience.tell_moderators(ended)


def leave_door(room: Room, participant: Participant) -> None:
    """Somebody does not wait any longer, or their socket is gone."""
    knock = room.admission.lobby.remove(participant.id)
    if knock is not None:
        tell_knock_ended(room, knock, "left")
