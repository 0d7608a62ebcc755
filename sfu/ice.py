"""ICE-lite: the answering half of RFC 8445, always controlled.

A lite agent sends no checks. It answers those of its peer, and so learns which paths work (RFC 8445 §2.5);
the peer nominates one with USE-CANDIDATE, a new one when it moves from Wi-Fi to LTE. A path never seen in an
authenticated check is never sent to. Since every check is authenticated, the checks are also the proof that
the peer still wants our packets (consent, RFC 7675): 30 s without one on a path and the path is gone; no path
left and consent is lost.

::

    receive(check, path, now) ──▶ reply for the same path
                                  PathSelected · PathDropped · ConsentLost · UfragRetired   (poll_event)

What fails authentication is dropped and counted, not answered with 400 or 401 as RFC 8489 §9.1.3 would have
it: the answer would go to an address that has proved nothing and would tell a stranger which ufrags exist,
while an honest peer repeats its checks anyway.
"""

from collections import deque
from dataclasses import dataclass
from random import Random
from typing import Final

from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.path import Path
from sfu.stun import (
    BINDING,
    Attribute,
    ErrorCode,
    StunClass,
    StunMessage,
    parse_message,
    write_error,
    write_success,
)

CONSENT_TIMEOUT_S: Final = 30.0  # RFC 7675 §5.1
MAX_PATHS: Final = 16
EVICTABLE_AFTER_S: Final = 2.0  # ours: a path quiet for so long gives way to a new one

_ICE_CHARACTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_UFRAG_LENGTH: Final = 8  # 47 bits where RFC 8445 §5.3 wants 24: ours route between all peers of a node
_PWD_LENGTH: Final = 24  # 142 bits where RFC 8445 §5.3 wants 128


@dataclass(frozen=True, slots=True)
class IceCredentials:
    """Username fragment and password of one side, for one ICE generation (RFC 8445 §5.3)."""

    ufrag: str
    pwd: str


@dataclass(frozen=True, slots=True)
class PathSelected:
    """Send to `path` from now on: the peer nominated it, or the one before it died."""

    path: Path


@dataclass(frozen=True, slots=True)
class PathDropped:
    """`path` is no longer valid: nothing may be sent to it, and what comes from it belongs to nobody."""

    path: Path


@dataclass(frozen=True, slots=True)
class ConsentLost:
    """No authenticated check on any path for 30 s: sending must stop (RFC 7675 §5.1)."""


@dataclass(frozen=True, slots=True)
class UfragRetired:
    """Checks addressed to `ufrag` are ours no longer: a restart has replaced it."""

    ufrag: str


IceEvent = PathSelected | PathDropped | ConsentLost | UfragRetired


@dataclass(slots=True)
class _Generation:
    """The credentials of both sides between two restarts."""

    number: int
    local: IceCredentials
    key: bytes
    remote: IceCredentials | None


@dataclass(slots=True)
class _PathState:
    """What the checks on one path have told."""

    generation: int
    checked_at: float
    priority: int = 0
    nominated: bool = False


def make_credentials(random: Random) -> IceCredentials:
    """Fresh credentials. In production `random` must be unpredictable: `random.SystemRandom()`."""
    return IceCredentials(
        "".join(random.choices(_ICE_CHARACTERS, k=_UFRAG_LENGTH)),
        "".join(random.choices(_ICE_CHARACTERS, k=_PWD_LENGTH)),
    )


class IceLite:
    """The ICE agent of one peer connection, for its one component (rtcp-mux, BUNDLE)."""

    def __init__(self, local: IceCredentials) -> None:
        self.selected: Path | None = None
        self._generations = [_Generation(0, local, local.pwd.encode(), None)]  # newest first, at most two
        self._paths: dict[Path, _PathState] = {}
        self._last_nominated: Path | None = None
        self._consent_until: float | None = None
        self._events: deque[IceEvent] = deque()

    # --- credentials -------------------------------------------------------------------------------------

    @property
    def local(self) -> IceCredentials:
        """The credentials that the next answer carries."""
        return self._generations[0].local

    @property
    def remote(self) -> IceCredentials | None:
        """The peer's credentials, once an offer has told them. An offer with others asks for a restart."""
        return self._generations[0].remote

    @property
    def ufrags(self) -> tuple[str, ...]:
        """Our ufrags in force, newest first: what is addressed to one of them is ours."""
        return tuple(generation.local.ufrag for generation in self._generations)

    def set_remote(self, remote: IceCredentials) -> None:
        """Remember the peer's credentials. Checks that arrive before are answered all the same."""
        self._generations[0].remote = remote

    def restart(self, local: IceCredentials, remote: IceCredentials) -> None:
        """Begin a new generation (RFC 8445 §9).

        The selected path stays, and so do the credentials it was nominated with, until the peer nominates a
        path with the new ones. A restart that never got so far is forgotten.
        """
        number = self._generations[0].number + 1
        for abandoned in self._generations[:-1]:
            self._retire(abandoned)
        self._generations.insert(0, _Generation(number, local, local.pwd.encode(), remote))

    # --- input -------------------------------------------------------------------------------------------

    def start(self, now: float) -> None:
        """The peer knows our credentials: without a check from now on, consent is lost in 30 s."""
        if self._consent_until is None:
            self._consent_until = now + CONSENT_TIMEOUT_S

    def receive(self, data: bytes, path: Path, now: float) -> bytes | None:
        """Take in a STUN message that came over `path`; returns the reply to send there.

        Raises:
            RemoteError: STUN_MALFORMED, STUN_FINGERPRINT, STUN_UNEXPECTED (no binding request), STUN_USERNAME
                (not for us), STUN_INTEGRITY, ICE_TOO_MANY_PATHS. Nothing has changed then.
        """
        message = parse_message(data)
        if not message.fingerprint_holds():  # RFC 8445 §7.1: every check carries it
            raise RemoteError(DropReason.STUN_FINGERPRINT)
        if message.method != BINDING:
            raise RemoteError(DropReason.STUN_UNEXPECTED, f"method {message.method}")
        if message.message_class is StunClass.INDICATION:  # RFC 8445 §11: a keepalive, proves nothing
            return None
        if message.message_class is not StunClass.REQUEST:  # we asked nothing
            raise RemoteError(DropReason.STUN_UNEXPECTED, message.message_class.name)
        generation = self._authenticate(message)

        unknown = message.unknown_attributes()
        if unknown:
            return write_error(message.transaction_id, ErrorCode.UNKNOWN_ATTRIBUTE, generation.key, unknown)
        if Attribute.ICE_CONTROLLED in message.attributes:
            # RFC 8445 §7.3.1.1, §6.1.1: facing a lite agent a full one controls; we never change our role.
            return write_error(message.transaction_id, ErrorCode.ROLE_CONFLICT, generation.key)
        state = self._check(message, path, generation, now)
        if Attribute.USE_CANDIDATE in message.attributes:
            self._nominate(path, state)
        return write_success(message.transaction_id, path.remote, generation.key)

    def validated(self, path: Path) -> bool:
        """Whether a check came over `path` in the last 30 s: nothing may be sent elsewhere."""
        return path in self._paths

    @property
    def paths(self) -> tuple[Path, ...]:
        """The validated paths."""
        return tuple(self._paths)

    def forget(self, path: Path) -> None:
        """`path` is gone: its TCP connection closed. The next best is selected in its place."""
        if path in self._paths:
            self._drop(path)
            self._replace_selected()

    # --- time and output ---------------------------------------------------------------------------------

    def next_timeout(self) -> float | None:
        """When `handle_timeout` has something to do."""
        oldest = min((state.checked_at for state in self._paths.values()), default=None)
        return self._consent_until if oldest is None else oldest + CONSENT_TIMEOUT_S

    def handle_timeout(self, now: float) -> None:
        """Drop the paths whose consent has run out; report when it is lost on all."""
        for path, state in list(self._paths.items()):
            if state.checked_at + CONSENT_TIMEOUT_S <= now:
                self._drop(path)
        self._replace_selected()
        if self._consent_until is not None and self._consent_until <= now:
            self._consent_until = None
            self._events.append(ConsentLost())

    def poll_event(self) -> IceEvent | None:
        """The next thing that happened, oldest first."""
        return self._events.popleft() if self._events else None

    # --- rules -------------------------------------------------------------------------------------------

    def _authenticate(self, message: StunMessage) -> _Generation:
        """The generation whose credentials made `message` (RFC 8445 §7.3, RFC 8489 §9.1.3).

        Of the username only our half counts: the peer's half may be unknown yet, or belong to its restart.
        """
        username = message.username()
        if username is None or message.integrity_offset is None:
            raise RemoteError(DropReason.STUN_INTEGRITY, "missing")
        local_ufrag, colon, _ = username.partition(":")
        for generation in self._generations:
            if colon and generation.local.ufrag == local_ufrag:
                if not message.integrity_holds(generation.key):
                    raise RemoteError(DropReason.STUN_INTEGRITY)
                return generation
        raise RemoteError(DropReason.STUN_USERNAME)

    def _check(self, message: StunMessage, path: Path, generation: _Generation, now: float) -> _PathState:
        """Note an authenticated check: the path is valid, the peer consents."""
        priority = message.uint32(Attribute.PRIORITY) or 0
        state = self._paths.get(path)
        if state is None:
            if len(self._paths) >= MAX_PATHS:
                self._evict(now)
            state = self._paths[path] = _PathState(generation.number, now)
        elif state.generation < generation.number:
            state.generation = generation.number
            state.nominated = False
        state.checked_at = now
        state.priority = priority
        self._consent_until = now + CONSENT_TIMEOUT_S
        return state

    def _nominate(self, path: Path, state: _PathState) -> None:
        """Follow the controlling side's choice (RFC 8445 §7.3.1.5, §8.1.1) without flapping.

        A regular nominator names one path, later perhaps another: the latest holds. An aggressive one
        (RFC 5245 §8.1.1.2) names every path in every check; there the higher priority holds once each has
        been named, unless the lower one is named twice running: then the other has fallen silent.
        """
        first = not state.nominated
        repeated = self._last_nominated is path
        state.nominated = True
        self._last_nominated = path
        if state.generation == self._generations[0].number:
            for replaced in self._generations[1:]:
                self._retire(replaced)
        if path is self.selected:
            return
        current = self._paths.get(self.selected) if self.selected is not None else None
        if current is not None:
            if state.generation < current.generation:
                return
            if not (
                first
                or repeated
                or state.generation > current.generation
                or state.priority > current.priority
            ):
                return
        self._select(path)

    def _retire(self, generation: _Generation) -> None:
        self._generations.remove(generation)
        self._events.append(UfragRetired(generation.local.ufrag))

    def _evict(self, now: float) -> None:
        """Make room: drop the path that has been quiet longest, if it has been quiet at all."""
        unselected = (path for path in self._paths if path is not self.selected)
        quietest = min(unselected, key=lambda path: self._paths[path].checked_at)
        if now - self._paths[quietest].checked_at < EVICTABLE_AFTER_S:
            raise RemoteError(DropReason.ICE_TOO_MANY_PATHS)
        self._drop(quietest)

    def _drop(self, path: Path) -> None:
        del self._paths[path]
        if self._last_nominated is path:
            self._last_nominated = None
        self._events.append(PathDropped(path))

    def _replace_selected(self) -> None:
        """If the selected path is gone, the best that is left serves until the peer nominates another."""
        if self.selected is None or self.selected in self._paths:
            return
        self.selected = None
        if self._paths:
            states = self._paths
            self._select(max(states, key=lambda path: (states[path].nominated, states[path].checked_at)))

    def _select(self, path: Path) -> None:
        self.selected = path
        self._events.append(PathSelected(path))
