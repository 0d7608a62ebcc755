import asyncio

from loadtests.precise_loop import precise_loop


def test_timers_run_in_order_and_never_early() -> None:
    async def run() -> list[tuple[float, float]]:
        loop = asyncio.get_running_loop()
        start, fired = loop.time(), list[tuple[float, float]]()
        done = asyncio.Event()
        for number in range(20):
            due = start + number * 0.0005
            loop.call_at(due, lambda due=due: fired.append((due, loop.time())))
        loop.call_at(start + 0.02, done.set)
        await done.wait()
        return fired

    with asyncio.Runner(loop_factory=precise_loop) as runner:
        fired = runner.run(run())
    assert [due for due, _ in fired] == sorted(due for due, _ in fired)
    assert len(fired) == 20
    assert all(at >= due for due, at in fired)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readexactly(5))
    writer.close()


async def _converse() -> bytes:
    async with await asyncio.start_server(_answer, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"hello")
        received = await reader.readexactly(5)
        writer.close()
        await writer.wait_closed()
        return received


def test_sockets_are_read_while_timers_wait() -> None:
    with asyncio.Runner(loop_factory=precise_loop) as runner:
        assert runner.run(asyncio.wait_for(_converse(), 30)) == b"hello"
