"""The client library's chat, documents and boards against a whole node, over sockets that break."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.e2e.conftest import StartServer

WEB = Path(__file__).parents[2] / "web"
# What the script bundles of npm's is CommonJS in places.
BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
PATIENCE_S = 120
SEEDS = int(os.environ.get("SOAK_CLIENTS", "2"))


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


async def bundled(name: str, folder: Path) -> Path:
    """A script of web/tests/node, as Node.js runs it."""
    script = folder / f"{name}.mjs"
    await run(
        WEB / "node_modules/.bin/esbuild",
        *(f"tests/node/{name}.ts", "--bundle", "--platform=node", "--format=esm"),
        *(f"--outfile={script}", f"--banner:js={BANNER}", "--log-level=error"),
    )
    return script


async def test_two_clients_agree_on_a_document_while_their_line_breaks(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = await start_server()
    script = await bundled("documents", tmp_path)
    assert "agreed over" in await run("node", script, server.url)


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
@pytest.mark.parametrize("work", ["chat", "boards"])
async def test_three_clients_agree_while_their_lines_break(
    start_server: StartServer, tmp_path: Path, work: str, seed: int
) -> None:
    server = await start_server()
    script = await bundled(work, tmp_path)
    assert "agreed over" in await run("node", script, server.url, str(seed))
