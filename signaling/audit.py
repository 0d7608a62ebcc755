"""The audit trail: every act of moderation and every refusal, one entry each.

Where entries go is an `AuditLog`: the log until there is storage. Acts are all kept. Refusals can be provoked
without end, so a node takes some a second and says in the next entry how many were left out.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import orjson

from datachannels.rate import Bucket
from signaling.permissions import Subject

log = logging.getLogger("sfumato.audit")

REFUSALS_PER_S = 20.0
DONE = "done"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to whom. `at` is UTC milliseconds since 1970.

    `by` and `target` are identities, the participants are empty outside a meeting. `outcome` is ``done`` or
    the code of the refusal; `left_out` counts the refusals since the last entry that were too many.
    """

    at: int
    room: str
    action: str
    by: str
    by_participant: str = ""
    target: str = ""
    target_participant: str = ""
    outcome: str = DONE
    detail: Mapping[str, Any] = field(default_factory=dict)
    left_out: int = 0


class AuditLog(Protocol):
    """What keeps entries."""

    def record(self, entry: AuditEntry) -> None:
        """Keep one; must not wait."""


class LoggedAudit:
    """One JSON object a line on the logger `sfumato.audit`."""

    def record(self, entry: AuditEntry) -> None:
        """See `AuditLog`."""
        log.info("%s", orjson.dumps({name: value for name, value in asdict(entry).items() if value}).decode())


@dataclass(frozen=True, slots=True)
class Concerned:
    """The one an act is about."""

    identity: str = ""
    participant: str = ""


NOBODY = Concerned()


class Audit:
    """Makes entries; one for a node."""

    def __init__(self, kept_by: AuditLog, now: float) -> None:
        self._kept_by = kept_by
        self._refusals = Bucket(REFUSALS_PER_S, now)
        self._left_out = 0

    def done(
        self,
        at: int,
        room: str,
        action: str,
        by: Subject,
        target: Concerned = NOBODY,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """It happened."""
        self._record(at, room, action, by, target, DONE, detail or {})

    def refused(
        self,
        at: int,
        room: str,
        action: str,
        by: Subject,
        code: str,
        now: float,
        target: Concerned = NOBODY,
    ) -> None:
        """It did not; `now` is monotonic seconds."""
        if self._refusals.take(now):
            self._record(at, room, action, by, target, code, {})
        else:
            self._left_out += 1

    def _record(
        self,
        at: int,
        room: str,
        action: str,
        by: Subject,
        target: Concerned,
        outcome: str,
        detail: Mapping[str, Any],
    ) -> None:
        left_out, self._left_out = self._left_out, 0
        self._kept_by.record(
            AuditEntry(
                at=at,
                room=room,
                action=action,
                by=by.identity,
                by_participant=by.participant,
                target=target.identity,
                target_participant=target.participant,
                outcome=outcome,
                detail=detail,
                left_out=left_out,
            )
        )
