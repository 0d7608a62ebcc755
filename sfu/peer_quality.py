"""What a peer's counters say of its connection: the numbers behind its score (`quality.scores`)."""

from collections.abc import Iterable
from typing import Final

from quality.scores import Connection, ConnectionScore, Score
from sfu.identifiers import TrackId
from sfu.publication import Publication
from sfu.slot import Slot

FLUENT_FPS: Final = 15.0
SLOW_FPS: Final = 10.0
"""A camera that gave the first and gives less than the second has a machine that does not keep up: for want
of bandwidth a browser drops layers first."""

NARROW: Final = 0.3
"""What a slot lacks whose frame rate alone is less than wanted."""


class PeerQuality:
    """The score of one peer, from both of its directions."""

    def __init__(self) -> None:
        self._score = ConnectionScore()
        self._fluent: set[TrackId] = set()

    def look(
        self,
        publications: Iterable[Publication],
        slots: Iterable[Slot],
        rtt_s: float | None,
        now: float,
    ) -> Score | None:
        """Take the counters of now, a second after the last ones; the score if it is another."""
        up_loss, jitter_s, up_starved, slowed = self._publishing(publications, now)
        down_loss, down_starved = _receiving(slots)
        return self._score.look(
            Connection(
                loss=max(up_loss, down_loss),
                rtt_ms=0.0 if rtt_s is None else rtt_s * 1000,
                jitter_ms=jitter_s * 1000,
                starved=max(up_starved, down_starved),
                slowed=0.0 if up_starved > 0 else slowed,
            ),
            now,
        )

    def _publishing(
        self, publications: Iterable[Publication], now: float
    ) -> tuple[float, float, float, float]:
        """(loss, jitter in seconds, starved, slowed) of what comes from the peer."""
        loss = jitter_s = starved = slowed = 0.0
        count = 0
        fluent: set[TrackId] = set()
        for publication in publications:
            wanted = alive = 0
            fps = 0.0
            for layer in publication.layers:
                if layer.alive(now):
                    count += 1
                    loss += layer.statistics.loss
                    if not layer.video:
                        jitter_s = max(jitter_s, layer.statistics.jitter_s)
                if layer.video and layer.width > 0 and publication.wants(layer):
                    wanted += 1
                    if layer.alive(now):
                        alive += 1
                        fps = max(fps, layer.statistics.rate.fps(now))
            if publication.muted or alive == 0:
                continue  # switched off, or gone: no word on the network
            starved = max(starved, 1.0 - alive / wanted)
            if publication.source == "camera" and (fps >= FLUENT_FPS or publication.track in self._fluent):
                fluent.add(publication.track)
                if fps < SLOW_FPS:
                    slowed = max(slowed, 1.0 - fps / SLOW_FPS)
        self._fluent = fluent
        return (loss / count if count else 0.0), jitter_s, starved, slowed


def _receiving(slots: Iterable[Slot]) -> tuple[float, float]:
    """(loss, starved) of what goes to the peer."""
    loss = starved = 0.0
    live = shown = 0
    for slot in slots:
        if slot.current is not None:
            live += 1
            loss += slot.loss
        publication = slot.publication
        if slot.kind == "audio" or publication is None or slot.paused in ("hidden", "muted", "codec"):
            continue
        shown += 1
        if slot.paused == "bandwidth":
            starved += 1.0
        elif slot.current is not None and slot.reason in ("bandwidth", "priority"):
            starved += _lacking(publication, slot)
    return (loss / live if live else 0.0), (starved / shown if shown else 0.0)


def _lacking(publication: Publication, slot: Slot) -> float:
    """What a slot lacks that shows less than it could: 0.67 at the lowest of three encodings."""
    for place, layer in enumerate(publication.layers):
        if layer is slot.current:
            return max(1.0 - (place + 1) / len(publication.layers), NARROW)
    return NARROW
