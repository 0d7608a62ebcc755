"""The controlling half of ICE, against a lite server (RFC 8445).

The server sends no checks and has a handful of host candidates; so an agent checks every path it is given,
nominates the best that answers, and goes on asking for consent on it. All decisions are here; sockets and
datagrams are the driver's::

    add(path) ──▶ poll_checks() ──▶ wire ──▶ receive(response) ──▶ PathValid · PathNominated · ConsentLost
"""

from collections import deque
from dataclasses import dataclass, field
from random import Random

from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.ice import IceCredentials
from sfu.path import Path
from sfu.stun import ErrorCode, StunClass, StunMessage, parse_message, write_check

FIRST_RETRANSMIT_S = 0.1
"""A check that is not answered is repeated as a new transaction, each time after twice as long. RFC 8445
§14.3 would start at half a second; libwebrtc too repeats sooner as long as it has no working pair."""

MAX_RETRANSMIT_S = 0.5
CHECK_GIVE_UP_S = 10.0
"""A path that answers nothing for so long is not checked any more."""

PATIENCE_S = 0.25
"""How long a working path waits for better ones before it is nominated: until their second repetition."""

CONSENT_EVERY_S = 5.0  # RFC 7675 §5.1, drawn anew each time within ±20 %
CONSENT_TIMEOUT_S = 30.0

MAX_TRANSACTIONS = 8
"""Checks under way on one path; the answer to an older one is too late to be of use."""

_REFLEXIVE_TYPE_PREFERENCE = 110  # RFC 8445 §5.1.2.2


@dataclass(frozen=True, slots=True)
class PathValid:
    """A first path answered: DTLS may begin on it."""

    path: Path


@dataclass(frozen=True, slots=True)
class PathNominated:
    """Both sides send on `path` from now on."""

    path: Path


@dataclass(frozen=True, slots=True)
class ConsentLost:
    """The server has not answered for 30 s, or no path ever did."""


IceEvent = PathValid | PathNominated | ConsentLost


@dataclass(slots=True)
class _Checked:
    """What is known of one path. `interval_s` is that of retransmission until it answers, then of consent."""

    path: Path
    priority: int
    order: int
    since: float
    next_at: float
    interval_s: float = FIRST_RETRANSMIT_S
    valid: bool = False
    failed: bool = False
    nominating: bool = False
    answered_at: float = float("-inf")
    under_way: dict[bytes, bool] = field(default_factory=dict)  # transaction → with USE-CANDIDATE


class IceAgent:
    """The agent of one connection and its one component.

    `selected` is the nominated path. `local` are the credentials that the next offer carries.
    """

    def __init__(self, local: IceCredentials, random: Random) -> None:
        self.local = local
        self.selected: Path | None = None
        self.controlling = True
        self._random = random
        self._tie_breaker = random.getrandbits(64)
        self._remote: IceCredentials | None = None
        self._username = ""
        self._key = b""
        self._paths: dict[Path, _Checked] = {}
        self._added = 0
        self._nominated_generation = False  # whether `selected` was nominated with the credentials in force
        self._started_at: float | None = None
        self._consent_until: float | None = None
        self._events: deque[IceEvent] = deque()
        self._checks: deque[tuple[Path, bytes]] = deque()

    # --- what to check -----------------------------------------------------------------------------------

    def set_remote(self, remote: IceCredentials, now: float) -> None:
        """The answer told the server's credentials. Others than before: every path is checked anew with
        them, while the selected one goes on (RFC 8445 §9)."""
        if remote == self._remote:
            return
        self._remote = remote
        self._username = f"{remote.ufrag}:{self.local.ufrag}"
        self._key = remote.pwd.encode()
        self._nominated_generation = False
        self._started_at = now
        for checked in self._paths.values():
            self._begin(checked, now)
        if self._consent_until is None:
            self._consent_until = now + CONSENT_TIMEOUT_S

    def add(self, path: Path, priority: int, now: float) -> None:
        """Check `path`; among those that work the highest `priority` is nominated, the newest of equals."""
        if path in self._paths:
            return
        self._added += 1
        checked = self._paths[path] = _Checked(path, priority, self._added, now, now)
        if self._remote is not None:
            if self.selected is None:
                self._started_at = now
            self._begin(checked, now)

    def remove(self, path: Path, now: float) -> None:
        """`path` is gone: its socket closed, its network left. Another takes over if one is known."""
        if self._paths.pop(path, None) is None:
            return
        if self.selected is path:
            self.selected = None
            for checked in self._paths.values():
                self._begin(checked, now)
            self._consider(now)

    def _begin(self, checked: _Checked, now: float) -> None:
        checked.since = checked.next_at = now
        checked.interval_s = FIRST_RETRANSMIT_S
        checked.valid = checked.failed = checked.nominating = False
        checked.under_way.clear()
        self._send_due(now)

    # --- input -------------------------------------------------------------------------------------------

    def receive(self, data: bytes, path: Path, now: float) -> None:
        """Take in a STUN message from `path`.

        Raises:
            RemoteError: STUN_MALFORMED, STUN_FINGERPRINT, STUN_INTEGRITY, or STUN_UNEXPECTED for anything
                but the answer to a check under way there. Nothing has changed then.
        """
        message = parse_message(data)
        checked = self._paths.get(path)
        if checked is None or message.transaction_id not in checked.under_way:
            raise RemoteError(DropReason.STUN_UNEXPECTED)
        if not message.fingerprint_holds():
            raise RemoteError(DropReason.STUN_FINGERPRINT)
        if not message.integrity_holds(self._key):
            raise RemoteError(DropReason.STUN_INTEGRITY)
        if message.message_class is StunClass.SUCCESS:
            self._succeeded(checked, message, now)
        elif message.message_class is StunClass.ERROR:
            self._refused(checked, message, now)
        else:
            raise RemoteError(DropReason.STUN_UNEXPECTED)

    def _succeeded(self, checked: _Checked, message: StunMessage, now: float) -> None:
        nominated = checked.under_way[message.transaction_id]
        checked.under_way.clear()
        checked.answered_at = now
        checked.interval_s = CONSENT_EVERY_S
        checked.next_at = now + self._consent_interval()
        if checked.path is self.selected or not self._nominated_generation:
            self._consent_until = now + CONSENT_TIMEOUT_S
        if not checked.valid:
            checked.valid = True
            checked.failed = False
            self._events.append(PathValid(checked.path))
        if nominated:
            checked.nominating = False
            self._nominate(checked.path, now)
        else:
            self._consider(now)

    def _nominate(self, path: Path, now: float) -> None:
        self._nominated_generation = True
        self._consent_until = now + CONSENT_TIMEOUT_S
        if path is not self.selected:
            self.selected = path
            self._events.append(PathNominated(path))
        for checked in self._paths.values():
            if checked.path is not path:
                checked.nominating = False

    def _refused(self, checked: _Checked, message: StunMessage, now: float) -> None:
        if message.error_code() == ErrorCode.ROLE_CONFLICT:
            # RFC 8445 §7.2.5.1: take the other role and check again; the tie-breaker changes too.
            self.controlling = not self.controlling
            self._tie_breaker = self._random.getrandbits(64)
            checked.under_way.clear()
            checked.next_at = now
            self._send_due(now)
        else:
            checked.failed = True
            checked.under_way.clear()
            self._consider(now)

    # --- choosing ----------------------------------------------------------------------------------------

    def _consider(self, now: float) -> None:
        """Nominate the best working path, once no better one may still answer."""
        if self._started_at is None:
            return
        best: _Checked | None = None
        for checked in sorted(self._paths.values(), key=lambda entry: (-entry.priority, -entry.order)):
            if checked.valid:
                best = checked
                break
            if not checked.failed and now < checked.since + PATIENCE_S:
                return
        if best is None or (best.path is self.selected and self._nominated_generation):
            return
        if not best.nominating:
            best.nominating = True
            best.interval_s = FIRST_RETRANSMIT_S
            best.next_at = now
            self._send_due(now)

    def _uses_candidate(self, checked: _Checked) -> bool:
        # A path without rivals is nominated by its first check: one round trip less.
        return checked.nominating or (self.selected is None and len(self._paths) == 1)

    # --- time and output ---------------------------------------------------------------------------------

    def next_timeout(self) -> float | None:
        """When `handle_timeout` has something to do."""
        if self._remote is None:
            return None
        due = [checked.next_at for checked in self._paths.values() if not checked.failed]
        if self._consent_until is not None:
            due.append(self._consent_until)
        return min(due, default=None)

    def handle_timeout(self, now: float) -> None:
        """Repeat checks, ask for consent, nominate after waiting long enough."""
        if self._remote is None:
            return
        if self._consent_until is not None and now >= self._consent_until:
            self._consent_until = None
            self._events.append(ConsentLost())
            return
        self._send_due(now)
        self._consider(now)

    def _send_due(self, now: float) -> None:
        for checked in self._paths.values():
            if checked.failed or now < checked.next_at or self._remote is None:
                continue
            if checked.valid and not checked.nominating:
                checked.next_at = now + self._consent_interval()
            else:
                if not checked.valid and now >= checked.since + CHECK_GIVE_UP_S:
                    checked.failed = True
                    continue
                checked.next_at = now + checked.interval_s
                checked.interval_s = min(2 * checked.interval_s, MAX_RETRANSMIT_S)
            self._check(checked)

    def _check(self, checked: _Checked) -> None:
        use_candidate = self.controlling and self._uses_candidate(checked)
        transaction = self._random.randbytes(12)
        while len(checked.under_way) >= MAX_TRANSACTIONS:
            del checked.under_way[next(iter(checked.under_way))]
        checked.under_way[transaction] = use_candidate
        message = write_check(
            transaction,
            self._username,
            self._key,
            _REFLEXIVE_TYPE_PREFERENCE << 24 | (0xFFFF - checked.order & 0xFFFF) << 8 | 255,
            self._tie_breaker,
            controlling=self.controlling,
            use_candidate=use_candidate,
        )
        self._checks.append((checked.path, message))

    def _consent_interval(self) -> float:
        return CONSENT_EVERY_S * self._random.uniform(0.8, 1.2)

    def poll_checks(self) -> list[tuple[Path, bytes]]:
        """Checks to send, each on its path."""
        checks = list(self._checks)
        self._checks.clear()
        return checks

    def poll_event(self) -> IceEvent | None:
        """The next thing that happened, oldest first."""
        return self._events.popleft() if self._events else None
