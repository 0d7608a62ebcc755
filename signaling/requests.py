"""What a client asks for on the signaling socket, typed (PROTOCOL.md 2).

Reading takes two steps, because they fail differently: `read_frame` for what is no message at all (the socket
closes), `signaling.request_reader` for a message with wrong content (`error`, the socket stays).
"""

from dataclasses import dataclass
from typing import Any, Literal

from config.settings import Limits
from datachannels.fields import integer
from datachannels.json_text import MAX_INTEGER, NotJson, Unsayable, read_json
from datachannels.refusals import RequestRefused
from sfu.identifiers import Mid, TrackId
from sfu.messages import Source
from signaling.close_codes import CloseCode
from signaling.refusals import SocketRefused

Action = Literal[
    "admit",
    "deny",
    "remove",
    "mute_all",
    "set_role",
    "set_grants",
    "lower_hand",
    "lock",
    "limit",
    "lobby",
    "move",
    "end",
]

MAX_IDENTIFIER = 64


@dataclass(frozen=True, slots=True)
class Join:
    """Enter a room; the first message of a socket."""

    token: str
    room: str | None
    resume: str | None
    name: str | None = None
    """Of who comes by a share link; others have theirs in the token."""


@dataclass(frozen=True, slots=True)
class TrackOffer:
    """One entry of an offer's `tracks`; `name` is ``""`` where none was given."""

    mid: Mid
    source: Source
    name: str
    muted: bool
    surface: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """An SDP offer with the full list of what it publishes."""

    sdp: str
    tracks: tuple[TrackOffer, ...]


@dataclass(frozen=True, slots=True)
class SlotWish:
    """How large a slot is shown; in a manual view also what it shows. Sizes in pixels, None: unknown."""

    mid: Mid
    track: TrackId | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    priority: int = 0

    @property
    def hidden(self) -> bool:
        """True where no pixel is shown."""
        return self.width == 0 or self.height == 0


@dataclass(frozen=True, slots=True)
class View:
    """What the client wants to see; replaces the last one.

    `pin` is what its person keeps before them, `want` what else needs a slot because it has a place.
    """

    mode: Literal["auto", "manual"]
    pin: tuple[TrackId, ...] = ()
    want: tuple[TrackId, ...] = ()
    slots: tuple[SlotWish, ...] = ()


@dataclass(frozen=True, slots=True)
class Mute:
    """Stop or go on forwarding a track."""

    track: TrackId
    muted: bool


@dataclass(frozen=True, slots=True)
class Unpublish:
    """End a track; its m-line may stay."""

    track: TrackId


@dataclass(frozen=True, slots=True)
class Update:
    """Own attributes; None leaves one as it is."""

    name: str | None
    metadata: str | None
    hand: bool | None


@dataclass(frozen=True, slots=True)
class Look:
    """What is before the participant: a track, a document or a board; None: nothing of these."""

    at: str | None


@dataclass(frozen=True, slots=True)
class Moderate:
    """Something only a moderator may do; which fields count depends on `action`."""

    action: Action
    participant: str | None
    ban: bool
    role: str | None
    grants: dict[str, bool | None] | None
    locked: bool | None
    enabled: bool | None
    max_participants: int | None
    room: str | None


@dataclass(frozen=True, slots=True)
class AskForStats:
    """Why is the picture as it is."""


@dataclass(frozen=True, slots=True)
class ChannelMessage:
    """A data-channel message of a client without SCTP; an array of them, perhaps, on ``live``."""

    label: str
    data: dict[str, Any] | list[Any]
    refusal: RequestRefused | None = None


@dataclass(frozen=True, slots=True)
class Ping:
    """Answered by `pong`."""


@dataclass(frozen=True, slots=True)
class Leave:
    """End the participant."""


Request = (
    Join
    | Offer
    | View
    | Mute
    | Unpublish
    | Update
    | Look
    | Moderate
    | AskForStats
    | ChannelMessage
    | Ping
    | Leave
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A message as it came: its `type`, the number the reply carries (if any), and its fields unread.

    `refusal` is its answer, if it cannot be read.
    """

    type: str
    id: int | None
    fields: dict[str, Any]
    refusal: RequestRefused | None = None


def read_frame(data: str | bytes, limits: Limits) -> Frame:
    """One text message of the socket.

    Raises `SocketRefused` 4413 or 4400 for what is too large or no message, `RequestRefused` where only
    `type` or `id` is wrong.
    """
    # A UTF-16 unit is at most three bytes, so the length alone settles most messages.
    if len(data) > limits.message_bytes or _bytes_of(data) > limits.message_bytes:
        raise SocketRefused(CloseCode.TOO_LARGE, f"at most {limits.message_bytes} bytes a message")
    refusal: RequestRefused | None = None
    try:
        value = read_json(data)
    except Unsayable as error:
        value, refusal = error.value, RequestRefused("bad_message", str(error))
    except NotJson as error:
        raise SocketRefused(CloseCode.BAD_MESSAGE, "not JSON") from error
    if not isinstance(value, dict):
        raise SocketRefused(CloseCode.BAD_MESSAGE, "not an object")
    number_of_request = value.get("id")
    if number_of_request is not None:
        number_of_request = integer(-MAX_INTEGER, MAX_INTEGER)(number_of_request)
    name = value.get("type")
    return Frame(name if isinstance(name, str) else "", number_of_request, value, refusal)


def _bytes_of(data: str | bytes) -> int:
    if isinstance(data, bytes) or data.isascii():
        return len(data)
    return len(data.encode("utf-8", "surrogatepass"))
