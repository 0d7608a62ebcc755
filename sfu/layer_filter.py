"""Which packets of a layer a slot sends: those up to a spatial and a temporal layer.

Down it goes at the start of any picture. Up it goes in time where the codec says that it can be followed from
there, and in space at a key picture. What is left out takes no number, so the subscriber sees no gap; it is
left out only where it is the newest packet. One that comes late has a number kept for it: it goes out, hollow
if it is of no use, or the subscriber would wait for it.
"""

from typing import Final

from sfu.codecs.payload_facts import PayloadFacts
from sfu.compaction import Compaction
from sfu.rtp.packet import MARKER_FLAG, RtpPacket

TOP: Final = 7
"""The highest layer any codec can name; what to wish for without a limit."""

CHANGES_KEPT: Final = 64
"""Changes remembered for late packets and resends; an allocator makes some a second at worst."""


class LayerFilter:
    """The filter of one run. `spatial`, `temporal` are the highest layers sent now; `numbers` counts what is
    sent; `moved` is set when a layer changed, for whoever tells of it.

    `active` stays true from the first limit on: packets then have to be looked at one by one.
    """

    __slots__ = (
        "_changes",
        "_left_out",
        "_timestamp",
        "_wanted_spatial",
        "_wanted_temporal",
        "active",
        "moved",
        "numbers",
        "spatial",
        "temporal",
    )

    def __init__(self, spatial: int, temporal: int) -> None:
        self.spatial = spatial
        self.temporal = temporal
        self.active = spatial < TOP or temporal < TOP
        self.moved = False
        self.numbers = Compaction()
        self._wanted_spatial = spatial
        self._wanted_temporal = temporal
        self._timestamp = -1
        self._left_out = -1  # picture id of the last picture left out
        # From which index on which layers; packets before the first change came under its limits too.
        self._changes: list[tuple[int, int, int]] = [(0, spatial, temporal)]

    def aim(self, spatial: int, temporal: int) -> None:
        """Send up to these layers as soon as may be."""
        self._wanted_spatial = spatial
        self._wanted_temporal = temporal
        if spatial < TOP or temporal < TOP:
            self.active = True

    @property
    def needs_keyframe(self) -> bool:
        """Whether only a key picture brings what is wanted."""
        return self._wanted_spatial > self.spatial

    @property
    def whole(self) -> bool:
        """Whether everything is wanted and sent."""
        return (
            self.temporal == TOP
            and self.spatial == TOP
            and self._wanted_temporal == TOP
            and self._wanted_spatial == TOP
        )

    def select(self, batch: list[RtpPacket]) -> list[RtpPacket]:
        """The packets of a batch that take a number."""
        kept = []
        for packet in batch:
            facts = packet.facts
            if facts is None or packet.late:
                kept.append(packet)
                continue
            if packet.timestamp != self._timestamp:
                self._timestamp = packet.timestamp
                self._begin_picture(packet.index, facts)
            if facts.temporal <= self.temporal and facts.spatial <= self.spatial:
                kept.append(packet)
            else:
                another = facts.picture_id != self._left_out
                self._left_out = facts.picture_id
                self.numbers.drop(packet.index, 1 if another else 0)
        return kept

    def _begin_picture(self, index: int, facts: PayloadFacts) -> None:
        spatial, temporal = self.spatial, self.temporal
        wanted = self._wanted_temporal
        if facts.keyframe:
            spatial, temporal = self._wanted_spatial, wanted
        else:
            spatial = min(spatial, self._wanted_spatial)
            if wanted < temporal or (facts.opens_up and facts.temporal <= temporal):
                temporal = wanted
            elif temporal < wanted and facts.layer_sync and facts.temporal == temporal + 1:
                temporal += 1
        if spatial != self.spatial or temporal != self.temporal:
            self.spatial, self.temporal = spatial, temporal
            self.moved = True
            self._changes.append((index, spatial, temporal))
            if len(self._changes) > CHANGES_KEPT:
                del self._changes[0]

    # --- what was decided of a packet: the same for its first sending and every resend ---------------------

    def admits(self, packet: RtpPacket) -> bool:
        """Whether the content of a packet that has a number goes out, or its number alone."""
        facts = packet.facts
        if facts is None:
            return True
        _, spatial, temporal = self._change_of(packet.index)
        return facts.temporal <= temporal and facts.spatial <= spatial

    def flags(self, packet: RtpPacket) -> int:
        """M and P as they go out: a picture ends with the highest spatial layer sent."""
        facts = packet.facts
        if facts is not None and facts.ends_frame and facts.spatial == self._change_of(packet.index)[1]:
            return packet.flags | MARKER_FLAG
        return packet.flags

    def limits_told_by(self, packet: RtpPacket) -> tuple[int, int] | None:
        """The (spatial, temporal) limits, if this packet is one to tell them with: the first of a key picture
        or of one that changed them."""
        at, spatial, temporal = self._change_of(packet.index)
        keyframe = packet.facts is not None and packet.facts.keyframe
        return (spatial, temporal) if keyframe or at == packet.index else None

    def _change_of(self, index: int) -> tuple[int, int, int]:
        changes = self._changes
        newest = changes[-1]
        if index >= newest[0]:
            return newest
        for change in reversed(changes):
            if index >= change[0]:
                return change
        return changes[0]
