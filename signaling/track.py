"""One published track, as a room knows it."""

from dataclasses import dataclass
from typing import Any

from datachannels.tracks import SharedTrack
from sfu.identifiers import Csrc, Mid, PeerId, Rid, TrackId
from sfu.messages import KIND_OF_SOURCE, Kind, LayerInfo, Source


@dataclass(slots=True)
class Track:
    """A track from its answer to its end; it outlives its peer connection, silent (PROTOCOL.md, SDP rules).

    `codec` names codec and profile as slots list them (``"H264/42e01f"``); empty until answered.
    """

    id: TrackId
    participant: str
    source: Source
    name: str
    csrc: Csrc
    muted: bool
    surface: str | None
    peer: PeerId
    mid: Mid
    codec: str = ""
    layers: tuple[LayerInfo, ...] = ()
    wanted: tuple[Rid, ...] | None = None
    """The encodings its publisher was told are wanted; None: told nothing, so all of them."""

    @property
    def kind(self) -> Kind:
        """Audio or video, by its source."""
        return KIND_OF_SOURCE[self.source]

    def shared(self, meeting: str) -> SharedTrack:
        """As shared work knows it."""
        return SharedTrack(self.id, meeting, self.participant, self.source, self.surface)

    def brief(self) -> dict[str, str]:
        """Which it is, for those outside."""
        return {"id": self.id, "participant": self.participant, "source": self.source, "name": self.name}

    def describe(self) -> dict[str, Any]:
        """The track object of PROTOCOL.md 2."""
        described: dict[str, Any] = {
            "id": self.id,
            "participant": self.participant,
            "kind": self.kind,
            "source": self.source,
            "name": self.name,
            "codec": self.codec.partition("/")[0],
            "muted": self.muted,
            "csrc": self.csrc,
            "layers": [
                {
                    "rid": layer.rid,
                    "width": layer.width,
                    "height": layer.height,
                    "bitrate_bps": layer.bitrate_bps,
                }
                for layer in self.layers
            ],
        }
        if self.surface is not None:
            described["surface"] = self.surface
        return described

    def describe_wanted(self) -> dict[str, Any]:
        """The `layers` event."""
        return {"type": "layers", "track": self.id, "wanted": list(self.wanted or ())}
