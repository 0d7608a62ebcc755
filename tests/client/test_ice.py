"""The controlling agent against the server's lite one."""

from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.ice import (
    CHECK_GIVE_UP_S,
    CONSENT_TIMEOUT_S,
    PATIENCE_S,
    ConsentLost,
    IceAgent,
    IceEvent,
    PathNominated,
    PathValid,
)
from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.ice import IceCredentials, IceLite
from sfu.path import Path
from sfu.stun import (
    Attribute,
    ErrorCode,
    StunClass,
    parse_message,
    write_check,
    write_error,
    write_message,
    write_success,
)
from tests.sim.simulation import Address, Simulation

LOCAL = IceCredentials("client", "client-password-24-chars")
SERVER = IceCredentials("server", "server-password-24-chars")
NEXT_LOCAL = IceCredentials("again", "again-password-of-24-chars")
NEXT_SERVER = IceCredentials("second", "second-password-24-chars")
HOME: Address = ("192.0.2.9", 9)
AWAY: Address = ("198.51.100.9", 9)
NODE: Address = ("192.0.2.1", 1)
OTHER: Address = ("192.0.2.2", 2)


@dataclass
class AgentEndpoint:
    """The agent as an endpoint of the simulation."""

    agent: IceAgent
    events: list[tuple[float, IceEvent]] = field(default_factory=list)
    refused: list[DropReason] = field(default_factory=list)

    def receive(self, datagram: bytes, path: Path, now: float) -> None:
        try:
            self.agent.receive(datagram, path, now)
        except RemoteError as error:
            self.refused.append(error.reason)
        self.flush(now)

    def flush(self, now: float) -> None:
        while (event := self.agent.poll_event()) is not None:
            self.events.append((now, event))
        for path, check in self.agent.poll_checks():
            path.send((check,))

    def next_timeout(self) -> float | None:
        return self.agent.next_timeout()

    def handle_timeout(self, now: float) -> None:
        self.agent.handle_timeout(now)

    def told(self) -> list[IceEvent]:
        return [event for _, event in self.events]


@dataclass
class LiteEndpoint:
    """The server's agent."""

    agent: IceLite

    def receive(self, datagram: bytes, path: Path, now: float) -> None:
        reply = self.agent.receive(datagram, path, now)
        if reply is not None:
            path.send((reply,))

    def flush(self, now: float) -> None:
        while self.agent.poll_event() is not None:
            pass

    def next_timeout(self) -> float | None:
        return self.agent.next_timeout()

    def handle_timeout(self, now: float) -> None:
        self.agent.handle_timeout(now)


class Pair:
    """Both on a network; the server is at two addresses."""

    def __init__(self, seed: int = 0) -> None:
        self.simulation = Simulation(seed)
        self.client = AgentEndpoint(IceAgent(LOCAL, Random(seed)))
        self.server = LiteEndpoint(IceLite(SERVER))
        self.simulation.attach(HOME, self.client)
        self.simulation.attach(AWAY, self.client)
        self.simulation.attach(NODE, self.server)
        self.simulation.attach(OTHER, self.server)

    @property
    def now(self) -> float:
        return self.simulation.now

    def begin(self, *remotes: tuple[Address, int]) -> None:
        self.server.agent.set_remote(LOCAL)
        self.server.agent.start(self.now)
        for remote, priority in remotes or ((NODE, 0),):
            self.client.agent.add(self.simulation.path(HOME, remote), priority, self.now)
        self.client.agent.set_remote(SERVER, self.now)

    def selected(self) -> tuple[Address | None, Address | None]:
        """Where each side sends: (client, server)."""
        ours, theirs = self.client.agent.selected, self.server.agent.selected
        return (None if ours is None else ours.remote, None if theirs is None else theirs.remote)


def test_a_single_path_is_nominated_in_one_round_trip() -> None:
    pair = Pair()
    start = pair.now
    for link in pair.simulation.links(HOME, NODE):
        link.delay_ms = 20
    pair.begin()
    pair.simulation.run_for(0.05)
    path = pair.simulation.path(HOME, NODE)
    assert pair.client.events == [
        (pytest.approx(start + 0.04), PathValid(path)),
        (pytest.approx(start + 0.04), PathNominated(path)),
    ]
    assert pair.selected() == (NODE, HOME)


def test_a_path_is_checked_only_once_the_server_is_known() -> None:
    pair = Pair()
    pair.client.agent.add(pair.simulation.path(HOME, NODE), 0, pair.now)
    pair.simulation.run_for(1)
    assert pair.client.told() == []
    assert pair.simulation.link(HOME, NODE).offered == 0
    pair.begin()
    pair.simulation.run_for(1)
    assert pair.selected() == (NODE, HOME)


@pytest.mark.parametrize("order", [((NODE, 1), (OTHER, 2)), ((OTHER, 2), (NODE, 1))])
def test_the_better_of_two_working_paths_is_nominated(order: tuple[tuple[Address, int], ...]) -> None:
    pair = Pair()
    pair.begin(*order)
    pair.simulation.run_for(1)
    assert pair.selected() == (OTHER, HOME)


def test_the_worse_path_serves_if_the_better_is_dead() -> None:
    pair = Pair()
    pair.simulation.link(HOME, OTHER).loss = 1.0
    start = pair.now
    pair.begin((NODE, 1), (OTHER, 2))
    pair.simulation.run_for(2)
    assert pair.selected()[0] == NODE
    nominated = [at for at, event in pair.client.events if isinstance(event, PathNominated)]
    assert start + PATIENCE_S <= nominated[0] <= start + 2 * PATIENCE_S


def test_a_better_path_takes_over_when_it_works_at_last() -> None:
    pair = Pair()
    link = pair.simulation.link(HOME, OTHER)
    link.cut(pair.now, pair.now + 2)
    pair.begin((NODE, 1), (OTHER, 2))
    pair.simulation.run_for(1.5)
    assert pair.selected()[0] == NODE
    pair.simulation.run_for(5)
    assert pair.selected()[0] == OTHER


def test_a_dead_path_is_not_checked_for_ever() -> None:
    pair = Pair()
    pair.simulation.link(HOME, OTHER).loss = 1.0
    pair.begin((NODE, 1), (OTHER, 2))
    pair.simulation.run_for(CHECK_GIVE_UP_S + 2)
    offered = pair.simulation.link(HOME, OTHER).offered
    pair.simulation.run_for(60)
    assert pair.simulation.link(HOME, OTHER).offered == offered < 30


@given(seed=st.integers(0, 1 << 16), loss=st.floats(0, 0.3))
def test_loss_delays_but_does_not_prevent(seed: int, loss: float) -> None:
    pair = Pair(seed)
    for link in pair.simulation.links(HOME, NODE):
        link.loss, link.delay_ms = loss, 30
    pair.begin()
    pair.simulation.run_until(lambda: pair.selected() == (NODE, HOME), CHECK_GIVE_UP_S + 1)


def test_consent_is_asked_for_each_five_seconds_or_so() -> None:
    pair = Pair()
    pair.begin()
    pair.simulation.run_for(1)
    before = pair.simulation.link(HOME, NODE).offered
    pair.simulation.run_for(100)
    assert 100 / 6 - 1 <= pair.simulation.link(HOME, NODE).offered - before <= 100 / 4 + 1
    assert ConsentLost() not in pair.client.told()
    assert pair.server.agent.selected is not None


def test_consent_is_lost_after_thirty_silent_seconds() -> None:
    pair = Pair()
    pair.begin()
    pair.simulation.run_for(12)
    cut_at = pair.now
    pair.simulation.link(NODE, HOME).cut(cut_at, cut_at + 100)
    pair.simulation.run_for(100)
    lost = [at for at, event in pair.client.events if event == ConsentLost()]
    assert len(lost) == 1
    assert cut_at + CONSENT_TIMEOUT_S - 6 <= lost[0] <= cut_at + CONSENT_TIMEOUT_S


def test_a_server_that_never_answers_is_given_up() -> None:
    pair = Pair()
    pair.simulation.link(NODE, HOME).loss = 1.0
    start = pair.now
    pair.begin()
    pair.simulation.run_for(60)
    assert pair.client.events == [(pytest.approx(start + CONSENT_TIMEOUT_S), ConsentLost())]


def test_a_path_from_a_new_address_is_moved_to() -> None:
    pair = Pair()
    pair.begin()
    pair.simulation.run_for(1)
    pair.client.agent.add(pair.simulation.path(AWAY, NODE), 0, pair.now)
    pair.simulation.run_for(1)
    assert pair.selected() == (NODE, AWAY)


def test_when_the_path_in_use_is_removed_another_takes_over() -> None:
    pair = Pair()
    pair.begin((NODE, 2), (OTHER, 1))
    pair.simulation.run_for(1)
    assert pair.selected()[0] == NODE
    pair.client.agent.remove(pair.simulation.path(HOME, NODE), pair.now)
    pair.simulation.run_for(1)
    assert pair.selected()[0] == OTHER
    pair.client.agent.remove(pair.simulation.path(HOME, NODE), pair.now)
    assert pair.selected()[0] == OTHER


def test_a_restart_keeps_the_path_until_the_new_credentials_hold() -> None:
    pair = Pair()
    pair.begin()
    pair.simulation.run_for(1)
    selected = pair.client.agent.selected
    pair.client.agent.local = NEXT_LOCAL
    pair.server.agent.restart(NEXT_SERVER, NEXT_LOCAL)
    pair.simulation.link(HOME, NODE).cut(pair.now, pair.now + 1)
    pair.client.agent.set_remote(NEXT_SERVER, pair.now)
    pair.simulation.run_for(0.5)
    assert pair.client.agent.selected is selected
    assert pair.server.agent.ufrags == (NEXT_SERVER.ufrag, SERVER.ufrag)
    pair.simulation.run_for(3)
    assert pair.server.agent.ufrags == (NEXT_SERVER.ufrag,)
    pair.simulation.run_for(60)
    assert pair.selected() == (NODE, HOME)
    assert ConsentLost() not in pair.client.told()


def test_the_same_credentials_again_change_nothing() -> None:
    pair = Pair()
    pair.begin()
    pair.simulation.run_for(1)
    before = pair.simulation.link(HOME, NODE).offered
    pair.client.agent.set_remote(SERVER, pair.now)
    pair.simulation.run_for(1)
    assert pair.simulation.link(HOME, NODE).offered == before


def first_check() -> tuple[IceAgent, Path, bytes]:
    pair = Pair()
    path = pair.simulation.path(HOME, NODE)
    pair.client.agent.add(path, 0, pair.now)
    pair.client.agent.set_remote(SERVER, pair.now)
    ((_, check),) = pair.client.agent.poll_checks()
    return pair.client.agent, path, check


def test_a_role_conflict_changes_the_role() -> None:
    agent, path, check = first_check()
    transaction = parse_message(check).transaction_id
    assert Attribute.ICE_CONTROLLING in parse_message(check).attributes
    agent.receive(write_error(transaction, ErrorCode.ROLE_CONFLICT, SERVER.pwd.encode()), path, 1_000.0)
    ((_, again),) = agent.poll_checks()
    repeated = parse_message(again)
    assert Attribute.ICE_CONTROLLED in repeated.attributes
    assert Attribute.USE_CANDIDATE not in repeated.attributes
    assert repeated.uint64(Attribute.ICE_CONTROLLED) != parse_message(check).uint64(Attribute.ICE_CONTROLLING)


def test_a_refused_path_is_given_up() -> None:
    agent, path, check = first_check()
    transaction = parse_message(check).transaction_id
    agent.receive(write_error(transaction, ErrorCode.UNAUTHENTICATED, SERVER.pwd.encode()), path, 1_000.0)
    agent.handle_timeout(1_005.0)
    assert agent.poll_checks() == []
    assert agent.selected is None


KEY = SERVER.pwd.encode()
MAPPED = ("192.0.2.9", 9)


def strange(kind: str, transaction: bytes) -> bytes:
    match kind:
        case "unknown":
            return write_success(b"other-id-012", MAPPED, KEY)
        case "wrong key":
            return write_success(transaction, MAPPED, b"another")
        case "no key":
            return write_success(transaction, MAPPED, None)
        case "no fingerprint":
            return write_message(StunClass.SUCCESS, transaction, (), KEY, fingerprint=False)
        case "indication":
            return write_message(StunClass.INDICATION, transaction, (), KEY)
        case "request":
            return write_check(b"other-id-012", "client:server", KEY, 1, 1, controlling=False)
        case _:
            return b"\x01\x01\x00\x00"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("unknown", DropReason.STUN_UNEXPECTED),
        ("wrong key", DropReason.STUN_INTEGRITY),
        ("no key", DropReason.STUN_INTEGRITY),
        ("no fingerprint", DropReason.STUN_FINGERPRINT),
        ("indication", DropReason.STUN_UNEXPECTED),
        ("request", DropReason.STUN_UNEXPECTED),
        ("short", DropReason.STUN_MALFORMED),
    ],
)
def test_what_answers_no_check_changes_nothing(kind: str, reason: DropReason) -> None:
    agent, path, check = first_check()
    transaction = parse_message(check).transaction_id
    with pytest.raises(RemoteError) as refused:
        agent.receive(strange(kind, transaction), path, 1_000.0)
    assert refused.value.reason is reason
    assert agent.poll_event() is None
    agent.receive(write_success(transaction, MAPPED, KEY), path, 1_000.0)
    assert agent.selected is path


@given(st.binary(max_size=100))
def test_no_bytes_break_the_agent(data: bytes) -> None:
    agent, path, _ = first_check()
    with pytest.raises(RemoteError):
        agent.receive(data, path, 1_000.0)
