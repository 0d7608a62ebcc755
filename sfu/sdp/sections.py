"""What becomes of each m-line of an offer: the result of negotiation, and all the answer needs."""

from dataclasses import dataclass

from sfu.codecs.codec import Codec
from sfu.identifiers import Csrc, Mid, Rid, Ssrc, TrackId
from sfu.messages import Kind, Source
from sfu.sdp.encodings import OfferedRid
from sfu.sdp.extensions import ExtensionIds
from sfu.sdp.formats import Feedback
from sfu.sdp.offer import MediaSection


@dataclass(frozen=True, slots=True)
class SlotCodec:
    """An accepted codec with its payload types; `fmtp` is what the answer says of it."""

    codec: Codec
    payload_type: int
    rtx_payload_type: int | None
    fmtp: str
    feedback: Feedback


@dataclass(frozen=True, slots=True)
class PublishSection:
    """An m-line the client sends a track on.

    `codecs` is what the answer lists: the codec and, where RED was preferred, RED before it. `rids` is in
    quality order, lowest first; empty for a single encoding. `ssrcs` pairs each announced media SSRC with its
    rid (``""`` for a single encoding) and is empty where the client announces none: they are then learnt from
    MID and RID. `rtx_of` pairs RTX SSRCs with the media SSRC they repeat.
    """

    line: MediaSection
    kind: Kind
    track: TrackId
    csrc: Csrc
    source: Source
    muted: bool
    codecs: tuple[SlotCodec, ...]
    codec: Codec
    payload_type: int
    rtx_payload_type: int | None
    red_payload_type: int | None
    feedback: Feedback
    extensions: ExtensionIds
    rids: tuple[Rid, ...]
    answered_rids: tuple[OfferedRid, ...]
    ssrcs: tuple[tuple[Ssrc, Rid], ...]
    rtx_of: tuple[tuple[Ssrc, Ssrc], ...]

    @property
    def mid(self) -> Mid:
        """The m-line's identification."""
        return self.line.mid


@dataclass(frozen=True, slots=True)
class SlotSection:
    """An m-line the client receives on. `rtx_ssrc` is None where the client takes no RTX.

    `feedback` is what any of its codecs may use. A parked slot keeps all it has and sends nothing.
    """

    line: MediaSection
    kind: Kind
    seat: int
    ssrc: Ssrc
    rtx_ssrc: Ssrc | None
    codecs: tuple[SlotCodec, ...]
    feedback: Feedback
    extensions: ExtensionIds
    parked: bool

    @property
    def mid(self) -> Mid:
        """The m-line's identification."""
        return self.line.mid


@dataclass(frozen=True, slots=True)
class DataSection:
    """The m-line of the SCTP association."""

    line: MediaSection

    @property
    def mid(self) -> Mid:
        """The m-line's identification."""
        return self.line.mid


@dataclass(frozen=True, slots=True)
class InactiveSection:
    """Answered inactive: nothing flows. `code` says why a sending m-line was refused, None for any other.

    It still agrees on extensions and rids: Chromium forgets for good what an answer leaves out, and could
    then send no simulcast, or make no offer at all, when the m-line is to send again.
    """

    line: MediaSection
    codecs: tuple[SlotCodec, ...]
    extensions: ExtensionIds
    answered_rids: tuple[OfferedRid, ...] = ()
    code: str | None = None

    @property
    def mid(self) -> Mid:
        """The m-line's identification."""
        return self.line.mid


@dataclass(frozen=True, slots=True)
class RejectedSection:
    """Answered with port 0: deleted by the client, or a medium we do not speak."""

    line: MediaSection

    @property
    def mid(self) -> Mid:
        """The m-line's identification; may be empty."""
        return self.line.mid


Section = PublishSection | SlotSection | DataSection | InactiveSection | RejectedSection
