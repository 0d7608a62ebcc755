"""One published track: its codec, its layers, and who reads it."""

from collections.abc import Callable
from typing import Protocol

from quality.audio_level import AudioLevel
from quality.dynacast import Asked, Dynacast, Encoding
from sfu.codecs.codec import Codec
from sfu.codecs.payload import reader_for
from sfu.flush import FlushSchedule
from sfu.identifiers import Csrc, Rid, TrackId
from sfu.layer import Layer
from sfu.messages import Kind, LayerInfo, Source


class Reader(Protocol):
    """A sink that follows a publication from layer to layer: a slot."""

    hidden: bool

    def aim(self, now: float) -> None:
        """The publication's layers changed: choose again."""

    def asked(self) -> Asked | None:
        """How large it is shown; None where nothing of it is wanted."""

    def assign(self, publication: "Publication | None", hidden: bool, now: float) -> None:
        """Read another publication."""

    def withdraw(self, publication: "Publication", now: float) -> None:
        """The publication ended."""


class Publication:
    """A published track, fed by one peer and read by many.

    `layers` are in quality order, lowest first, as far as known.
    """

    def __init__(
        self,
        track: TrackId,
        csrc: Csrc,
        source: Source,
        kind: Kind,
        codec: Codec,
        rids: tuple[Rid, ...],
        schedule: FlushSchedule,
        on_layers: Callable[["Publication", float], None],
        wake: Callable[[float], None],
    ) -> None:
        self.track = track
        self.csrc = csrc
        self.source = source
        self.kind = kind
        self.codec = codec
        self.level = AudioLevel()
        self.readers: list[Reader] = []
        self._muted = False
        self._on_layers = on_layers
        reader = reader_for(codec.name) if kind == "video" else None
        self.layers = [
            Layer(
                rid,
                kind,
                codec.clock_rate,
                reader,
                schedule,
                self._layer_alive,
                self._layer_sized,
                wake,
            )
            for rid in rids or (Rid(""),)
        ]
        self._alive = frozenset[Layer]()
        self._dynacast = Dynacast()

    @property
    def muted(self) -> bool:
        """Whether packets are dropped for now."""
        return self._muted

    def mute(self, muted: bool, now: float) -> None:
        """Drop packets, or stop doing so: readers then begin anew at a key frame."""
        if muted == self._muted:
            return
        self._muted = muted
        for layer in self.layers:
            layer.muted = muted
        for reader in tuple(self.readers):
            reader.aim(now)

    def succeed(self, before: "Publication") -> None:
        """The publisher sends the same in another codec: what it was told is wanted still holds."""
        self._dynacast = before._dynacast

    def layer(self, rid: str) -> Layer | None:
        """The layer of that rid."""
        return next((layer for layer in self.layers if layer.rid == rid), None)

    def best(self, now: float) -> Layer | None:
        """The highest layer that is alive; without any, the lowest, whose key frame comes first."""
        alive = [layer for layer in self.layers if layer.alive(now)]
        return alive[-1] if alive else self.layers[0]

    def nearest(self, wanted: Layer, now: float) -> Layer:
        """`wanted` if it is alive, else the highest alive below it, else the lowest alive above it; without
        any, `wanted`, whose key frame may still come."""
        place = self.layers.index(wanted)
        for layer in (*reversed(self.layers[: place + 1]), *self.layers[place + 1 :]):
            if layer.alive(now):
                return layer
        return wanted

    def check_alive(self, now: float) -> None:
        """Called now and then: readers leave a layer that fell silent."""
        alive = frozenset(layer for layer in self.layers if layer.alive(now))
        if alive != self._alive:
            self._alive = alive
            for reader in tuple(self.readers):
                reader.aim(now)

    def want(self, reader: Reader, now: float) -> tuple[Rid, ...] | None:
        """A reader came, or asks for another size: the encodings wanted from now on, if that is news."""
        asked = reader.asked()
        return None if asked is None else self._rids(self._dynacast.want(self._encodings(), asked, now))

    def look_at_wants(self, now: float) -> tuple[Rid, ...] | None:
        """Called now and then: the encodings wanted from now on, if that is news."""
        asked = [asked for asked in [reader.asked() for reader in self.readers] if asked is not None]
        return self._rids(self._dynacast.update(self._encodings(), asked, now))

    def wants(self, layer: Layer) -> bool:
        """Whether its publisher was told that somebody wants this layer."""
        return self._dynacast.wants(layer.rid)

    def _encodings(self) -> list[Encoding]:
        return [Encoding(layer.rid, layer.width, layer.height) for layer in self.layers]

    def _rids(self, wanted: tuple[str, ...] | None) -> tuple[Rid, ...] | None:
        return None if wanted is None else tuple([Rid(rid) for rid in wanted])

    def infos(self, now: float) -> tuple[LayerInfo, ...]:
        """What is known of the layers."""
        return tuple(
            LayerInfo(layer.rid, layer.width, layer.height, round(layer.statistics.rate.bitrate_bps(now)))
            for layer in self.layers
        )

    def _layer_alive(self, layer: Layer) -> None:
        self._alive |= {layer}
        for reader in tuple(self.readers):
            reader.aim(layer.last_arrival)

    def _layer_sized(self, layer: Layer) -> None:
        # PROTOCOL.md, SDP rules: quality order follows measured size; the sort is stable, so layers not yet
        # seen keep the place the offer gave them among equals.
        if all(entry.width for entry in self.layers):
            self.layers.sort(key=lambda entry: entry.width * entry.height)
        self._on_layers(self, layer.last_arrival)
