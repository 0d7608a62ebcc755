"""A code, as the sharer was shown it, for the token of an agent."""

import aiohttp
import orjson

from client.session import RequestRefused


async def pair(url: str, code: str, *, verify_tls: bool = True) -> str:
    """The token. Raises RequestRefused for a code that is none, aiohttp.ClientError if nobody answers."""
    connector = aiohttp.TCPConnector(ssl=verify_tls)
    timeout = aiohttp.ClientTimeout(total=20.0)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout) as http,
        http.post(f"{url.rstrip('/')}/api/v1/agents", json={"code": code}) as response,
    ):
        try:
            answer = orjson.loads(await response.read())
        except orjson.JSONDecodeError:
            answer = {}
        if response.status != 201 or not isinstance(answer.get("token"), str):
            detail = answer.get("detail") or f"no answer of a Sfumato server (HTTP {response.status})"
            raise RequestRefused(str(answer.get("code", "not_found")), str(detail))
        return str(answer["token"])
