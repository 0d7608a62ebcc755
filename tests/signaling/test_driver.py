"""The driver of the signaling core."""

import asyncio
from typing import Any

from sfu.errors import LocalError
from sfu.identifiers import PeerId
from sfu.messages import ClosePeer, Command
from signaling.driver import SignalingDriver
from tests.signaling.live_node import DEADLINE_S
from tests.signaling.meeting import Meeting


class NoMedia:
    """Takes commands, but none of those `refused`."""

    def __init__(self, *refused: Command) -> None:
        self._refused = refused
        self.taken: list[Command] = []

    def handle(self, command: Command) -> None:
        if command in self._refused:
            raise LocalError("cannot be done")
        self.taken.append(command)


async def test_time_goes_on_after_an_error() -> None:
    failed, again = asyncio.Event(), asyncio.Event()

    def on_tick(late_s: float) -> None:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("a tick went wrong")
        again.set()

    said: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context["exception"]))
    driver = SignalingDriver(Meeting().rooms, NoMedia(), on_tick)
    driver.start()
    try:
        await asyncio.wait_for(again.wait(), DEADLINE_S)
    finally:
        driver.stop()
    assert [str(error) for error in said] == ["a tick went wrong"]


async def test_a_command_that_cannot_be_carried_out_costs_the_others_nothing() -> None:
    first, second, third = (ClosePeer(PeerId(name)) for name in ("one", "two", "three"))
    rooms, media = Meeting().rooms, NoMedia(second)
    driver = SignalingDriver(rooms, media, lambda late_s: None)
    for command in (first, second, third):
        rooms.node.outputs.command(command)
    driver.pump()
    assert media.taken == [first, third]
