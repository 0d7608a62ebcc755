"""An agent on a real connection and a real display."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from typing import Any

import aiohttp

from client.agent.agent import Agent
from client.agent.injector import Screen, ScreenLost
from client.agent.pairing import pair
from client.session import Message, RequestRefused, Session, SessionClosed, open_session

FINAL_CODES = frozenset({4401, 4403, 4404, 4409, 4410})
"""Close codes after which the same token opens nothing."""

COMES_BACK_S = 60.0
TRIES_EVERY_S = 1.0
ASKS_EVERY_S = 5.0
ANSWERS_WITHIN_S = 5.0
LEAVES_WITHIN_S = 2.0


class Exit(IntEnum):
    """How the command ends, by the names and numbers of sysexits.h."""

    OK = 0
    UNAVAILABLE = 69
    """There is no display to act on, or not any more."""
    TEMPORARY = 75
    """The server does not answer."""
    NO_PERMISSION = 77
    """The code is not good."""


class AgentRun:
    """One agent from its code to its end. `say` prints a line for who sits there."""

    def __init__(
        self,
        screen: Screen,
        say: Callable[[str], None],
        *,
        allow_system_keys: bool = False,
        verify_tls: bool = True,
    ) -> None:
        self._screen = screen
        self._say = say
        self._allow_system_keys = allow_system_keys
        self._verify_tls = verify_tls
        self._loop = asyncio.get_running_loop()
        self._agent: Agent | None = None
        self._session: Session | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = asyncio.Event()
        self._display_lost = asyncio.Event()

    def stop(self) -> None:
        """Let go, give control back and leave."""
        self._stopping.set()

    async def run(self, url: str, code: str) -> Exit:
        """Pair, and stay until the sharing ends or `stop`."""
        try:
            token = await pair(url, code, verify_tls=self._verify_tls)
        except RequestRefused as refused:
            self._say(f"The code was not taken: {refused.message}.")
            return Exit.NO_PERMISSION
        except (aiohttp.ClientError, TimeoutError) as error:
            self._say(f"{url} does not answer: {error or 'it is too slow'}")
            return Exit.TEMPORARY
        work = asyncio.create_task(self._stay(url, token))
        ends = [asyncio.create_task(one.wait()) for one in (self._stopping, self._display_lost)]
        display = self._screen.fileno()
        self._loop.add_reader(display, self._turn)
        try:
            await asyncio.wait([work, *ends], return_when=asyncio.FIRST_COMPLETED)
            if self._display_lost.is_set():
                self._say("The display is gone.")
                return Exit.UNAVAILABLE
            if not work.done():
                await self._leave(work)
            return work.result() if work.done() else Exit.OK
        finally:
            self._loop.remove_reader(display)
            if self._timer is not None:
                self._timer.cancel()
            for task in (work, *ends):
                task.cancel()
            await asyncio.gather(work, *ends, return_exceptions=True)

    # --- the connection ----------------------------------------------------------------------------------

    async def _stay(self, url: str, token: str) -> Exit:
        give_up_at = self._loop.time() + COMES_BACK_S
        while True:
            closed = None
            try:
                session = await open_session(url, verify_tls=self._verify_tls)
                async with session:
                    joined = await session.request("join", token=token)
                    token = joined["token"]
                    await self._serve(session, joined)
                    give_up_at = self._loop.time() + COMES_BACK_S
                closed = session.closed
            except SessionClosed as refused:
                closed = refused
            except (aiohttp.ClientError, TimeoutError):
                pass
            if self._stopping.is_set():
                return Exit.OK
            if closed is not None and closed.code in FINAL_CODES:
                self._say("This is over: the screen is not shared any more, or another agent was paired.")
                return Exit.OK
            if self._loop.time() >= give_up_at:
                self._say("The server does not answer any more.")
                return Exit.TEMPORARY
            await asyncio.sleep(TRIES_EVERY_S)

    async def _serve(self, session: Session, joined: Message) -> None:
        """One connection, until it closes."""
        agent = self._agent
        if agent is None:
            track = joined["tracks"][0]
            agent = Agent(self._screen, track["id"], allow_system_keys=self._allow_system_keys)
            agent.picture = max(((one["width"], one["height"]) for one in track["layers"]), default=(0, 0))
            self._agent = agent
            self._say("Paired. Nobody has control yet. Ctrl+C ends this.")
        else:
            self._say("Connected again.")
        self._session = session
        session.say("channel", label="control", data={"t": "open"})
        session.say("channel", label="live", data=[])
        asks = asyncio.create_task(_ask(session))
        try:
            async for event in session.events():
                if event["type"] == "channel":
                    self._hear(agent, event["label"], event["data"])
        finally:
            asks.cancel()
            self._session = None
            self._guard(agent.lost)
        if not self._stopping.is_set():
            self._say("The connection is lost.")

    async def _leave(self, work: "asyncio.Task[Exit]") -> None:
        session, agent = self._session, self._agent
        if session is None or agent is None:
            return
        self._guard(lambda: agent.end("you ended it"))
        self._turn()
        session.say("leave")
        await asyncio.wait([work], timeout=LEAVES_WITHIN_S)

    # --- the display -------------------------------------------------------------------------------------

    def _hear(self, agent: Agent, label: str, data: Any) -> None:
        self._guard(lambda: agent.hear(label, data, self._loop.time()))
        self._turn()

    def _guard(self, act: Callable[[], None]) -> None:
        if not self._display_lost.is_set():
            try:
                act()
            except ScreenLost:
                self._display_lost.set()

    def _turn(self) -> None:
        """After anything that happened: what is due, what is to be said, and when to look again."""
        self._guard(self._look)
        agent = self._agent
        if agent is None:
            return
        if self._session is not None:
            for message in agent.messages:
                self._session.say("channel", label="control", data=message)
        for line in agent.words:
            self._say(line)
        agent.messages, agent.words = [], []
        if self._timer is not None:
            self._timer.cancel()
        due = agent.next_timeout()
        self._timer = None if due is None else self._loop.call_at(due, self._turn)

    def _look(self) -> None:
        agent, now = self._agent, self._loop.time()
        for done in self._screen.poll_own():
            if agent is not None:
                agent.own(done, now)
        if agent is not None:
            agent.handle_timeout(now)


async def _ask(session: Session) -> None:
    """Close a connection on which nobody answers: the network may be gone without a word."""
    with suppress(SessionClosed, RequestRefused):
        while True:
            await asyncio.sleep(ASKS_EVERY_S)
            try:
                async with asyncio.timeout(ANSWERS_WITHIN_S):
                    await session.request("ping")
            except TimeoutError:
                await session.close()
                return
