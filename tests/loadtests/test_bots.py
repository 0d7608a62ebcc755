import asyncio
import json
import sys

from loadtests.node_process import NodeProcess


async def test_bots_join_report_and_leave_by_lines() -> None:
    async with NodeProcess() as node, asyncio.timeout(120):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "loadtests.bots", node.url, "room"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        for command in (
            {"join": "ann", "publish": True, "slots": 1},
            {"join": "bob", "slots": 1},
        ):
            process.stdin.write(json.dumps(command).encode() + b"\n")
        joined = [json.loads(await process.stdout.readline()) for _ in range(2)]
        joined_ms = {reply["name"]: reply["joined_ms"] for reply in joined}
        assert joined_ms.keys() == {"ann", "bob"}
        assert joined_ms["bob"] > 0
        process.stdin.write(b'{"leave": "bob"}\n{"leave": "nobody"}\n')
        left = [json.loads(await process.stdout.readline()) for _ in range(2)]
        by_name = {reply["name"]: reply for reply in left}
        assert by_name["bob"]["packets"] > 0
        assert by_name["bob"]["lost"] == 0
        assert "error" in by_name["nobody"]
        process.stdin.close()
        assert await process.wait() == 0
