"""What a message on data channels costs the node, with nothing but an echo behind it.

``data-in``: one Chromium says 10 000 messages of 200 bytes a second. ``data-live``: of 50 clients 10 say
where their cursor is, 60 times a second; everybody is told what all said, gathered over 1/60 s.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from random import Random
from statistics import median

import aiohttp
from playwright.async_api import async_playwright

from client.channel import DataChannel
from client.connection import Connection, ConnectionState
from loadtests.chromium import AWAKE, CHROMIUM, FLAGS
from loadtests.figures import percentile
from loadtests.light_client import Identity, make_identity
from loadtests.light_socket import LightSocket
from loadtests.node_process import CLIENT_CPU, NodeProcess, pin
from sfu.clock import WallClock
from sfu.path import Path

RATE = 10_000
MESSAGE_BYTES = 200
PEOPLE, SPEAKERS = 50, 10
CURSORS_PER_S = 60
WARM_UP_S = 2.0

SPEAK_JS = """async ([seconds, rate, size]) => {
  window.pc = new RTCPeerConnection({bundlePolicy: "max-bundle"});
  const channel = window.channel = pc.createDataChannel("count", {protocol: "sfumato.v1"});
  const open = new Promise((done) => { channel.onopen = done; });
  await connect(pc);
  await open;
  const text = "x".repeat(size);
  const start = performance.now();
  let sent = 0;
  await new Promise((done) => {
    const timer = setInterval(() => {
      const elapsed = (performance.now() - start) / 1000;
      for (; sent < Math.min(elapsed, seconds) * rate; sent++) channel.send(text);
      if (elapsed >= seconds) { clearInterval(timer); done(); }
    }, 5);
  });
  return sent;
}"""

TOTAL_JS = """() => {
  const total = new Promise((done) => { channel.onmessage = (event) => done(Number(event.data)); });
  channel.send("total");
  return total;
}"""


@dataclass(frozen=True, slots=True)
class DataFigures:
    """One run. `cpu_us` is the node's processor time a message it took (``data-in``) or gave (``data-live``),
    `cpu_share` of a processor; the delays are from a cursor's saying to its being told."""

    messages_per_s: float
    cpu_us: float
    cpu_share: float
    loss: float
    delay_p50_ms: float = 0.0
    delay_p99_ms: float = 0.0


async def messages_in(window_s: float) -> DataFigures:
    """One Chromium speaks, the node counts."""
    async with NodeProcess(module="loadtests.echo_node") as node, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS, *AWAKE])
        try:
            page = await browser.new_page()
            await page.goto(node.url)
            await page.evaluate(SPEAK_JS, [WARM_UP_S, RATE, MESSAGE_BYTES])
            before, cpu = await page.evaluate(TOTAL_JS), node.cpu_time()
            sent = await page.evaluate(SPEAK_AGAIN_JS, [window_s, RATE, MESSAGE_BYTES])
            total = await page.evaluate(TOTAL_JS)
            used = node.cpu_time().since(cpu)
        finally:
            await browser.close()
    busy_s, came = used.user_s + used.system_s, total - before
    return DataFigures(came / window_s, busy_s / came * 1e6, busy_s / window_s, 1 - came / sent)


SPEAK_AGAIN_JS = "async ([seconds, rate, size]) => {" + SPEAK_JS.partition("  await open;\n")[2]


class LiveClient:
    """Somebody with nothing but a `live` channel."""

    def __init__(self, identity: Identity, random: Random) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self.delays_ms: list[float] = []
        self.heard = 0
        self.connection = Connection(identity.context, identity.fingerprint, random, WallClock(0.0))
        self.channel: DataChannel = self.connection.open_channel(
            "live", now, ordered=False, max_retransmits=0
        )
        self.channel.on_message = self._hear
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self.channel.on_open = lambda: self._opened.set_result(None)
        self._socket: LightSocket | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def join(self, url: str, session: aiohttp.ClientSession) -> None:
        """Connect and open the channel. ConnectionError if that fails."""
        async with session.post(f"{url}/offer", data=self.connection.make_offer()) as response:
            answer = await response.text()
        now = self._loop.time()
        self.connection.apply_answer(answer, now)
        candidate = next(entry for entry in self.connection.candidates if entry.transport == "udp")
        self._socket = LightSocket((candidate.host, candidate.port), self._receive, self._turn)
        self.connection.add_path(self._socket, now)
        self._turn(now)
        async with asyncio.timeout(20):
            await self._opened
        if self.connection.state is not ConnectionState.CONNECTED:
            raise ConnectionError(self.connection.reason)

    async def speak(self, seconds: float) -> int:
        """Say when it is, 60 times a second: how often."""
        start = self._loop.time()
        said = 0
        while (now := self._loop.time()) < start + seconds:
            self.channel.send(json.dumps({"t": "cursor", "doc": "do_1", "at": now}), now, "live")
            self._turn(now)
            said += 1
            await asyncio.sleep(max(0.0, start + said / CURSORS_PER_S - self._loop.time()))
        return said

    def _hear(self, data: str | bytes) -> None:
        now = self._loop.time()
        self.heard += 1
        for cursor in json.loads(data):
            self.delays_ms.append((now - cursor["at"]) * 1000)

    def _receive(self, datagram: bytes, path: Path, arrived_ns: int, now: float) -> None:
        del arrived_ns
        self.connection.receive(datagram, path, now)

    def _turn(self, now: float) -> None:
        self.connection.flush(now)
        due = self.connection.next_timeout()
        if due is not None and (self._timer is None or self._timer.when() > due):
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(max(due, now), self._fire)

    def _fire(self) -> None:
        self._timer = None
        now = self._loop.time()
        self.connection.handle_timeout(now)
        self._turn(now)

    def close(self) -> None:
        """Say goodbye."""
        self.connection.close()
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            self._socket.close()


async def live(window_s: float, random: Random) -> DataFigures:
    """Ten cursors, told to fifty."""
    identity = make_identity(datetime.now(UTC))
    async with NodeProcess(module="loadtests.echo_node") as node, aiohttp.ClientSession() as session:
        clients = [LiveClient(identity, random) for _ in range(PEOPLE)]
        try:
            for client in clients:
                await client.join(node.url, session)
            await asyncio.gather(*(client.speak(WARM_UP_S) for client in clients[:SPEAKERS]))
            await asyncio.sleep(0.5)
            for client in clients:
                client.heard = 0
                client.delays_ms.clear()
            cpu = node.cpu_time()
            said = sum(await asyncio.gather(*(client.speak(window_s) for client in clients[:SPEAKERS])))
            await asyncio.sleep(0.5)
            used = node.cpu_time().since(cpu)
        finally:
            for client in clients:
                client.close()
    delays = [delay for client in clients for delay in client.delays_ms]
    heard = sum(client.heard for client in clients)
    busy_s = used.user_s + used.system_s
    return DataFigures(
        heard / window_s,
        busy_s / heard * 1e6,
        busy_s / window_s,
        1 - len(delays) / (said * PEOPLE),
        percentile(delays, 0.5),
        percentile(delays, 0.99),
    )


def run(name: str, runs: int, window_s: float, seed: int) -> str:
    """The medians of a case as a line of JSON; loss is the worst of all runs."""
    pin(0, CLIENT_CPU)
    with asyncio.Runner() as runner:
        if name == "data-in":
            measured: Sequence[DataFigures] = [runner.run(messages_in(window_s)) for _ in range(runs)]
        else:
            measured = [runner.run(live(window_s, Random(seed + number))) for number in range(runs)]
    columns = [asdict(figures) for figures in measured]
    medians = {key: round(median(column[key] for column in columns), 3) for key in columns[0]}
    medians["loss"] = round(max(figures.loss for figures in measured), 6)
    return json.dumps({"case": name, **medians, "runs": runs})
