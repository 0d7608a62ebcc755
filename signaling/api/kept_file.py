"""A file of a recording as an answer: from this node's disk, or from the bucket through this node."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

from aiohttp import hdrs, web

from recording.bucket import BucketError, Fetched
from signaling.problems import Problem
from signaling.recording_shelf import parts_of

Fetch = Callable[[str | None], Awaitable[Fetched | None]]
"""The file, or the part that a Range header wants, from elsewhere. Raises BucketError."""


async def kept_file(
    request: web.Request, here: Path | None, fetch: Fetch, headers: dict[str, str]
) -> web.StreamResponse:
    """With ranges. Raises `Problem`.

    The bucket need not be reachable from everywhere: nobody is sent there.
    """
    if here is not None:
        return web.FileResponse(here, headers=headers)
    try:
        found = await fetch(request.headers.get(hdrs.RANGE))
    except BucketError as error:
        raise Problem("unavailable", "the file cannot be fetched now") from error
    if found is None:
        raise Problem("not_found", "the file is not there")
    response = web.StreamResponse(headers=headers)
    response.headers[hdrs.ACCEPT_RANGES] = "bytes"
    response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = "*"  # too late for the middleware
    response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = f"{hdrs.ACCEPT_RANGES}, {hdrs.CONTENT_RANGE}"
    response.content_length = found.length
    if found.content_range is not None:
        response.set_status(HTTPStatus.PARTIAL_CONTENT)
        response.headers[hdrs.CONTENT_RANGE] = found.content_range
    try:
        await response.prepare(request)
        if request.method != hdrs.METH_HEAD:
            async for part in parts_of(found):
                await response.write(part)
        await response.write_eof()
    finally:  # players leave in the middle whenever they seek
        found.close()
    return response
