"""Packets that left together, and how the distance between such groups changed on the way
(draft-ietf-rmcat-gcc-02 §5.2).

A frame leaves in bursts, and a network joins packets into bursts of its own. Only the change from burst to
burst says whether a queue grows.
"""

from typing import Final

SAME: Final = 0
NEXT: Final = 1
RESTART: Final = 2

BURST_S: Final = 0.005
"""What leaves within 5 ms is one group (§5.2, burst_time)."""

LONGEST_BURST_S: Final = 0.1
"""A group that the network joins ends after so long (libwebrtc's inter-arrival computation)."""

LEAP_S: Final = 3.0
"""Transit times that differ by more are another clock or route, not a queue."""

SILENCE_S: Final = 10.0
"""After so long without packets nothing earlier says anything about the queue now."""


class ArrivalGroups:
    """Feed it every packet that arrived, in order of sending.

    After `add` returned `NEXT`, `send_delta_s` and `arrival_delta_s` hold the distances, in seconds, between
    the last two complete groups.
    """

    __slots__ = (
        "_arrived",
        "_before_arrived",
        "_before_sent",
        "_first_arrived",
        "_first_sent",
        "_groups",
        "_sent",
        "arrival_delta_s",
        "send_delta_s",
    )

    def __init__(self) -> None:
        self.send_delta_s = 0.0
        self.arrival_delta_s = 0.0
        self._groups = 0  # the one being filled and, at 2, the complete one before it
        self._first_sent = 0.0
        self._first_arrived = 0.0
        self._sent = 0.0
        self._arrived = 0.0
        self._before_sent = 0.0
        self._before_arrived = 0.0

    def add(self, sent_at: float, arrived_at: float) -> int:
        """`NEXT` if the packet completes a group and so yields new distances, `RESTART` if it has nothing to
        do with those before it (what was learned from them is void), else `SAME`."""
        if self._groups == 0:
            self._begin(sent_at, arrived_at, 1)
            return SAME
        if sent_at < self._first_sent:
            return SAME  # reordered beyond its group: its delay is not the queue's
        spread = sent_at - self._sent
        gap = arrived_at - self._arrived
        stretch = gap - spread
        if not (-LEAP_S < stretch < LEAP_S and spread < SILENCE_S):
            self._begin(sent_at, arrived_at, 1)
            return RESTART
        if sent_at - self._first_sent <= BURST_S or (
            stretch < 0.0 and gap <= BURST_S and arrived_at - self._first_arrived < LONGEST_BURST_S
        ):
            self._sent = max(self._sent, sent_at)
            self._arrived = max(self._arrived, arrived_at)
            return SAME
        complete = self._groups == 2
        if complete:
            self.send_delta_s = self._sent - self._before_sent
            self.arrival_delta_s = self._arrived - self._before_arrived
        self._before_sent = self._sent
        self._before_arrived = self._arrived
        self._begin(sent_at, arrived_at, 2)
        return NEXT if complete else SAME

    def _begin(self, sent_at: float, arrived_at: float, groups: int) -> None:
        self._groups = groups
        self._first_sent = self._sent = sent_at
        self._first_arrived = self._arrived = arrived_at
