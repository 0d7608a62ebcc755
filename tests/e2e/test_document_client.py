"""The client library's documents against a whole node: over sockets that break, and by share links."""

import asyncio
from pathlib import Path

from tests.e2e.conftest import StartServer

WEB = Path(__file__).parents[2] / "web"
# What the script bundles of npm's is CommonJS in places.
BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
PATIENCE_S = 120


async def run(*command: str | Path) -> str:
    """What a program writes; it has to end well."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=WEB, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    except TimeoutError:
        process.kill()
        raise
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_two_clients_agree_on_a_document_while_their_line_breaks(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = await start_server()
    script = tmp_path / "documents.mjs"
    await run(
        WEB / "node_modules/.bin/esbuild",
        *("tests/node/documents.ts", "--bundle", "--platform=node", "--format=esm"),
        *(f"--outfile={script}", f"--banner:js={BANNER}", "--log-level=error"),
    )
    assert "agreed over" in await run("node", script, server.url)
