"""Tracks sent on as RTP, over HTTP."""

import time
from http import HTTPStatus
from typing import Any

from aiohttp import web

from datachannels.fields import Field, Shape, integer, text
from datachannels.refusals import RequestRefused
from signaling.api.answer import problem_of
from signaling.api.body import read_object
from signaling.api.caller import Callers
from signaling.api.endpoint import TEXT, Endpoint, one
from signaling.driver import SignalingDriver
from signaling.forwards import Forwards
from signaling.permissions import Action, Subject, allowed
from signaling.problems import Problem, json_response
from signaling.room import Room

_PORT = {"type": "integer", "minimum": 1_024, "maximum": 65_534}
_WISH: Shape[dict[str, Any]] = Shape(
    dict, (Field("track", text(64, 1)), Field("host", text(64, 1)), Field("port", integer(0, 65_535)))
)


class ForwardEndpoints:
    """Forwards of rooms."""

    def __init__(self, driver: SignalingDriver, forwards: Forwards, callers: Callers) -> None:
        self._driver = driver
        self._forwards = forwards
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        at = "/rooms/{name}/forwards"
        forward = one(id=TEXT, track=TEXT, host=TEXT, port=_PORT, sdp=TEXT, dropped={"type": "integer"})
        return [
            Endpoint(
                "POST",
                at,
                self.start_forward,
                "Send a track as RTP to an address that `recording.forward_to` allows",
                "record",
                {201: forward},
                body={"track": TEXT, "host": TEXT, "port": _PORT},
                required=("track", "host", "port"),
            ),
            Endpoint(
                "GET",
                at,
                self.list_forwards,
                "Those of a room",
                "record",
                {200: one(forwards={"type": "array", "items": forward})},
            ),
            Endpoint("DELETE", at + "/{id}", self.stop_forward, "End it", "record", {204: None}),
            Endpoint(
                "GET",
                at + "/{id}/sdp",
                self.get_forward_sdp,
                "What a player is given to receive it",
                "record",
                {200: {"type": "string"}},
            ),
        ]

    async def start_forward(self, request: web.Request) -> web.Response:
        """Until it is stopped, or its track ends."""
        room, subject = self._recorder_of(request)
        try:
            wish = _WISH(await read_object(request))
            forward = self._forwards.start(room, wish["track"], wish["host"], wish["port"])
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        to = f"{forward.host}:{forward.port}"
        room.audit("forward", subject, time.monotonic(), track=forward.track, to=to)
        self._driver.pump()
        return json_response(forward.describe(), HTTPStatus.CREATED)

    async def list_forwards(self, request: web.Request) -> web.Response:
        """All of them: there are few."""
        room, _ = self._recorder_of(request)
        return json_response({"forwards": [one.describe() for one in self._forwards.of(room.name)]})

    async def stop_forward(self, request: web.Request) -> web.Response:
        """Nothing more is sent."""
        room, _ = self._recorder_of(request)
        try:
            self._forwards.stop(room.name, request.match_info["id"])
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def get_forward_sdp(self, request: web.Request) -> web.Response:
        """As a file."""
        room, _ = self._recorder_of(request)
        for forward in self._forwards.of(room.name):
            if forward.id == request.match_info["id"]:
                return web.Response(text=forward.sdp, content_type="application/sdp")
        raise Problem("not_found", "no such forward")

    def _recorder_of(self, request: web.Request) -> tuple[Room, Subject]:
        room, subject = self._callers.member(request)
        if not allowed(subject, Action.RECORD):
            room.audit_refusal("forward", subject, "forbidden", time.monotonic())
            raise Problem("forbidden", "needs the grant record")
        return room, subject
