"""What a running server counts, read from its `/metrics` as Prometheus would."""

import re
from collections import Counter

import aiohttp

DROPPED = re.compile(r'^sfumato_dropped_total\{reason="(\w+)"\} (\S+)$', re.MULTILINE)


async def dropped(server_url: str) -> Counter[str]:
    """How many datagrams and messages the server did not use since its start, by reason; no zeros."""
    async with aiohttp.ClientSession() as http, http.get(f"{server_url}/metrics") as response:
        response.raise_for_status()
        text = await response.text()
    return Counter({reason: int(float(count)) for reason, count in DROPPED.findall(text) if float(count)})
