"""What a Room and a Peer say to each other.

A Room (signaling) decides who sees whom; a Peer (media) carries packets. They may live in different
processes, so they exchange only the messages of this file: frozen, made of plain values, serialisable.
Commands go to the node that has the peer, events come back, each in order. `tests/test_architecture.py` holds
this file to it.
"""

from dataclasses import dataclass
from typing import Literal

from sfu.identifiers import Csrc, Mid, PeerId, Rid, TrackId

Kind = Literal["audio", "video"]
Source = Literal["microphone", "camera", "screen", "screen_audio"]
Paused = Literal["no_source", "muted", "hidden", "bandwidth", "codec", "switching"]
Priority = Literal["control", "live", "edits", "bulk"]
"""Of a message on a data channel, the most urgent first. Live ones may be lost, all others may not."""

KIND_OF_SOURCE: dict[Source, Kind] = {
    "microphone": "audio",
    "camera": "video",
    "screen": "video",
    "screen_audio": "audio",
}


# --- commands: Room → Peer -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfferedTrack:
    """A mid the client wants to publish, with the identity the Room gives it if the offer carries it.

    `track` is the id the mid has already, else a fresh one (or that of the same source and name on an earlier
    connection). `allowed` false: the m-line is answered inactive with code ``forbidden``.
    """

    mid: Mid
    track: TrackId
    csrc: Csrc
    source: Source
    allowed: bool = True
    muted: bool = False


@dataclass(frozen=True, slots=True)
class OpenPeer:
    """Make a peer connection that waits for its first offer."""

    peer: PeerId


@dataclass(frozen=True, slots=True)
class ApplyOffer:
    """Negotiate; answered by `Answered` or `Refused` with the same `request`."""

    peer: PeerId
    request: int
    sdp: str
    tracks: tuple[OfferedTrack, ...]


@dataclass(frozen=True, slots=True)
class AssignSlot:
    """Put `track` into the slot of `mid` (None: empty it). The same track again changes only what is asked.

    `width`, `height` are the pixels shown and `fps` the rate wanted (0: no limit). `priority` is the view's,
    higher first; among equals the lower `rank` first: 0 screen, 1 pinned, 2 speaker, 3 others. `hidden` keeps
    the seat and sends nothing.
    """

    peer: PeerId
    mid: Mid
    track: TrackId | None
    width: int = 0
    height: int = 0
    fps: float = 0.0
    priority: int = 0
    rank: int = 3
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class MuteTrack:
    """Drop the track's packets (or stop doing so and ask for a key frame)."""

    track: TrackId
    muted: bool


@dataclass(frozen=True, slots=True)
class CloseTrack:
    """The track is unpublished: its packets are dropped, its slots run empty."""

    track: TrackId


@dataclass(frozen=True, slots=True)
class ClosePeer:
    """End the connection, its tracks and slots; no `PeerClosed` follows."""

    peer: PeerId


@dataclass(frozen=True, slots=True)
class AskStats:
    """Answered by `PeerStats` with the same `request`."""

    peer: PeerId
    request: int


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send text on channels, each a peer and its channel's number; it is encoded once for all of them.

    Order holds among messages of one priority on a channel. `key` names what it tells, for live messages: a
    newer one takes the place of one that still waits. Channels that are gone are passed over.
    """

    to: tuple[tuple[PeerId, int], ...]
    text: str
    priority: Priority = "edits"
    key: str = ""


@dataclass(frozen=True, slots=True)
class CloseChannel:
    """Close a data channel; what waits on it is not sent. `ChannelClosed` follows."""

    peer: PeerId
    channel: int


@dataclass(frozen=True, slots=True)
class TapTrack:
    """Copy the track's packets to the node's outlet, where `tap` names them; begins when the track is there.

    A key frame is asked for if none came for `keyframe_every_s`.
    """

    tap: int
    track: TrackId
    keyframe_every_s: float = 10.0


@dataclass(frozen=True, slots=True)
class AskKeyframe:
    """Whoever reads the outlet needs a key frame of what this tap reads."""

    tap: int


@dataclass(frozen=True, slots=True)
class CloseTap:
    """Copy no more to it."""

    tap: int


Command = (
    OpenPeer
    | ApplyOffer
    | AssignSlot
    | MuteTrack
    | CloseTrack
    | ClosePeer
    | AskStats
    | SendMessage
    | CloseChannel
    | TapTrack
    | AskKeyframe
    | CloseTap
)


# --- events: Peer → Room ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """One simulcast encoding as known so far; zero where not yet seen. `rid` is ``""`` for a single encoding.
    `spatial`, `temporal`: the highest layers of it that a slot sends, where it has such layers."""

    rid: Rid
    width: int = 0
    height: int = 0
    bitrate_bps: int = 0
    spatial: int | None = None
    temporal: int | None = None


@dataclass(frozen=True, slots=True)
class AnsweredTrack:
    """What became of a mid that sends. `track` None: answered inactive, `code` says why."""

    mid: Mid
    track: TrackId | None
    code: str | None = None
    codec: str = ""
    layers: tuple[LayerInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class AnsweredSlot:
    """A receive m-line. `codecs` are those it can decode (``"VP8"``, ``"H264/42e01f"``, … see sfu.codecs)."""

    mid: Mid
    kind: Kind
    seat: int
    codecs: tuple[str, ...]
    parked: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """The offer holds from now on: `tracks` and `slots` are complete; what is absent is gone."""

    peer: PeerId
    request: int
    sdp: str
    tracks: tuple[AnsweredTrack, ...]
    slots: tuple[AnsweredSlot, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The offer changed nothing."""

    peer: PeerId
    request: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class PeerConnected:
    """DTLS is up: media can flow."""

    peer: PeerId


@dataclass(frozen=True, slots=True)
class PeerClosed:
    """The connection is gone by itself: ICE consent lost or DTLS failed."""

    peer: PeerId
    reason: str


@dataclass(frozen=True, slots=True)
class SlotState:
    """What a slot carries now; sent when it changes, just before the first packet of a new source."""

    peer: PeerId
    mid: Mid
    track: TrackId | None
    paused: Paused | None
    layer: LayerInfo | None = None


@dataclass(frozen=True, slots=True)
class TrackLayers:
    """Sizes and bitrates of a track's layers, when they become known or change notably."""

    track: TrackId
    layers: tuple[LayerInfo, ...]


@dataclass(frozen=True, slots=True)
class LayersWanted:
    """Which encodings of a track somebody wants, the smallest first; said when it changes.

    A publication begins with all of them wanted.
    """

    track: TrackId
    rids: tuple[Rid, ...]


@dataclass(frozen=True, slots=True)
class ConnectionQuality:
    """How good a peer's connection is, 1 (bad) to 5, and what costs most (`quality.scores`); when it
    changes."""

    peer: PeerId
    score: int
    reason: str


@dataclass(frozen=True, slots=True)
class AudioLevels:
    """Smoothed loudness per audio track, 0 (silent) to 1; every 100 ms while anybody publishes audio."""

    levels: tuple[tuple[TrackId, float], ...]


@dataclass(frozen=True, slots=True)
class SlotStats:
    """One slot in `stats`; rates in bit/s, loss 0–1."""

    mid: Mid
    track: TrackId | None
    rid: Rid | None
    width: int
    height: int
    fps: float
    bitrate_bps: int
    loss: float
    target_bps: int
    reason: str
    spatial: int | None = None
    temporal: int | None = None


@dataclass(frozen=True, slots=True)
class LayerStats:
    """One received encoding in `stats`."""

    rid: Rid
    bitrate_bps: int
    loss: float
    fps: float
    wanted: bool


@dataclass(frozen=True, slots=True)
class PeerStats:
    """Answer to `AskStats`; `rtt_ms` and `estimate_bps` are None until known."""

    peer: PeerId
    request: int
    estimate_bps: int | None
    rtt_ms: float | None
    slots: tuple[SlotStats, ...]
    tracks: tuple[tuple[TrackId, tuple[LayerStats, ...]], ...]


@dataclass(frozen=True, slots=True)
class ChannelOpened:
    """The client opened a data channel. `max_retransmits`, `max_lifetime_ms`: None where nothing is lost."""

    peer: PeerId
    channel: int
    label: str
    protocol: str
    ordered: bool
    max_retransmits: int | None
    max_lifetime_ms: int | None


@dataclass(frozen=True, slots=True)
class ChannelMessage:
    """A message came on a data channel; `text` None: it was binary."""

    peer: PeerId
    channel: int
    text: str | None


@dataclass(frozen=True, slots=True)
class ChannelSlow:
    """The client reads a channel too slowly: what waited on it was let go, and it needs a snapshot."""

    peer: PeerId
    channel: int


@dataclass(frozen=True, slots=True)
class ChannelClosed:
    """A data channel is gone; those of a peer that closed are gone without a word."""

    peer: PeerId
    channel: int


Event = (
    Answered
    | Refused
    | PeerConnected
    | PeerClosed
    | SlotState
    | TrackLayers
    | LayersWanted
    | ConnectionQuality
    | AudioLevels
    | PeerStats
    | ChannelOpened
    | ChannelMessage
    | ChannelSlow
    | ChannelClosed
)
