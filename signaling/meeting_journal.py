"""Keeps the journal of a recording: hears the meeting as a participant does, and passes it on as lines.

It is in no list and has no socket, and yet nothing has to be told to it in a way of its own: what everybody
is told comes by `queue`, as it would go to a browser.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from math import inf

import orjson

from datachannels.documents.messages import described_comment
from datachannels.documents.stored_form import encode
from datachannels.refusals import RequestRefused
from datachannels.repositories import RepositoryError
from datachannels.whiteboard.snapshot_text import pages_and_elements
from recording.journal import Ask, Heard, Journal
from signaling.driver import SignalingDriver
from signaling.permissions import Action
from signaling.room import Room
from signaling.services import SharedWork

log = logging.getLogger(__name__)

MAX_WHOLE_BYTES = 8 * 1024 * 1024
"""A longer document or board is left out."""

MAX_EARLY = 10_000
"""Lines that wait for the recorder to start."""

PASSING = frozenset({"message", "reaction"})
"""What somebody says before everybody knows that they are recorded is theirs."""

Fetched = tuple[dict[str, bytes], list[dict[str, object]]]
"""What a topic has in it, as JSON, and the lines that follow."""

Write = Callable[[dict[str, object], float], bool]
"""Takes a line and its time; false if too much waits to be written."""


@dataclass(frozen=True, slots=True)
class Listener:
    """`datachannels.member.Member`: hears what all hear of, and says nothing."""

    id: str
    identity: str
    room: str
    meeting: str
    name: str = ""
    hidden: bool = True
    listed: bool = True

    def may(self, action: str, now: float, owner: str = "", role: str = "") -> bool:
        """See `Member`."""
        return action == Action.OPEN_TOPIC

    def may_on_track(self, action: str, now: float, publisher: str) -> bool:
        """See `Member`."""
        return False


class MeetingJournal:
    """One recording's; a `signaling.driver.Socket`. Lines are kept until `begin` says where they go."""

    def __init__(self, recording: str, room: Room, driver: SignalingDriver, work: SharedWork) -> None:
        self._listener = Listener(recording, recording, room.name, room.id)
        self._room = room
        self._driver = driver
        self._work = work
        self._most_topics = room.node.settings.limits.open_topics - 1  # the chat is one too
        self._journal = Journal()
        self._write: Write | None = None
        self._early: list[tuple[dict[str, object], float]] = []
        self._asks: list[Ask] = []
        self._fetching: set[asyncio.Task[None]] = set()
        self._began_at = time.monotonic()
        self._lost_at = inf
        self._session = driver.listen(self)
        room.audience.listeners[self._session] = None
        others = [room.speakers.describe(), room.looking_for(None), *room.pins()]
        heard = self._journal.begin(
            room.describe(), room.members_for(None), room.tracks_for(None), [one for one in others if one]
        )
        self._take(heard, self._began_at)
        self.topics(sorted(room.record.topics, key=self._nobody_has_open))

    def begin(self, write: Write) -> None:
        """The recorder listens: the recording's time begins."""
        self._write = write
        self._began_at = time.monotonic()
        for line, at in self._early:
            if line["kind"] not in PASSING:
                write(line, at)
        self._early.clear()

    def close(self) -> None:
        """The recording is over."""
        if self._write is not None:
            for line in self._journal.held():
                self._write(line, time.monotonic())
        self._write = None
        self._room.audience.listeners.pop(self._session, None)
        channels = self._room.node.channels
        channels.socket_gone(self._session)
        channels.left(self._listener.id)
        self._driver.unlisten(self._session)
        for task in self._fetching:
            task.cancel()

    def topics(self, topics: Iterable[str]) -> None:
        """Documents and boards that are in use.

        Like everybody it may have so many open: the longest open goes that nobody else has open, and comes
        back with whoever opens it again.
        """
        for topic in topics:
            if (asks := self._journal.opened(topic)) and len(self._journal.topics) > self._most_topics:
                unused = filter(self._nobody_has_open, self._journal.topics)
                for one in islice(unused, 1):
                    self._take(self._journal.left(one), time.monotonic())
            self._asks += asks
        self._ask_soon()

    def _nobody_has_open(self, topic: str) -> bool:
        return self._work.services.watching(self._listener.meeting, topic) <= {self._listener.id}

    # --- as a socket -------------------------------------------------------------------------------------

    def queue(self, data: bytes, *, channel: bool) -> None:
        """See `Socket`."""
        at = time.monotonic()
        heard = self._journal.hear(orjson.loads(data), len(data))
        self._take(heard, at)

    def finish(self, code: int, reason: str) -> None:
        """See `Socket`: the recording ends by itself when its room has."""

    # --- what comes of it --------------------------------------------------------------------------------

    def _take(self, heard: Heard, at: float) -> None:
        for line in heard.lines:
            self._put(line, at)
        if heard.asks:
            self._asks += heard.asks
            self._ask_soon()
        if heard.fetch is not None:
            task = asyncio.get_running_loop().create_task(self._fetch(*heard.fetch))
            self._fetching.add(task)
            task.add_done_callback(self._fetching.discard)

    def _put(self, line: dict[str, object], at: float) -> None:
        if self._write is None:
            if len(self._early) < MAX_EARLY:
                self._early.append((line, at))
        elif not self._write(line, at):
            self._lost_at = min(self._lost_at, at)
        elif self._lost_at < at:
            from_ms = round((self._lost_at - self._began_at) * 1000)
            self._lost_at = inf
            self._take(self._journal.gap(from_ms), at)

    def _ask_soon(self) -> None:
        """Not at once: this may be in the middle of telling somebody something."""
        if self._asks:
            asyncio.get_running_loop().call_soon(self._ask)

    def _ask(self) -> None:
        asks, self._asks = self._asks, []
        now = time.monotonic()
        for label, message in asks:
            self._room.node.channels.from_socket(self._session, label, message, self._listener, now)
        self._driver.pump()

    async def _fetch(self, topic: str, version: int) -> None:
        """A topic that is too long for a message."""
        content: dict[str, bytes] = {}
        notes: list[dict[str, object]] = []
        try:
            content, notes = await (self._document if topic.startswith("do_") else self._board)(
                topic, version
            )
        except RepositoryError:
            log.warning("a topic could not be read for a journal")
        size = sum(len(part) for part in content.values())
        if content and size <= MAX_WHOLE_BYTES:
            fragments = {name: orjson.Fragment(part) for name, part in content.items()}
            heard = self._journal.fetched(topic, version, size, notes, **fragments)
        else:
            heard = self._journal.not_fetched(topic, version)
        self._take(heard, time.monotonic())

    async def _document(self, topic: str, version: int) -> Fetched:
        found = await self._work.documents.read(self._room.name, topic, version)
        if isinstance(found, RequestRefused):
            return {}, []
        comments = [described_comment(one) for one in found.comments]
        notes: list[dict[str, object]] = [{"kind": "document_comments", "doc": topic, "comments": comments}]
        return {"delta": await encode(found.content.ops)}, notes

    async def _board(self, topic: str, version: int) -> Fetched:
        content = await self._work.boards.content(topic, version)
        if content is None:
            return {}, []
        pages, elements = pages_and_elements(content)
        return {"pages": pages, "elements": elements}, []
