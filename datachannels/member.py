"""Who is at the other end of a channel, or calls over HTTP."""

from typing import Protocol


class Member(Protocol):
    """A participant as the services see it; everything is as of now, never of when the channel opened."""

    @property
    def id(self) -> str:
        """The participant, ``pa_…``; empty outside a meeting."""

    @property
    def identity(self) -> str:
        """Who this is, the same in every meeting."""

    @property
    def name(self) -> str:
        """The name shown to others."""

    @property
    def room(self) -> str:
        """The room's name, to which durable topics belong."""

    @property
    def meeting(self) -> str:
        """The room while it lasts, ``rm_…``, to which what is not stored belongs."""

    @property
    def hidden(self) -> bool:
        """Not shown to others, so nothing may name its participant."""

    @property
    def listed(self) -> bool:
        """Among the room's participants. Who is not (a share link's holder) hears and says only what is about
        topics it has open, and messages that name it carry its name."""

    def may(self, action: str, now: float, owner: str = "", role: str = "") -> bool:
        """Is this allowed (`signaling.permissions.Action`)?

        `owner` is the identity whose work it touches; `role` what the access list of the document or board
        says of this member (`datachannels.repositories.Access`), "" if nothing.
        """

    def may_on_track(self, action: str, now: float, publisher: str) -> bool:
        """True if the member's role and grants allow an action on what the participant `publisher` shows."""
