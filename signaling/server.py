"""The composition root: builds a node from settings, serves, and stops it in order."""

import asyncio
import gc
import logging
import random
import signal
import socket
import sys
import time
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import uvloop
from aiohttp import web

from config.settings import HttpSettings, Settings
from recording.bucket import Bucket
from recording.recorder import Recorder
from sfu.clock import WallClock
from sfu.driver import MediaDriver
from sfu.errors import LocalError
from sfu.histogram import Histogram
from sfu.interfaces import machine_addresses
from sfu.messages import Command, Event
from signaling import metrics, websocket
from signaling.api import routes as api
from signaling.api.caller import Callers
from signaling.audit import Audit
from signaling.audit import log as audit_trail
from signaling.compositions import Compositions
from signaling.database import open_store
from signaling.directory import Directory
from signaling.driver import SignalingDriver
from signaling.forwards import Forwards
from signaling.kept_topics import KeptTopics
from signaling.ledger import Ledger
from signaling.node import SignalingNode
from signaling.operations import Operations
from signaling.outputs import Outputs
from signaling.pages import Pages, secured
from signaling.recording_shelf import Shelf
from signaling.recordings import Recordings
from signaling.rooms import Rooms
from signaling.services import SharedWork, make_services
from signaling.storage_tasks import StorageTasks
from signaling.tls import tls_context
from signaling.webhooks import Webhooks
from signaling.whip import Whip
from storage.errors import BadDatabase
from storage.failpoints import Failpoints
from storage.store import Store

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 1024 * 1024
SHUTDOWN_S = 2.0
"""How long HTTP requests and close frames may take once everybody was told to go."""

DRAIN_POLL_S = 0.05


class Server:
    """A node: rooms, media, HTTP. `start`, then `stop`."""

    def __init__(
        self,
        settings: Settings,
        patience: websocket.Patience | None = None,
        failpoints: Failpoints | None = None,
    ) -> None:
        self._settings = settings
        self._failpoints = failpoints
        self._patience = patience or websocket.Patience()
        now = time.monotonic()
        self._ledger = Ledger()
        node = SignalingNode(
            settings=settings,
            clock=WallClock(time.time() - now),
            random=random.SystemRandom(),
            outputs=Outputs(),
            directory=Directory(),
            audit=Audit(self._ledger, now),
            records=self._ledger,
            name=settings.name or f"{socket.gethostname()}:{settings.http.port}",
        )
        self._webhooks = Webhooks(node)
        node.told = self._webhooks
        self.rooms = Rooms(node, _version(), now)
        self._media = MediaDriver(settings.media, settings.limits, self._on_event)
        self._stalls = Histogram()
        self._commits = Histogram()
        self._operations = Operations()
        self._opened = AsyncExitStack()
        self._store: Store | None = None
        self._work: SharedWork | None = None
        self._recordings: Recordings | None = None
        self._compositions: Compositions | None = None
        self._forwards: Forwards | None = None
        self._driver = SignalingDriver(self.rooms, self, self._stalls.observe)
        self._tasks = StorageTasks(self._driver.pump_soon)
        self._runner: web.AppRunner | None = None

    def handle(self, command: Command) -> None:
        """See `signaling.media.Media`."""
        self._media.handle(command)

    def _on_event(self, event: Event) -> None:
        self._driver.on_event(event)

    def app(self) -> web.Application:
        """Every route of the node, once its store is open."""
        store, work, recordings, forwards = self._store, self._work, self._recordings, self._forwards
        compositions = self._compositions
        if store is None or work is None or recordings is None or forwards is None or compositions is None:
            raise RuntimeError("not started")
        app = web.Application(
            middlewares=[secured, api.answers_for_any_origin], client_max_size=MAX_BODY_BYTES
        )
        app.add_routes(websocket.routes(self._driver, self._settings.limits.message_bytes, self._patience))
        app.on_cleanup.append(lambda _: compositions.close())
        outgoing = api.Outgoing(recordings, compositions, forwards)
        app.add_routes(api.routes(self._settings, self._driver, store, work, outgoing, _version()))
        app.add_routes(Whip(self._driver, Callers(self.rooms)).routes())
        app.add_routes(Pages(self.rooms).routes())
        collector = metrics.NodeCollector(
            self.rooms,
            self._media.counters,
            metrics.Timings(self._stalls, self._commits, self._operations),
            lambda: store.waiting,
        )
        app.add_routes(metrics.routes(collector))
        return app

    async def start(self) -> str:
        """Bind everything; the line that says where.

        Raises OSError, LocalError or BadDatabase; whatever it raises, `stop` is due.
        """
        http = self._settings.http
        # First of all: if this node runs already, what is open in the database is not left from an earlier
        # life, and not to be ended. Who connects meanwhile waits.
        listener = self._opened.enter_context(_listen(http))
        try:
            await self._media.start()
        except OSError as error:
            media = self._settings.media
            raise OSError(f"media on {_address(media.host, media.port)}: {error.strerror}") from error
        await self._open_store()
        # A meeting's sockets stay open: the runner must not wait a minute for them.
        self._runner = web.AppRunner(
            self.app(), access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_S
        )
        await self._runner.setup()
        context = tls_context(http.tls, _certificate_hosts(http), datetime.now(UTC))
        await web.SockSite(self._runner, listener, ssl_context=context).start()
        self._driver.start()
        scheme = "https" if context is not None else "http"
        media_host, media_port = self._media.media_address
        # Listening everywhere: the address that others reach is the one worth copying from the terminal.
        at = _address(http.bind_host or media_host, listener.getsockname()[1])
        return f"ready {scheme}://{at} media {_address(media_host, media_port)}"

    async def _open_store(self) -> None:
        node = self.rooms.node
        opening = open_store(
            self._settings, node.random, lambda seconds, _: self._commits.observe(seconds), self._failpoints
        )
        store = await self._opened.enter_async_context(opening)
        node.bans.add_all(await store.meetings.bans())
        await store.meetings.lose_sessions(node.name)
        self._ledger.start(store)
        self._webhooks.start(store.webhook_events)
        opened = self.rooms.registry.topic_opened
        changed = self._webhooks.changed
        self._work = make_services(node, store, self._tasks, self._operations.observe, opened, changed)
        node.channels.serve(self._work.services)
        self.rooms.entrance.links.serve(KeptTopics(store), self._tasks)
        self.rooms.entrance.agents.serve(self._work.control)
        spare_bytes = self._settings.recording.min_free_bytes
        shelf = Shelf(store.folder / "recordings", _bucket(self._settings), spare_bytes)
        self._recordings = Recordings(
            self._driver,
            self._work,
            store.recordings,
            store.films,
            shelf,
            lambda on_problem: Recorder(self._media, on_problem),
        )
        self._compositions = Compositions(
            node.name,
            shelf,
            store.recordings,
            store.films,
            store.files.folder,
            self._recordings.retire_soon,
        )
        self._recordings.on_delete = self._compositions.forget
        await self._compositions.open()
        self._recordings.open()
        self._forwards = Forwards(node, self._media)
        self._store = store

    async def drain(self, seconds: float, hurry: asyncio.Event) -> None:
        """Tell everybody to go, and wait until they have, or `seconds`, or until `hurry` is set."""
        self._driver.drain(seconds)
        await self._emptied(seconds, hurry)
        if self._recordings is not None:
            self._recordings.end()
        self._driver.close_all()
        await self._emptied(SHUTDOWN_S, asyncio.Event())

    async def _emptied(self, seconds: float, hurry: asyncio.Event) -> None:
        deadline = time.monotonic() + seconds
        while self.rooms.sockets and time.monotonic() < deadline and not hurry.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(hurry.wait(), DRAIN_POLL_S)

    async def stop(self) -> None:
        """Close what is open."""
        self._driver.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._recordings is not None:
            await self._recordings.close()
        if self._forwards is not None:
            self._forwards.close()
        await self._media.close()
        await self._tasks.close()
        self.rooms.close_records(time.monotonic())
        await self._webhooks.close()
        await self._ledger.close()
        await self._opened.aclose()


def _listen(http: HttpSettings) -> socket.socket:
    """One listening socket; for every address of both families if the machine can."""
    if http.bind_host is not None:
        family = socket.AF_INET6 if ":" in http.bind_host else socket.AF_INET
        return socket.create_server((http.bind_host, http.port), family=family, backlog=1024)
    if socket.has_dualstack_ipv6():
        with suppress(OSError):  # a machine with IPv6 switched off still says it could
            return socket.create_server(
                ("", http.port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1024
            )
    return socket.create_server(("", http.port), backlog=1024)


def _certificate_hosts(http: HttpSettings) -> list[str]:
    addresses = machine_addresses() if http.bind_host is None else [http.bind_host]
    return ["localhost", "127.0.0.1", "::1", socket.gethostname(), *addresses]


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _bucket(settings: Settings) -> Bucket | None:
    return None if settings.recording.bucket.name is None else Bucket(settings.recording.bucket)


def _version() -> str:
    try:
        return version("sfumato")
    except PackageNotFoundError:
        return "source"


async def serve(settings: Settings, failpoints: Failpoints | None = None) -> None:
    """Run a node until SIGTERM (drains) or SIGINT (at once); a second signal hurries."""
    server = Server(settings, failpoints=failpoints)
    stop, hurry = asyncio.Event(), asyncio.Event()

    def on_signal(number: int) -> None:
        if stop.is_set() or number == signal.SIGINT:
            hurry.set()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    try:
        ready = await server.start()
        # What start-up made stays: the collector need not look at it again (DESIGN.md 2).
        gc.collect()
        gc.freeze()
        sys.stdout.write(ready + "\n")
        sys.stdout.flush()
        await stop.wait()
        log.info("draining")
        await server.drain(settings.drain_s, hurry)
    finally:
        await server.stop()


def run(settings: Settings, failpoints: Failpoints | None = None) -> int:
    """Serve in this process; the exit code. Logs go to standard error. `failpoints` are for tests."""
    logging.basicConfig(
        stream=sys.stderr,
        level=settings.log.level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    audit_trail.setLevel(logging.INFO)  # kept whatever else is not worth a line
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, failpoints))
    except (OSError, LocalError, BadDatabase) as error:
        log.error("cannot start: %s", error)
        return 1
    return 0
