"""The lite agent: whom it answers, which path it follows, and when it gives up."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import aioice.stun
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.ice import (
    CONSENT_TIMEOUT_S,
    MAX_PATHS,
    ConsentLost,
    IceCredentials,
    IceEvent,
    IceLite,
    PathDropped,
    PathSelected,
    UfragRetired,
    make_credentials,
)
from sfu.path import Buffer
from sfu.stun import (
    Attribute,
    ErrorCode,
    StunClass,
    StunMessage,
    parse_message,
    write_check,
    write_message,
    write_success,
)

LOCAL = IceCredentials("server", "server-password-24-chars")
NEXT = IceCredentials("second", "second-password-24-chars")
THIRD = IceCredentials("third", "third-password-of-24-chars")
REMOTE = IceCredentials("client", "client-password-24-chars")
TRANSACTION = b"transaction!"


@dataclass(eq=False)
class Wire:
    """A path that remembers; compared by identity as every path is."""

    remote: tuple[str, int] = ("192.0.2.1", 5000)
    reliable: bool = False
    congested: bool = False
    sent: list[Buffer] = field(default_factory=list)

    def send(self, datagrams: Sequence[Buffer]) -> None:
        self.sent.extend(datagrams)


def check(
    credentials: IceCredentials = LOCAL,
    *,
    nominate: bool = False,
    priority: int = 100,
    controlling: bool = True,
    pwd: str | None = None,
) -> bytes:
    return write_check(
        TRANSACTION,
        f"{credentials.ufrag}:{REMOTE.ufrag}",
        (pwd or credentials.pwd).encode(),
        priority,
        7,
        controlling=controlling,
        use_candidate=nominate,
    )


def answer(reply: bytes | None) -> StunMessage:
    assert reply is not None
    return parse_message(reply)


def events(ice: IceLite) -> list[IceEvent]:
    return list(iter(ice.poll_event, None))


def nominated(paths: Iterable[Wire], now: float = 0.0) -> IceLite:
    """An agent whose peer has nominated each of `paths` in turn."""
    ice = IceLite(LOCAL)
    for path in paths:
        ice.receive(check(nominate=True), path, now)
    events(ice)
    return ice


def reason(ice: IceLite, data: bytes, path: Wire, now: float = 0.0) -> DropReason:
    with pytest.raises(RemoteError) as refused:
        ice.receive(data, path, now)
    return refused.value.reason


# --- answering -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("remote", [("192.0.2.1", 5000), ("2001:db8::7", 6000)])
def test_a_check_is_answered_with_the_address_it_came_from(remote: tuple[str, int]) -> None:
    ice, path = IceLite(LOCAL), Wire(remote)
    reply = ice.receive(check(), path, 0.0)
    assert reply is not None
    theirs = aioice.stun.parse_message(reply)
    assert theirs.check_message_integrity(LOCAL.pwd.encode())
    assert theirs.message_class is aioice.stun.Class.RESPONSE
    assert theirs.transaction_id == TRANSACTION
    assert theirs.attributes["XOR-MAPPED-ADDRESS"] == remote
    assert ice.validated(path)
    assert ice.selected is None


def test_checks_may_overtake_the_answer_that_names_the_peer() -> None:
    ice, path = IceLite(LOCAL), Wire()
    assert ice.remote is None
    assert answer(ice.receive(check(nominate=True), path, 0.0)).message_class is StunClass.SUCCESS
    ice.set_remote(REMOTE)
    assert ice.remote == REMOTE
    assert ice.selected is path


def unsigned(*attributes: tuple[int, bytes]) -> bytes:
    return write_message(StunClass.REQUEST, TRANSACTION, attributes)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (check(pwd="not-the-password"), DropReason.STUN_INTEGRITY),
        (unsigned((Attribute.USERNAME, b"server:client")), DropReason.STUN_INTEGRITY),
        (write_message(StunClass.REQUEST, TRANSACTION, (), LOCAL.pwd.encode()), DropReason.STUN_INTEGRITY),
        (check(IceCredentials("other", LOCAL.pwd)), DropReason.STUN_USERNAME),
        (check(IceCredentials("serve", LOCAL.pwd)), DropReason.STUN_USERNAME),
        (
            write_message(
                StunClass.REQUEST, TRANSACTION, ((Attribute.USERNAME, b"server"),), LOCAL.pwd.encode()
            ),
            DropReason.STUN_USERNAME,
        ),
        (write_success(TRANSACTION, ("192.0.2.9", 1), LOCAL.pwd.encode()), DropReason.STUN_UNEXPECTED),
        (
            write_message(StunClass.REQUEST, TRANSACTION, (), LOCAL.pwd.encode(), method=3),
            DropReason.STUN_UNEXPECTED,
        ),
        (check()[:-1] + b"\0", DropReason.STUN_FINGERPRINT),
        (
            write_message(
                StunClass.REQUEST,
                TRANSACTION,
                ((Attribute.USERNAME, b"server:client"),),
                LOCAL.pwd.encode(),
                fingerprint=False,
            ),
            DropReason.STUN_FINGERPRINT,
        ),
        (b"\0\1", DropReason.STUN_MALFORMED),
    ],
    ids=[
        "wrong password",
        "no integrity",
        "no username",
        "another's ufrag",
        "half a ufrag",
        "no colon",
        "a response",
        "not binding",
        "wrong fingerprint",
        "no fingerprint",
        "not STUN",
    ],
)
def test_what_is_not_an_authentic_check_is_dropped_and_validates_nothing(
    data: bytes, expected: DropReason
) -> None:
    ice, path = IceLite(LOCAL), Wire()
    assert reason(ice, data, path) is expected
    assert not ice.validated(path)
    assert events(ice) == []


def test_a_malformed_priority_in_an_authentic_check_changes_nothing() -> None:
    attributes = ((Attribute.USERNAME, b"server:client"), (Attribute.PRIORITY, b"\1"))
    data = write_message(StunClass.REQUEST, TRANSACTION, attributes, LOCAL.pwd.encode())
    ice, path = IceLite(LOCAL), Wire()
    assert reason(ice, data, path) is DropReason.STUN_MALFORMED
    assert not ice.validated(path)


def test_a_keepalive_indication_proves_nothing() -> None:
    ice, path = IceLite(LOCAL), Wire()
    assert ice.receive(write_message(StunClass.INDICATION, TRANSACTION, ()), path, 0.0) is None
    assert not ice.validated(path)


def test_a_peer_that_claims_to_be_controlled_is_told_of_the_conflict() -> None:
    ice, path = IceLite(LOCAL), Wire()
    reply = answer(ice.receive(check(controlling=False, nominate=True), path, 0.0))
    assert reply.message_class is StunClass.ERROR
    assert reply.error_code() == ErrorCode.ROLE_CONFLICT
    assert reply.integrity_holds(LOCAL.pwd.encode())
    assert ice.selected is None


def test_an_attribute_that_must_be_understood_is_refused_by_name() -> None:
    attributes = ((Attribute.USERNAME, b"server:client"), (0x0003, bytes(4)))
    data = write_message(StunClass.REQUEST, TRANSACTION, attributes, LOCAL.pwd.encode())
    ice, path = IceLite(LOCAL), Wire()
    reply = answer(ice.receive(data, path, 0.0))
    assert reply.error_code() == ErrorCode.UNKNOWN_ATTRIBUTE
    assert reply.attributes[Attribute.UNKNOWN_ATTRIBUTES] == b"\0\3"
    assert not ice.validated(path)


# --- nomination ------------------------------------------------------------------------------------------


def test_the_first_nominated_path_is_selected_once() -> None:
    ice, path = IceLite(LOCAL), Wire()
    for _ in range(3):
        ice.receive(check(nominate=True), path, 0.0)
    assert ice.selected is path
    assert events(ice) == [PathSelected(path)]


@pytest.mark.parametrize("priority", [1, 100, 1000], ids=["lower", "equal", "higher"])
def test_a_peer_that_moves_is_followed_at_its_first_nomination(priority: int) -> None:
    wifi, lte = Wire(), Wire(("198.51.100.1", 7000))
    ice = nominated([wifi])
    ice.receive(check(priority=priority), lte, 1.0)
    assert ice.selected is wifi
    ice.receive(check(priority=priority, nominate=True), lte, 1.1)
    assert ice.selected is lte
    assert events(ice) == [PathSelected(lte)]


@pytest.mark.parametrize("priority", [1, 100, 1000], ids=["lower", "equal", "higher"])
def test_a_peer_that_moves_back_is_followed_when_it_means_it(priority: int) -> None:
    wifi, lte = Wire(), Wire()
    ice = nominated([wifi, lte])
    ice.receive(check(priority=priority, nominate=True), wifi, 1.0)
    ice.receive(check(priority=priority, nominate=True), wifi, 1.5)
    assert ice.selected is wifi


def test_aggressive_nomination_settles_on_the_highest_priority() -> None:
    paths = [Wire(("192.0.2.1", port)) for port in (1, 2, 3, 4)]
    ice = IceLite(LOCAL)
    priorities = [30, 40, 20, 40]
    for turn in range(20):
        for path, priority in zip(paths, priorities, strict=True):
            ice.receive(check(priority=priority, nominate=True), path, turn * 0.1)
        if turn == 1:
            events(ice)
    assert ice.selected in (paths[1], paths[3])
    assert events(ice) == []


def test_a_new_generation_is_followed_whatever_its_priority() -> None:
    old, new = Wire(), Wire()
    ice = nominated([old, new, old, old])
    ice.restart(NEXT, REMOTE)
    ice.receive(check(NEXT, priority=1, nominate=True), new, 1.0)
    assert ice.selected is new


# --- restart ---------------------------------------------------------------------------------------------


def test_the_old_pair_serves_until_the_new_credentials_nominate() -> None:
    old, new = Wire(), Wire()
    ice = nominated([old])
    ice.restart(NEXT, REMOTE)
    assert (ice.local, ice.remote) == (NEXT, REMOTE)
    assert ice.ufrags == (NEXT.ufrag, LOCAL.ufrag)
    assert answer(ice.receive(check(LOCAL, nominate=True), old, 1.0)).integrity_holds(LOCAL.pwd.encode())
    assert answer(ice.receive(check(NEXT), new, 1.0)).integrity_holds(NEXT.pwd.encode())
    assert ice.selected is old

    ice.receive(check(NEXT, nominate=True), new, 1.1)
    assert ice.selected is new
    assert list(ice.ufrags) == [NEXT.ufrag]
    assert events(ice) == [UfragRetired(LOCAL.ufrag), PathSelected(new)]
    assert reason(ice, check(LOCAL), old, 1.2) is DropReason.STUN_USERNAME
    assert ice.validated(old)  # what is still under way from there is taken


def test_a_restart_over_the_same_path_keeps_it_selected() -> None:
    path = Wire()
    ice = nominated([path])
    ice.restart(NEXT, REMOTE)
    ice.receive(check(NEXT, nominate=True), path, 1.0)
    assert ice.selected is path
    assert events(ice) == [UfragRetired(LOCAL.ufrag)]


def test_of_restarts_that_overtake_each_other_the_last_holds() -> None:
    path = Wire()
    ice = nominated([path])
    ice.restart(NEXT, REMOTE)
    ice.restart(THIRD, REMOTE)
    assert ice.ufrags == (THIRD.ufrag, LOCAL.ufrag)
    assert events(ice) == [UfragRetired(NEXT.ufrag)]
    assert reason(ice, check(NEXT), path, 1.0) is DropReason.STUN_USERNAME
    assert ice.receive(check(LOCAL), path, 1.0) is not None
    assert ice.receive(check(THIRD), path, 1.0) is not None


# --- paths -----------------------------------------------------------------------------------------------


def test_a_closed_connection_gives_way_to_the_next_best_path() -> None:
    tcp, udp, other = Wire(reliable=True), Wire(), Wire()
    ice = nominated([udp, tcp])
    ice.receive(check(), other, 1.0)
    ice.forget(tcp)
    assert ice.selected is udp
    assert events(ice) == [PathDropped(tcp), PathSelected(udp)]
    ice.forget(udp)
    assert ice.selected is other
    ice.forget(other)
    assert ice.selected is None
    ice.forget(other)
    assert events(ice) == [PathDropped(udp), PathSelected(other), PathDropped(other)]


def test_too_many_live_paths_are_refused() -> None:
    ice = nominated(Wire() for _ in range(MAX_PATHS))
    assert reason(ice, check(), Wire(), 0.5) is DropReason.ICE_TOO_MANY_PATHS
    assert len(ice.paths) == MAX_PATHS


def test_the_path_quiet_for_longest_gives_way_to_a_new_one() -> None:
    paths = [Wire() for _ in range(MAX_PATHS)]
    ice = nominated(paths[::-1])
    assert ice.selected is paths[0]
    for number, path in enumerate(paths[2:]):
        ice.receive(check(), path, 1.0 + number / 100)
    added = Wire()
    ice.receive(check(), added, 3.0)
    assert events(ice) == [PathDropped(paths[1])]  # paths[0] was as quiet, but it is selected
    assert not ice.validated(paths[1])
    assert ice.validated(added)


# --- consent ---------------------------------------------------------------------------------------------


def test_checks_keep_consent_and_their_absence_ends_it_once() -> None:
    ice, path = IceLite(LOCAL), Wire()
    assert ice.next_timeout() is None
    ice.receive(check(nominate=True), path, 10.0)
    ice.receive(check(), path, 20.0)
    assert ice.next_timeout() == 20.0 + CONSENT_TIMEOUT_S
    events(ice)

    ice.handle_timeout(49.9)
    assert events(ice) == []
    ice.handle_timeout(50.0)
    assert events(ice) == [PathDropped(path), ConsentLost()]
    assert ice.selected is None
    assert ice.next_timeout() is None
    ice.handle_timeout(100.0)
    assert events(ice) == []


def test_a_silent_path_gives_way_to_one_that_is_alive() -> None:
    silent, alive = Wire(), Wire()
    ice = nominated([silent])
    ice.receive(check(), alive, 25.0)
    assert ice.next_timeout() == CONSENT_TIMEOUT_S
    ice.handle_timeout(CONSENT_TIMEOUT_S)
    assert ice.selected is alive
    assert events(ice) == [PathDropped(silent), PathSelected(alive)]


def test_a_peer_that_never_comes_loses_consent_too() -> None:
    ice = IceLite(LOCAL)
    ice.start(5.0)
    ice.start(9.0)
    assert ice.next_timeout() == 5.0 + CONSENT_TIMEOUT_S
    ice.handle_timeout(5.0 + CONSENT_TIMEOUT_S)
    assert events(ice) == [ConsentLost()]


def test_what_is_not_authentic_does_not_keep_consent() -> None:
    ice, path = nominated([wire := Wire()]), wire
    reason(ice, check(pwd="wrong"), path, 20.0)
    ice.receive(write_message(StunClass.INDICATION, TRANSACTION, ()), path, 20.0)
    ice.receive(check(controlling=False), path, 20.0)
    assert ice.next_timeout() == CONSENT_TIMEOUT_S


# --- properties ------------------------------------------------------------------------------------------


def test_credentials_are_long_enough_and_come_from_the_randomness_given() -> None:
    credentials = make_credentials(Random(1))
    assert credentials == make_credentials(Random(1))
    assert credentials != make_credentials(Random(2))
    # RFC 8445 §5.3: at least 24 and 128 bits; RFC 8839 §5.4: ice-char, at most 256
    assert credentials.ufrag.isalnum()
    assert credentials.pwd.isalnum()
    assert 4 <= len(credentials.ufrag) <= 256
    assert 22 <= len(credentials.pwd) <= 256


steps = st.lists(
    st.tuples(
        st.sampled_from(["check", "nominate", "forget", "restart", "wait", "garbage"]),
        st.integers(0, MAX_PATHS + 3),
        st.floats(0, 20),
    ),
    max_size=60,
)


@given(steps)
def test_the_selected_path_is_always_valid_and_events_tell_the_whole_story(
    steps: list[tuple[str, int, float]],
) -> None:
    ice = IceLite(LOCAL)
    wires = [Wire() for _ in range(MAX_PATHS + 4)]
    told: Wire | None = None
    dropped: set[int] = set()
    now, restarts, latest = 0.0, 0, LOCAL
    for act, number, wait in steps:
        now += wait
        wire = wires[number]
        if act == "forget":
            ice.forget(wire)
        elif act == "restart":
            restarts += 1
            latest = IceCredentials(f"u{restarts}", f"password-{restarts}")
            ice.restart(latest, REMOTE)
        elif act == "wait":
            ice.handle_timeout(now)
        elif act == "garbage":
            assert reason(ice, check(latest, pwd="wrong"), wire, now) is DropReason.STUN_INTEGRITY
        else:
            with suppress(RemoteError):
                ice.receive(check(latest, nominate=act == "nominate", priority=number), wire, now)
                dropped.discard(id(wire))
        for event in events(ice):
            if isinstance(event, PathSelected):
                told = next(candidate for candidate in wires if candidate is event.path)
            elif isinstance(event, PathDropped):
                dropped.add(id(event.path))
        if told is not None and id(told) in dropped:
            told = None
        assert ice.selected is told
        assert ice.selected is None or ice.validated(ice.selected)
        assert len(ice.paths) <= MAX_PATHS
        assert 1 <= len(ice.ufrags) <= 2
        assert all(
            ice.validated(wire) != (id(wire) in dropped) for wire in ice.paths if isinstance(wire, Wire)
        )


@given(st.binary(max_size=80))
def test_arbitrary_bytes_raise_nothing_but_remote_error(data: bytes) -> None:
    ice = IceLite(LOCAL)
    with suppress(RemoteError):
        ice.receive(data, Wire(), 0.0)
    assert ice.paths == ()
