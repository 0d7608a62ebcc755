"""The simulation itself: turns, timers, paths, links, determinism."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from sfu.path import Path
from tests.sim.simulation import Address, Endpoint, Simulation, SimulationError

ALICE: Address = ("192.0.2.1", 1)
BOB: Address = ("192.0.2.2", 2)


@dataclass
class Recorder:
    """An endpoint that writes down what happens to it and answers as told."""

    on_receive: Callable[[bytes, Path, float], None] = lambda data, path, now: None
    on_timeout: Callable[[float], None] = lambda now: None
    on_flush: Callable[[float], None] = lambda now: None
    timeout: float | None = None
    log: list[tuple[str, float, bytes]] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)

    def receive(self, datagram: bytes, path: Path, now: float) -> None:
        self.log.append(("receive", now, datagram))
        self.paths.append(path)
        self.on_receive(datagram, path, now)

    def flush(self, now: float) -> None:
        self.log.append(("flush", now, b""))
        self.on_flush(now)

    def next_timeout(self) -> float | None:
        return self.timeout

    def handle_timeout(self, now: float) -> None:
        self.log.append(("timeout", now, b""))
        self.timeout = None
        self.on_timeout(now)

    def received(self) -> list[bytes]:
        return [data for what, _, data in self.log if what == "receive"]

    def acts(self, *, since: float) -> list[tuple[str, float]]:
        return [(what, at) for what, at, _ in self.log if at > since]


def two(seed: int = 0) -> tuple[Simulation, Recorder, Recorder]:
    simulation = Simulation(seed)
    alice, bob = Recorder(), Recorder()
    simulation.attach(ALICE, alice)
    simulation.attach(BOB, bob)
    return simulation, alice, bob


def test_a_batch_arrives_in_order_and_is_one_turn():
    simulation, _, bob = two()
    start = simulation.now
    simulation.link(ALICE, BOB).delay_ms = 10
    simulation.path(ALICE, BOB).send([b"one", bytearray(b"two"), memoryview(b"three")])
    simulation.run_for(1)
    assert bob.received() == [b"one", b"two", b"three"]
    at = pytest.approx(start + 0.010)
    assert bob.acts(since=start) == [("receive", at), ("receive", at), ("receive", at), ("flush", at)]
    assert simulation.now == start + 1


def test_a_reused_buffer_arrives_as_it_was_sent():
    simulation, _, bob = two()
    buffer = bytearray(b"first")
    simulation.path(ALICE, BOB).send([buffer])
    buffer[:] = b"later"
    simulation.run_for(1)
    assert bob.received() == [b"first"]


def test_answers_go_back_on_the_path_and_paths_keep_their_identity():
    simulation, alice, bob = two()
    bob.on_receive = lambda data, path, now: path.send([b"re:" + data])
    path = simulation.path(ALICE, BOB)
    path.send([b"a"])
    simulation.run_for(1)
    path.send([b"b"])
    simulation.run_for(1)
    assert alice.received() == [b"re:a", b"re:b"]
    assert alice.paths == [path, path]
    assert alice.paths[0] is path
    assert bob.paths[0] is bob.paths[1]
    assert (bob.paths[0].remote, bob.paths[0].reliable) == (ALICE, False)


def test_what_flush_sends_leaves_at_the_end_of_the_turn():
    simulation, alice, bob = two()
    pending: list[bytes] = []
    bob.on_receive = lambda data, path, now: pending.append(data)

    def send_all(now: float) -> None:
        if pending:
            simulation.path(BOB, ALICE).send([b"".join(pending)])
            pending.clear()

    bob.on_flush = send_all
    simulation.path(ALICE, BOB).send([b"a", b"b"])
    simulation.run_for(1)
    assert alice.received() == [b"ab"]


def test_a_timer_fires_at_its_moment_and_an_older_one_is_forgotten():
    simulation, alice, _ = two()
    start = simulation.now
    alice.timeout = start + 5
    simulation.run_for(1)
    alice.timeout = start + 2
    simulation.run_for(9)
    assert [(what, at) for what, at in alice.acts(since=start + 1) if what == "timeout"] == [
        ("timeout", start + 2)
    ]


def test_a_timer_of_the_past_fires_now():
    simulation, alice, _ = two()
    alice.timeout = simulation.now - 5
    simulation.run_for(1)
    assert ("timeout", 1_000.0) in [(what, at) for what, at, _ in alice.log]


def test_a_periodic_timer_goes_on():
    simulation, alice, _ = two()
    start = simulation.now

    def again(now: float) -> None:
        alice.timeout = now + 0.25

    alice.on_timeout = again
    alice.timeout = start
    simulation.run_for(1)
    assert [at for what, at, _ in alice.log if what == "timeout"] == [start + n / 4 for n in range(5)]


def test_a_timer_that_never_moves_on_is_reported():
    simulation, alice, _ = two()

    def same(now: float) -> None:
        alice.timeout = now

    alice.on_timeout = same
    alice.timeout = simulation.now
    with pytest.raises(SimulationError, match="never moves on"):
        simulation.run_for(1)


def test_actions_run_at_their_moment_and_everybody_is_asked_again():
    simulation, alice, bob = two()
    start = simulation.now
    bob.on_timeout = lambda now: simulation.path(BOB, ALICE).send([b"bob's timer"])

    def arm(now: float) -> None:
        bob.timeout = now + 1

    simulation.at(start + 2, arm)
    simulation.run_until(lambda: bool(alice.received()), limit_s=10)
    assert simulation.now == start + 3


def test_an_endpoint_called_by_another_is_flushed_when_touched():
    simulation, alice, bob = two()

    def call_alice(data: bytes, path: Path, now: float) -> None:
        alice.timeout = now + 1
        simulation.touch(alice)

    bob.on_receive = call_alice
    simulation.path(ALICE, BOB).send([b"x"])
    start = simulation.now
    simulation.run_for(3)
    assert ("timeout", start + 1) in [(what, at) for what, at, _ in alice.log]


def test_a_condition_that_is_never_met_is_an_error():
    simulation, _, _ = two()
    with pytest.raises(SimulationError, match="condition not met within 3"):
        simulation.run_until(lambda: False, limit_s=3)
    assert simulation.now == 1_003.0


def test_a_cut_link_delivers_again_afterwards():
    simulation, _, bob = two()
    simulation.link(ALICE, BOB).cut(simulation.now + 1, simulation.now + 2)
    for n in range(6):
        simulation.at(simulation.now + n / 2, lambda now: simulation.path(ALICE, BOB).send([b"%.1f" % now]))
    simulation.run_for(5)
    assert bob.received() == [b"1000.0", b"1000.5", b"1002.0", b"1002.5"]


def test_a_reliable_path_loses_and_reorders_nothing():
    simulation, _, bob = two()
    link = simulation.link(ALICE, BOB)
    link.loss, link.reorder, link.delay_ms = 0.5, 0.5, 50
    sent = [b"%d" % n for n in range(100)]
    path = simulation.path(ALICE, BOB, reliable=True)
    path.send(sent[:50])
    link.delay_ms = 1
    path.send(sent[50:])
    simulation.run_for(1)
    assert bob.received() == sent
    assert bob.paths[0].reliable


def test_nobody_receives_at_a_detached_address():
    simulation, _, bob = two()
    bob.timeout = simulation.now + 1
    simulation.run_for(0.5)
    simulation.detach(BOB)
    simulation.path(ALICE, BOB).send([b"x"])
    simulation.run_for(5)
    assert [what for what, _, _ in bob.log if what != "flush"] == []


def test_an_endpoint_may_have_two_addresses():
    simulation, _, bob = two()
    second = ("198.51.100.2", 2)
    simulation.attach(second, bob)
    simulation.path(ALICE, BOB).send([b"first"])
    simulation.path(ALICE, second).send([b"second"])
    simulation.run_for(1)
    assert bob.received() == [b"first", b"second"]
    simulation.detach(BOB)
    bob.timeout = simulation.now + 1
    simulation.run_for(2)
    assert bob.timeout is None


def test_an_observer_sees_what_is_sent_even_if_lost():
    simulation, _, bob = two()
    seen = []
    simulation.observe(seen.append)
    simulation.link(ALICE, BOB).loss = 1.0
    simulation.path(ALICE, BOB).send([b"x"])
    simulation.run_for(1)
    assert [(d.source, d.destination, d.data, d.sent_at) for d in seen] == [(ALICE, BOB, b"x", 1_000.0)]
    assert bob.received() == []


def ping_pong(seed: int) -> list[tuple[str, float, bytes]]:
    simulation, alice, bob = two(seed)
    for link in simulation.links(ALICE, BOB):
        link.loss, link.delay_ms, link.jitter_ms, link.duplicate = 0.2, 20, 10, 0.1

    def tick(now: float) -> None:
        alice.timeout = now + 0.02
        simulation.path(ALICE, BOB).send([simulation.random.randbytes(4)])

    alice.on_timeout = tick
    alice.timeout = simulation.now
    bob.on_receive = lambda data, path, now: path.send([data])
    simulation.run_for(2)
    return alice.log


def test_a_seed_decides_the_whole_run():
    assert ping_pong(3) == ping_pong(3)
    assert ping_pong(3) != ping_pong(4)


def test_a_link_keeps_its_fate_when_others_are_added():
    def fates(first: Address) -> list[list[float]]:
        simulation = Simulation(9)
        simulation.link(first, ("192.0.2.9", 9))
        link = simulation.link(ALICE, BOB)
        link.loss = 0.5
        return [link.schedule(100, 0.0) for _ in range(50)]

    assert fates(ALICE) == fates(BOB)


def test_the_recorder_is_an_endpoint():
    endpoint: Endpoint = Recorder()
    assert endpoint.next_timeout() is None
