"""The driver of the signaling core."""

import asyncio
from typing import Any

from sfu.messages import Command
from signaling.driver import SignalingDriver
from tests.signaling.live_node import DEADLINE_S
from tests.signaling.meeting import Meeting


class NoMedia:
    """Takes commands."""

    def handle(self, command: Command) -> None:
        raise AssertionError(command)


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
