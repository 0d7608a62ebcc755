"""Whole peers over a simulated network in simulated time: deterministic by seed, without a sleep.

A turn is one instant at one endpoint: all datagrams that arrive then are received one after another, or its
timer is handled, and `flush` closes it – as a driver reads a batch per wake-up and flushes at the end of the
loop's turn.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Protocol

from sfu.path import Buffer, Path
from tests.sim.clock import Clock
from tests.sim.network import LinkModel

Address = tuple[str, int]

STUCK_TURNS = 10_000  # turns at one instant after which an endpoint's timer clearly never moves on


class Endpoint(Protocol):
    """A sans-IO node or client as its driver sees it."""

    def receive(self, datagram: bytes, path: Path, now: float) -> None:
        """Take one datagram; answers go to `path.send`."""

    def flush(self, now: float) -> None:
        """End of a turn: send what was gathered."""

    def next_timeout(self) -> float | None:
        """When `handle_timeout` wants to be called next, in seconds."""

    def handle_timeout(self, now: float) -> None:
        """The moment has come (or passed)."""


class SimulationError(Exception):
    """The simulation did not get where the test wanted it."""


@dataclass(frozen=True, slots=True)
class Datagram:
    """One datagram as an observer sees it at the sender, lost or not."""

    source: Address
    destination: Address
    data: bytes
    sent_at: float


class SimPath:
    """The way from one simulated address to another; one object a pair as long as the simulation lives."""

    def __init__(self, simulation: "Simulation", local: Address, remote: Address, reliable: bool) -> None:
        self._simulation = simulation
        self._local = local
        self._remote = remote
        self._reliable = reliable

    @property
    def local(self) -> Address:
        """Our end's address."""
        return self._local

    @property
    def remote(self) -> Address:
        """The other end's address."""
        return self._remote

    @property
    def reliable(self) -> bool:
        """True where it stands for an ICE-TCP connection: the link delays, but loses and reorders nothing."""
        return self._reliable

    @property
    def congested(self) -> bool:
        """A simulated link takes all it is given."""
        return False

    def send(self, datagrams: Sequence[Buffer]) -> None:
        """Offer each buffer to the link, in order. The bytes are copied: buffers may be reused at once."""
        for datagram in datagrams:
            self._simulation.transmit(self, bytes(datagram))


class Simulation:
    """Endpoints at addresses, links between them, and the event heap.

    `seed` decides everything: two runs with the same seed and calls are the same to the last byte. Links are
    perfect until `set_link` says otherwise. Whoever calls an endpoint from outside (a test between two
    `run_…` calls, an action of `at`) need not tell: all endpoints are flushed and their timers asked again.
    An endpoint called by *another endpoint* is reported with `touch`.
    """

    def __init__(self, seed: int = 0, start: float = 1_000.0) -> None:
        self.clock = Clock(start)
        self.random = Random(seed)
        self._seed = seed
        self._endpoints: dict[Address, Endpoint] = {}
        self._links: dict[tuple[Address, Address], LinkModel] = {}
        self._paths: dict[tuple[Address, Address, bool], SimPath] = {}
        self._observers: list[Callable[[Datagram], None]] = []
        self._order = count()
        self._arrivals: list[tuple[float, int, SimPath, bytes]] = []
        self._actions: list[tuple[float, int, Callable[[float], None]]] = []
        self._timers: list[tuple[float, int, Endpoint]] = []
        self._armed: dict[int, float | None] = {}
        self._touched: dict[int, Endpoint] = {}
        self._stream_arrival: dict[SimPath, float] = {}

    @property
    def now(self) -> float:
        """The simulated present, in seconds."""
        return self.clock.now

    def attach(self, address: Address, endpoint: Endpoint) -> None:
        """Let `endpoint` receive what is sent to `address`; it may have several addresses."""
        self._endpoints[address] = endpoint

    def detach(self, address: Address) -> None:
        """Nobody is there any more: what arrives is lost."""
        endpoint = self._endpoints.pop(address)
        if all(other is not endpoint for other in self._endpoints.values()):
            self._armed.pop(id(endpoint), None)
            self._touched.pop(id(endpoint), None)

    def path(self, local: Address, remote: Address, reliable: bool = False) -> SimPath:
        """The path from `local` to `remote`; the same object for the same arguments."""
        key = (local, remote, reliable)
        path = self._paths.get(key)
        if path is None:
            path = self._paths[key] = SimPath(self, local, remote, reliable)
        return path

    def link(self, source: Address, destination: Address) -> LinkModel:
        """The model of one direction, made perfect at first asking; change its fields to change the link."""
        key = (source, destination)
        model = self._links.get(key)
        if model is None:
            # A random of its own: what happens on one link does not shift another's fate.
            model = self._links[key] = LinkModel(Random(f"{self._seed} {source} {destination}"))
        return model

    def links(self, one: Address, other: Address) -> tuple[LinkModel, LinkModel]:
        """Both directions between two addresses: (one → other, other → one)."""
        return self.link(one, other), self.link(other, one)

    def observe(self, observer: Callable[[Datagram], None]) -> None:
        """Show every datagram to `observer` when it is sent, before the link decides about it."""
        self._observers.append(observer)

    def at(self, when: float, action: Callable[[float], None]) -> None:
        """Call `action(now)` at `when`, before what arrives at that instant."""
        heapq.heappush(self._actions, (when, next(self._order), action))

    def touch(self, endpoint: Endpoint) -> None:
        """`endpoint` was called in the middle of another's turn: flush it, ask for its timer."""
        self._touched[id(endpoint)] = endpoint

    def transmit(self, path: SimPath, data: bytes) -> None:
        """Offer `data` to the link under `path`."""
        for observer in self._observers:
            observer(Datagram(path.local, path.remote, data, self.now))
        model = self.link(path.local, path.remote)
        if path.reliable:
            after = self._stream_arrival.get(path, self.now)
            arrivals = [max(self.now + model.delay_ms / 1000, after)]
            self._stream_arrival[path] = arrivals[0]
        else:
            arrivals = model.schedule(len(data), self.now)
        for arrival in arrivals:
            heapq.heappush(self._arrivals, (arrival, next(self._order), path, data))

    def run_until(self, goal: float | Callable[[], bool], limit_s: float = 60.0) -> None:
        """Run to a moment, or until a condition holds (asked after every turn).

        Raises SimulationError if the condition does not hold within `limit_s` simulated seconds.
        """
        if callable(goal):
            self._run(self.now + limit_s, goal)
            if not goal():
                raise SimulationError(f"condition not met within {limit_s} simulated seconds")
        else:
            self._run(goal, lambda: False)

    def run_for(self, seconds: float) -> None:
        """Run `seconds` of simulated time."""
        self.run_until(self.now + seconds)

    def _run(self, end: float, done: Callable[[], bool]) -> None:
        self._touch_all()
        self._end_turn()
        turns_at_instant = 0
        instant = self.now
        while not done():
            at = self._next_event()
            if at is None or at > end:
                self.clock.advance_to(end)
                return
            self.clock.advance_to(at)
            turns_at_instant = turns_at_instant + 1 if self.now == instant else 0
            instant = self.now
            if turns_at_instant > STUCK_TURNS:
                raise SimulationError(f"{STUCK_TURNS} turns at {instant}: a timer never moves on")
            self._turn()

    def _next_event(self) -> float | None:
        while self._timers and self._armed.get(id(self._timers[0][2])) != self._timers[0][0]:
            heapq.heappop(self._timers)  # armed anew since, or detached
        return min(
            (heap[0][0] for heap in (self._actions, self._arrivals, self._timers) if heap), default=None
        )

    def _turn(self) -> None:
        now = self.now
        if self._actions and self._actions[0][0] <= now:
            heapq.heappop(self._actions)[2](now)
            self._touch_all()
        elif self._arrivals and self._arrivals[0][0] <= now:
            while self._arrivals and self._arrivals[0][0] <= now:
                _, _, path, data = heapq.heappop(self._arrivals)
                endpoint = self._endpoints.get(path.remote)
                if endpoint is not None:
                    self.touch(endpoint)
                    endpoint.receive(data, self.path(path.remote, path.local, path.reliable), now)
        else:
            _, _, endpoint = heapq.heappop(self._timers)
            self._armed[id(endpoint)] = None
            self.touch(endpoint)
            endpoint.handle_timeout(now)
        self._end_turn()

    def _touch_all(self) -> None:
        for endpoint in self._endpoints.values():
            self.touch(endpoint)

    def _end_turn(self) -> None:
        while self._touched:  # a flush may touch another endpoint
            touched = list(self._touched.values())
            self._touched.clear()
            for endpoint in touched:
                endpoint.flush(self.now)
            for endpoint in touched:
                self._arm(endpoint)

    def _arm(self, endpoint: Endpoint) -> None:
        at = endpoint.next_timeout()
        if at == self._armed.get(id(endpoint)):
            return
        self._armed[id(endpoint)] = at
        if at is not None:
            heapq.heappush(self._timers, (at, next(self._order), endpoint))
