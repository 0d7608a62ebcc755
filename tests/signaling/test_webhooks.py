"""Other programs are told: signed, in order, at least once, whatever stops meanwhile."""

import asyncio
import base64
import hmac
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
import orjson
import pytest
from aiohttp import web

from config.settings import Settings, WebhookSettings
from signaling.permissions import Role
from signaling.webhooks import signed
from tests.signaling.chatting import Talker
from tests.signaling.live_node import DEADLINE_S, running
from tests.signaling.meeting import KEY, SECRET
from tests.signaling.recorded import SETTINGS, camera, start, stop

HOOK_SECRET = "a secret of the receiver"


class Receiver:
    """Takes what is sent to it, unless it is told to refuse."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.refused = 0
        self.refuse = False
        self.port = 0
        self._more = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        check(dict(request.headers), body)
        self._more.set()
        if self.refuse:
            self.refused += 1
            return web.Response(status=503)
        self.got.append(orjson.loads(body))
        return web.Response()

    async def until(self, name: str) -> dict[str, Any]:
        """The first event of that name, once it came."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                for event in self.got:
                    if event["event"] == name:
                        return event
                self._more.clear()
                await self._more.wait()

    async def until_refused(self) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not self.refused:
                self._more.clear()
                await self._more.wait()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Settings]:
        """Settings of a node that tells it."""
        app = web.Application()
        app.router.add_post("/hook", self.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        url = f"http://127.0.0.1:{self.port}/hook"
        try:
            yield replace(SETTINGS, webhooks=WebhookSettings(urls=(url,), secret=HOOK_SECRET))
        finally:
            await runner.cleanup()


def check(headers: dict[str, str], body: bytes) -> None:
    """As docs/recording.md tells receivers to."""
    parts = dict(part.split("=") for part in headers["Sfumato-Signature"].split(","))
    expected = hmac.new(HOOK_SECRET.encode(), f"{parts['t']}.".encode() + body, sha256).hexdigest()
    assert hmac.compare_digest(parts["v1"], expected)
    token = headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], audience="webhook", issuer=KEY)
    assert base64.b64decode(claims["sha256"]) == sha256(body).digest()


async def test_a_meeting_is_told_from_its_begin_to_its_end() -> None:
    receiver = Receiver()
    async with receiver.listening() as settings, running(settings) as node:
        anna = await Talker.join(node, "anna", name="Anna", role=Role.HOST)
        async with camera(node):
            await receiver.until("track_published")
            recording = await start(node)
            await stop(node, recording)
        await anna.socket.send_json({"type": "moderate", "id": 2, "action": "end"})
        await receiver.until("room_finished")
        finished = await receiver.until("recording_finished")
        await anna.socket.close()
    names = [event["event"] for event in receiver.got]
    assert names[:2] == ["room_started", "participant_joined"]
    assert names[-1] == "room_finished"
    for pair in ("participant_joined participant_left", "track_published track_unpublished"):
        first, last = pair.split()
        assert names.count(first) == names.count(last) == 2
    assert names.index("recording_started") < names.index("recording_finished")
    assert [event["id"] for event in receiver.got] == sorted({event["id"] for event in receiver.got})
    joined = receiver.got[1]
    assert (joined["participant"]["identity"], joined["room"]["name"]) == ("anna", "r")
    assert joined["room"]["id"] == receiver.got[0]["room"]["id"]
    told = finished["recording"]
    assert (told["id"], told["state"]) == (recording["id"], "finished")
    assert all(len(one["sha256"]) == 64 for one in told["files"])


async def refuse_a_meeting(receiver: Receiver, settings: Settings) -> None:
    """A node's life whose events nobody takes; then they are taken."""
    receiver.refuse = True
    async with running(settings) as node:
        anna = await Talker.join(node, "anna")
        await receiver.until_refused()
        await anna.socket.close()
    receiver.refuse = False


async def test_an_event_is_sent_until_it_is_taken_whatever_stops_meanwhile(tmp_path: Path) -> None:
    receiver = Receiver()
    async with receiver.listening() as hooked:
        settings = replace(hooked, data=tmp_path)
        await refuse_a_meeting(receiver, settings)
        async with running(settings):
            await receiver.until("room_finished")
    names = [event["event"] for event in receiver.got]
    assert names[0] == "room_started"
    assert set(names) >= {"room_started", "participant_joined", "room_finished"}
    assert len({event["id"] for event in receiver.got}) == len(names)


async def test_what_could_not_be_read_at_first_is_sent_all_the_same(tmp_path: Path) -> None:
    unread = Said("events for webhooks cannot be read")
    receiver = Receiver()
    async with receiver.listening() as hooked:
        settings = replace(hooked, data=tmp_path)
        await refuse_a_meeting(receiver, settings)
        rename(tmp_path, "webhook_events", "elsewhere")
        async with running(settings):
            async with asyncio.timeout(DEADLINE_S):
                await unread.event.wait()
            rename(tmp_path, "elsewhere", "webhook_events")
            await receiver.until("room_finished")


async def test_what_the_database_did_not_take_at_first_is_told_all_the_same_in_order(
    tmp_path: Path,
) -> None:
    receiver = Receiver()
    async with receiver.listening() as hooked, running(replace(hooked, data=tmp_path)) as node:
        rename(tmp_path, "webhook_events", "elsewhere")
        unkept = Said("does not take events for webhooks")
        anna = await Talker.join(node, "anna")
        async with asyncio.timeout(DEADLINE_S):
            await unkept.event.wait()
        await Talker.join(node, "bert")
        rename(tmp_path, "elsewhere", "webhook_events")
        await anna.socket.send_json({"type": "leave"})
        await receiver.until("participant_left")
    told = [event["event"] for event in receiver.got]
    assert told[:4] == ["room_started", "participant_joined", "participant_joined", "participant_left"]


class Said(logging.Handler):
    """Waits for a line of the log."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.event = asyncio.Event()
        self._words = words
        logging.getLogger("signaling.webhooks").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if self._words in record.getMessage():
            self.event.set()
            logging.getLogger("signaling.webhooks").removeHandler(self)


def rename(folder: Path, table: str, name: str) -> None:
    """Takes a table away from a node's database, or gives it back."""
    with closing(sqlite3.connect(folder / "sfumato.db")) as database:
        database.execute(f"ALTER TABLE {table} RENAME TO {name}")
        database.commit()


async def test_a_document_that_changes_often_is_told_of_once(tmp_path: Path) -> None:
    receiver = Receiver()
    async with receiver.listening() as hooked:
        settings = replace(hooked, data=tmp_path)
        async with running(settings) as node:
            anna = await Talker.join(node, "anna")
            await anna.send("documents", {"t": "create", "title": "Plan"})
            doc = (await anna.hear("documents", "created"))["doc"]["id"]
            await anna.send("documents", {"t": "open", "doc": doc, "client": "c", "version": None})
            for seq in (1, 2, 3):
                delta = {"ops": [{"insert": "x"}]}
                submit = {"t": "submit", "doc": doc, "base": seq, "seq": seq, "delta": delta}
                await anna.send("documents", submit)
                await anna.hear("documents", "ack")
            await anna.socket.close()
        async with running(settings):  # a node that stops does not wait: it tells when it is there again
            changed = await receiver.until("document_changed")
            await receiver.until("room_finished")
    assert (changed["document"], changed["room"]["name"]) == ({"id": doc, "version": 4}, "r")
    assert [event["event"] for event in receiver.got].count("document_changed") == 1


@pytest.mark.parametrize("tampered", [b'{"event":"room_finished"}', b""])
def test_a_signature_is_good_for_its_body_alone(tampered: bytes) -> None:
    settings = Settings(webhooks=WebhookSettings(secret=HOOK_SECRET), keys={KEY: SECRET})
    body = b'{"event":"room_started"}'
    headers = signed(settings, body, 4_000_000_000.0)
    check(headers, body)
    with pytest.raises(AssertionError):
        check(headers, tampered)
