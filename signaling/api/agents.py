"""Pairing agents over HTTP: the code that a sharer was shown, for a token."""

import time
from contextlib import suppress
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address

from aiohttp import web

from datachannels.refusals import RequestRefused
from signaling.api.body import read_object
from signaling.api.endpoint import TEXT, Endpoint, one
from signaling.driver import SignalingDriver
from signaling.problems import Problem, json_response


class AgentEndpoints:
    """Everything about agents."""

    def __init__(self, driver: SignalingDriver) -> None:
        self._driver = driver

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        summary = "Pair an agent with the screen whose sharer was shown this code; a code is good once"
        answers = {201: one(token=TEXT)}
        return [
            Endpoint(
                "POST",
                "/agents",
                self.pair,
                summary,
                None,
                answers,
                body={"code": TEXT},
                required=("code",),
                operation="pair_agent",
            )
        ]

    async def pair(self, request: web.Request) -> web.Response:
        """`{code}` → `{token}`."""
        code = (await read_object(request)).get("code")
        if not isinstance(code, str):
            raise Problem("bad_message", "code: must be a string")
        try:
            token = self._driver.rooms.entrance.agents.pair(
                code, _network_of(request.remote), time.monotonic()
            )
        except RequestRefused as refusal:
            raise Problem(refusal.code, refusal.message, refusal.retry_ms) from refusal
        self._driver.pump()
        return json_response({"token": token}, HTTPStatus.CREATED)


def _network_of(address: str | None) -> str:
    """Who guesses from IPv6 has a whole /64 to do it from (RFC 4291 §2.5.1)."""
    with suppress(ValueError):
        read = ip_address(address or "")
        if isinstance(read, IPv6Address) and read.ipv4_mapped is None:
            return read.packed[:8].hex()
    return address or ""
