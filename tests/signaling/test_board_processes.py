"""How many boards are drawn at once, and how many wait."""

import asyncio

import pytest

from datachannels.whiteboard.render import Job
from signaling.board_processes import AT_ONCE, MOST_WAITING, BoardProcesses, TooManyProcesses

JOB = Job("json", "Board", "", "")


async def test_no_more_boards_wait_than_may() -> None:
    processes = BoardProcesses()
    drawn = [asyncio.create_task(processes.render(JOB, b"{}")) for _ in range(AT_ONCE + MOST_WAITING)]
    await asyncio.sleep(0)  # all have begun
    with pytest.raises(TooManyProcesses):
        await processes.render(JOB, b"{}")
    for task in drawn:
        task.cancel()
    await asyncio.gather(*drawn, return_exceptions=True)
