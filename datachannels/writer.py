"""What a topic knows of one client that writes to it."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT = 64
"""Acks in memory: what a client may have sent twice without having been away; others are read."""


@dataclass(slots=True, eq=False)
class Writer:
    """One (identity, client). `committed` is the highest seq that is stored, `seq` the highest accepted;
    `known` is False until they are read, and after a failure; `pending` of its messages have not come back
    from storage."""

    identity: str
    client: str
    known: bool = False
    committed: int = 0
    seq: int = 0
    pending: int = 0
    acks: OrderedDict[int, Mapping[str, Any]] = field(default_factory=OrderedDict)

    @property
    def in_flight(self) -> int:
        """Messages accepted and not stored yet."""
        return self.seq - self.committed

    def learn(self, last_seq: int) -> None:
        """What storage says is in."""
        self.known = True
        self.committed = self.seq = last_seq

    def store(self, seq: int, ack: Mapping[str, Any]) -> None:
        """The next message is stored."""
        self.committed = seq
        self.acks[seq] = ack
        if len(self.acks) > KEPT:
            self.acks.popitem(last=False)
