"""What holds for every answer over HTTP."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from signaling.pages import secured


@asynccontextmanager
async def served(fails: Callable[[web.Request], None]) -> AsyncIterator[str]:
    """The URL of a page whose making fails."""

    async def handler(request: web.Request) -> web.StreamResponse:
        fails(request)
        response = web.StreamResponse()
        await response.prepare(request)
        return response

    app = web.Application(middlewares=[secured])
    app.router.add_get("/", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def test_who_leaves_before_the_answer_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    def leaves(request: web.Request) -> None:
        assert request.transport is not None
        request.transport.abort()

    async with served(leaves) as url, aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectionError):
            await http.get(url)
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


async def test_a_connection_that_broke_elsewhere_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    def breaks(request: web.Request) -> None:
        raise ConnectionResetError("of the database")

    async with served(breaks) as url, aiohttp.ClientSession() as http, http.get(url) as response:
        assert response.status == 500
    assert "of the database" in caplog.text
