"""Tells other programs by HTTP what happens in the rooms: signed, in order, and at least once.

An event is in the database before it is sent, and goes from there when its receiver has taken it: so neither
a receiver that is down nor a node that dies loses one. What a receiver may get twice has the same `id`.
"""

import asyncio
import hmac
import logging
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import Any, Final

import aiohttp
import jwt
import orjson

from config.settings import Settings
from datachannels.repositories import RepositoryError, Unavailable
from signaling.identifiers import new_identifier
from signaling.node import SignalingNode
from signaling.tokens import ALGORITHM
from signaling.told import EventName
from storage.webhook_events import StoredWebhookEvents, Waiting

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 10.0
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0
AT_ONCE: Final = 50
TOKEN_S: Final = 300
LAST_S: Final = 5.0
"""A node that stops tries for so long to send what is left; a receiver that refuses is not waited for."""

QUIET_S: Final = 10.0
"""A document that is written in changes all the time: it is told of at most this often."""

UNKEPT: Final = 10_000
"""Events that wait at most for a database that is gone."""

HOUR_MS: Final = 3_600_000


class Webhooks:
    """`signaling.told.Told`, on the node's loop."""

    def __init__(self, node: SignalingNode, pause_s: float = FIRST_PAUSE_S, quiet_s: float = QUIET_S) -> None:
        self._node = node
        self._pause_s = pause_s
        self._quiet_s = quiet_s
        self._count = 0
        self._events: StoredWebhookEvents | None = None
        self._news: dict[str, asyncio.Event] = {}
        self._settled: dict[str, asyncio.Event] = {}
        """Receivers that have all there is, or do not take it now."""
        self._senders: list[asyncio.Task[None]] = []
        self._keeping: set[asyncio.Future[None]] = set()
        self._unkept: list[Waiting] = []
        """What the database did not take, in order; behind it waits what comes later."""
        self._again: asyncio.Task[None] | None = None
        self._changed: dict[str, tuple[str, int]] = {}

    def start(self, events: StoredWebhookEvents) -> None:
        """Events are kept, and sent, from now on; and what an earlier life of the node still had to tell."""
        self._events = events
        for url in self._node.settings.webhooks.urls:
            self._news[url], self._settled[url] = asyncio.Event(), asyncio.Event()
            self._senders.append(asyncio.get_running_loop().create_task(self._send_on(url, events)))

    async def close(self) -> None:
        """What receivers do not take at once is sent after the next start."""
        for topic in [*self._changed]:
            self._tell_changed(topic)
        if self._keeping:
            await asyncio.wait(self._keeping, timeout=TIMEOUT_S)
        if self._again is not None:
            self._again.cancel()
            await asyncio.gather(self._again, return_exceptions=True)
        if self._events is not None and self._unkept and not await self._kept_again(self._events):
            log.error("%d events for webhooks were not stored", len(self._unkept))
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_S):
                for settled in self._settled.values():
                    await settled.wait()
        for sender in self._senders:
            sender.cancel()
        await asyncio.gather(*self._senders, return_exceptions=True)

    def event(self, name: EventName, room: str, meeting: str, about: Mapping[str, Any]) -> None:
        """See `Told`."""
        events = self._events
        if events is None or not self._news:
            return
        at = self._node.unix_ms(time.monotonic())
        self._count += 1
        # In the order of the ids, by whatever clock.
        own = new_identifier(f"wh_{at:012x}{self._count % 0x1000000:06x}", self._node.random)
        said = {"id": own, "event": name, "at": at, "node": self._node.name}
        body = orjson.dumps({**said, "room": {"name": room, "id": meeting}, **about})
        waiting = [
            Waiting(f"{own}.{index}", at, self._node.name, url, body.decode())
            for index, url in enumerate(self._news)
        ]
        if self._unkept:
            self._keep_later(waiting)
            return
        keeping = asyncio.ensure_future(events.put(waiting))
        self._keeping.add(keeping)
        keeping.add_done_callback(partial(self._kept, waiting))

    def changed(self, room: str, topic: str, version: int) -> None:
        """A document or board has another version: told a while later, once for all until then."""
        if not self._news:
            return
        if topic not in self._changed:
            asyncio.get_running_loop().call_later(self._quiet_s, self._tell_changed, topic)
        self._changed[topic] = (room, version)

    def _tell_changed(self, topic: str) -> None:
        found = self._changed.pop(topic, None)
        if found is None:
            return
        room, version = found
        if topic.startswith("do_"):
            self.event("document_changed", room, "", {"document": {"id": topic, "version": version}})
        else:
            self.event("board_changed", room, "", {"board": {"id": topic, "version": version}})

    # --- storing -----------------------------------------------------------------------------------------

    def _kept(self, waiting: Sequence[Waiting], keeping: asyncio.Future[None]) -> None:
        self._keeping.discard(keeping)
        error = None if keeping.cancelled() else keeping.exception()
        if isinstance(error, Unavailable):
            self._keep_later(waiting)
        elif error is not None:
            log.error("an event for webhooks cannot be stored: %s", error)
        self._tell_senders()

    def _keep_later(self, waiting: Sequence[Waiting]) -> None:
        if len(self._unkept) >= UNKEPT:
            log.error("an event for webhooks is lost: too many wait for the database")
            return
        self._unkept.extend(waiting)
        if self._again is None and self._events is not None:
            self._again = asyncio.get_running_loop().create_task(self._keep_on(self._events))

    async def _keep_on(self, events: StoredWebhookEvents) -> None:
        """Until the database has taken everything."""
        try:
            while self._unkept:
                log.warning("the database does not take events for webhooks: %d wait", len(self._unkept))
                await asyncio.sleep(self._pause_s)
                await self._kept_again(events)
        finally:
            self._again = None

    async def _kept_again(self, events: StoredWebhookEvents) -> bool:
        """True if nothing of what waits now need be stored any more. What is there already stays as it is."""
        waiting = [*self._unkept]
        try:
            await events.put(waiting)
        except Unavailable:
            return False
        except RepositoryError as error:
            log.error("events for webhooks cannot be stored: %s", error)
        del self._unkept[: len(waiting)]
        self._tell_senders()
        return True

    def _tell_senders(self) -> None:
        for url, news in self._news.items():
            self._settled[url].clear()
            news.set()

    # --- sending -----------------------------------------------------------------------------------------

    async def _send_on(self, url: str, events: StoredWebhookEvents) -> None:
        """One receiver's events, one after another; each until it is taken."""
        news, settled = self._news[url], self._settled[url]
        pause_s = self._pause_s
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as http:
            while True:
                news.clear()
                try:
                    waiting = await events.waiting(self._node.name, url, AT_ONCE)
                except RepositoryError as error:
                    log.error("events for webhooks cannot be read: %s", error)
                    settled.set()
                    await asyncio.sleep(pause_s)
                    pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                    continue
                for event in waiting:
                    while not await self._sent(http, event):
                        settled.set()
                        await asyncio.sleep(pause_s)
                        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                    pause_s = self._pause_s
                    with suppress(RepositoryError):  # then it is sent once more
                        await events.taken([event.id])
                if not waiting:
                    pause_s = self._pause_s
                    if not news.is_set():
                        settled.set()
                    await news.wait()

    async def _sent(self, http: aiohttp.ClientSession, event: Waiting) -> bool:
        """True if it need not be sent again: it was taken, or is too old."""
        settings = self._node.settings
        body = event.body.encode()
        headers = signed(settings, body, self._node.clock.unix(time.monotonic()))
        try:
            async with http.post(event.url, data=body, headers=headers, allow_redirects=False) as answer:
                status = f"answers {answer.status}"
                if answer.ok and answer.status < 300:
                    return True
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            status = f"cannot be reached: {type(error).__name__}"
        age_ms = self._node.unix_ms(time.monotonic()) - event.at
        if age_ms > settings.webhooks.give_up_hours * HOUR_MS:
            log.error("a webhook %s; event %s is given up", status, event.id)
            return True
        log.warning("a webhook %s; event %s is sent again", status, event.id)
        return False


def signed(settings: Settings, body: bytes, now_wall: float) -> dict[str, str]:
    """The headers of a message: two signatures, of which a receiver checks the one that it likes.

    ``Sfumato-Signature: t=SECONDS,v1=HEX``: HMAC-SHA256 with `webhooks.secret` over ``SECONDS.BODY``.
    ``Authorization``: a JWT of the first API key with the body's SHA-256 in base64 as ``sha256``.
    """
    at = int(now_wall)
    secret = (settings.webhooks.secret or "").encode()
    mac = hmac.new(secret, f"{at}.".encode() + body, sha256).hexdigest()
    headers = {"Content-Type": "application/json", "Sfumato-Signature": f"t={at},v1={mac}"}
    for key, key_secret in settings.keys.items():
        digest = b64encode(sha256(body).digest()).decode()
        claims = {"iss": key, "aud": "webhook", "exp": at + TOKEN_S, "sha256": digest}
        headers["Authorization"] = "Bearer " + jwt.encode(claims, key_secret, algorithm=ALGORITHM)
        break
    return headers
