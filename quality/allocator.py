"""Shares what a subscriber's network carries over the video slots that are shown to it.

The lowest step of every slot comes first, so that nobody is dark while another is sharp. Then slots grow, the
more important before the less, equals in turns, one rung of their ladder (`quality.ladder`) at a time. What a
slot has it keeps as long as that fits; growing needs room to spare, and time since the last fall. The reasons
are in docs/quality.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from quality.ladder import Step, Wanted, ladder_of, rung_at

__all__ = ["Allocation", "Allocator", "Step", "Wanted"]

HEADROOM: Final = 1.1
"""To grow, so much more than needed must be there: the first complicated picture must not take the step
back."""

PEAK_S: Final = 10.0
"""For growing, a step costs its highest bitrate of late, forgotten over this time: encoders wobble by 15 %,
and the estimate must carry the crests."""

HOLD_S: Final = 3.0
"""A slot that fell for want of bandwidth does not grow for so long …"""

MAX_HOLD_S: Final = 12.0
"""… and twice as long each time it fell soon after it had grown, up to this."""

START_S: Final = 1.0
"""Bitrates are those of a second. Until a slot is so old, what it got was a guess, and a fall holds it back
for no longer."""

DARK_S: Final = 1.0
"""A paused slot gets its lowest step back after so long already: no picture is worse than another change."""

SOON_S: Final = 10.0
"""A step that lasted so long was not taken too early."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one slot gets: `step` None pauses it.

    `target_bps` is the step's bitrate. `reason` says why it is not better: ``full`` (it is the best there
    is), ``view_size`` (no better is asked for), ``bandwidth``, ``priority`` (others took what it needs),
    ``no_layer`` (nothing is alive).
    """

    key: str
    step: Step | None
    target_bps: float
    reason: str


class _Climber:
    """A slot: what is remembered between allocations, and its place in the one under way.

    `rung` is the place on the ladder of now, `held` the one it comes from, -1 for none.
    """

    def __init__(self) -> None:
        self.fresh = True
        self.ladder: list[Step] = []
        self.guards: list[float] = []
        self.capped = False
        self.held = -1
        self.rung = -1
        self.order = (0, 0, 0.0, 0)
        self._congested = False
        self._ranks: list[int] = []
        self._rank = -1
        self._peaks: dict[int, float] = {}
        self._at = -inf
        self._grown_at = -inf
        self._fell_at = -inf
        self._began_at = -inf
        self._hold_s = HOLD_S

    def begin(self, wanted: Wanted, place: int, congested: bool, now: float) -> None:
        """Put up the ladder of now and find where on it the slot stands."""
        self.order = (-wanted.priority, wanted.rank, -float(wanted.width) * float(wanted.height), place)
        self.ladder, self._ranks, self.capped = ladder_of(wanted)
        kept = max(1.0 - (now - self._at) / PEAK_S, 0.0)
        self._at = now
        peaks: dict[int, float] = {}
        self.guards = []
        for step, rank in zip(self.ladder, self._ranks, strict=True):
            peak = max(step.bitrate_bps, self._peaks.get(rank, 0.0) * kept)
            peaks[rank] = peak
            self.guards.append(peak)
        self._peaks = peaks
        self.held = rung_at(self._ranks, self._rank)
        self.rung = -1
        self._congested = congested

    @property
    def waits(self) -> bool:
        """Whether the next rung, if it is growth, is not to be climbed yet."""
        hold_s = DARK_S if self.rung < 0 else self._hold_s
        return self._congested or self._at < self._fell_at + hold_s

    def end(self, now: float) -> None:
        """Remember what it got."""
        if not self.ladder:
            self.fresh, self._rank, self._fell_at = True, -1, -inf
            return
        if self.fresh:
            self._began_at = now
        if self.rung < self.held:
            soon = now - self._grown_at < SOON_S
            self._hold_s = min(max(self._hold_s * 2, HOLD_S), MAX_HOLD_S) if soon else HOLD_S
            if now - self._began_at < START_S:
                self._hold_s = START_S
            self._fell_at = now
        elif self.rung > self.held and not self.fresh:
            self._grown_at = now
        self.fresh = False
        self._rank = self._ranks[self.rung] if self.rung >= 0 else -1

    def allocation(self, key: str, alone: bool) -> Allocation:
        """What it got, and why not more; `alone`: with the others at their lowest it would have grown."""
        if not self.ladder:
            return Allocation(key, None, 0.0, "no_layer")
        if self.rung < 0:
            return Allocation(key, None, 0.0, "bandwidth")
        step = self.ladder[self.rung]
        if self.rung + 1 < len(self.ladder):
            reason = "priority" if alone and not self.waits else "bandwidth"
        else:
            reason = "view_size" if self.capped else "full"
        return Allocation(key, step, step.bitrate_bps, reason)


class Allocator:
    """Shares one subscriber's bandwidth; remembers its slots from one allocation to the next.

    `next_step_bps` is what the next better allocation needs in all, 0.0 if nothing better is wanted: what a
    probe has to show; `most_bps` what everything wanted needs.
    """

    def __init__(self) -> None:
        self.next_step_bps = 0.0
        self.most_bps = 0.0
        self._climbers: dict[str, _Climber] = {}
        self._spent = 0.0
        self._guarded = 0.0

    def allocate(
        self, budget_bps: float, wanted: Sequence[Wanted], congested: bool, now: float
    ) -> list[Allocation]:
        """Share `budget_bps` (what is left for video); the answers are in the order of `wanted`.

        While `congested` nobody grows. Infinity: nothing is known of the network yet.
        """
        known = self._climbers
        self._climbers = {}
        for place, slot in enumerate(wanted):
            climber = known.get(slot.key) or _Climber()
            climber.begin(slot, place, congested, now)
            self._climbers[slot.key] = climber
        climbers = sorted(self._climbers.values(), key=_order)
        self._spent = self._guarded = 0.0
        for climber in climbers:
            if climber.ladder:
                self._raise(climber, budget_bps)
        self._grow_by_importance([climber for climber in climbers if climber.rung >= 0], budget_bps)
        return self._settle(climbers, wanted, budget_bps, now)

    def _grow_by_importance(self, climbers: list[_Climber], budget_bps: float) -> None:
        """Group after group, each until nobody in it gets any further."""
        start = 0
        while start < len(climbers):
            end = start
            while end < len(climbers) and climbers[end].order[:2] == climbers[start].order[:2]:
                end += 1
            self._take_turns(climbers[start:end], budget_bps)
            start = end

    def _take_turns(self, equals: list[_Climber], budget_bps: float) -> None:
        """A rung each, as long as anybody gets further; who had that rung comes before who is new to it."""
        rung = 0
        moved = True
        while moved:
            moved = False
            for had in (True, False):
                for climber in equals:
                    if climber.rung == rung and (rung < climber.held) == had:
                        moved = self._raise(climber, budget_bps) or moved
            rung += 1

    def _raise(self, climber: _Climber, budget_bps: float) -> bool:
        """One rung up, if that fits; False if it stays."""
        rung = climber.rung + 1
        if rung >= len(climber.ladder):
            return False
        cost = climber.ladder[rung].bitrate_bps
        guard = climber.guards[rung]
        if rung > 0:
            cost -= climber.ladder[rung - 1].bitrate_bps
            guard -= climber.guards[rung - 1]
        kept = rung <= climber.held or (rung == 0 and climber.fresh)
        if self._spent + cost > budget_bps:
            return False
        if not kept and (self._guarded + guard) * HEADROOM > budget_bps:
            return False
        self._guarded += guard
        if not kept and climber.waits:
            return False  # its room is kept for it, or who grows into it would have to give it back
        self._spent += cost
        climber.rung = rung
        return True

    def _settle(
        self, climbers: list[_Climber], wanted: Sequence[Wanted], budget_bps: float, now: float
    ) -> list[Allocation]:
        lowest = given = most = 0.0
        for climber in climbers:
            if climber.ladder:
                most += climber.guards[-1]
            if climber.rung >= 0:
                lowest += climber.guards[0]
                given += climber.guards[climber.rung]
        next_step = inf
        for climber in climbers:
            if climber.rung + 1 < len(climber.ladder):
                now_bps = climber.guards[climber.rung] if climber.rung >= 0 else 0.0
                next_step = min(next_step, given - now_bps + climber.guards[climber.rung + 1])
        self.most_bps = most * HEADROOM
        self.next_step_bps = 0.0 if next_step == inf else next_step * HEADROOM
        allocations = []
        for slot in wanted:
            climber = self._climbers[slot.key]
            alone = False
            if 0 <= climber.rung < len(climber.ladder) - 1:
                needed = lowest - climber.guards[0] + climber.guards[climber.rung + 1]
                alone = needed * HEADROOM <= budget_bps
            allocations.append(climber.allocation(slot.key, alone))
        if budget_bps < inf:  # else nothing is known yet: what was given is no promise to keep or to break
            for climber in climbers:
                climber.end(now)
        return allocations


def _order(climber: _Climber) -> tuple[int, int, float, int]:
    return climber.order
