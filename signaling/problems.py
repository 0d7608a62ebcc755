"""HTTP errors as `application/problem+json` (RFC 9457), with the protocol's `code`."""

from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web

CONTENT_TYPE = "application/problem+json"

STATUS: dict[str, HTTPStatus] = {
    "bad_message": HTTPStatus.BAD_REQUEST,
    "unauthorised": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "stale": HTTPStatus.GONE,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}


class Problem(Exception):
    """A request that is refused; `code` is a key of `STATUS`, `status` one that says it better in HTTP."""

    def __init__(
        self, code: str, detail: str, retry_ms: int | None = None, status: HTTPStatus | None = None
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.retry_ms = retry_ms
        self.status = STATUS[code] if status is None else status

    def response(self) -> web.Response:
        """The answer that says so."""
        status = self.status
        body = {"title": status.phrase, "status": int(status), "code": self.code, "detail": self.detail}
        headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else {}
        if self.retry_ms is not None:
            headers["Retry-After"] = str(-(-self.retry_ms // 1000))
        return web.Response(
            status=status, body=orjson.dumps(body), content_type=CONTENT_TYPE, headers=headers
        )


def json_response(body: Any, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """A JSON answer nobody keeps."""
    return web.Response(
        status=status,
        body=orjson.dumps(body),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
