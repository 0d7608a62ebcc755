"""Films of recordings over HTTP, and the pictures of recorded boards."""

import re
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from aiohttp import hdrs, web

from datachannels.refusals import RequestRefused
from datachannels.whiteboard.picture import HEAD_BYTES, read_picture
from signaling.api.answer import problem_of
from signaling.api.body import read_object
from signaling.api.endpoint import TEXT, Endpoint, one
from signaling.api.kept_file import kept_file
from signaling.api.recording_caller import RecordingCallers
from signaling.api.stored import stored
from signaling.compositions import FILMS, Compositions, Film
from signaling.problems import Problem, json_response
from storage.files import StoredFiles
from storage.recordings import RecordingRecord

TYPES: Final = {"mp4": "video/mp4", "webm": "video/webm"}
HARMLESS: Final = {
    hdrs.CACHE_CONTROL: "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LAYOUT: Final = {"type": "string", "enum": sorted({film.layout for film in FILMS.values()})}
_FORMAT: Final = {"type": "string", "enum": sorted({film.format for film in FILMS.values()})}
_SHARE: Final = {"type": "number", "minimum": 0, "maximum": 1}
_BYTES: Final = {"type": ["integer", "null"]}
COMPOSITION: Final = one(
    id=TEXT,
    layout=_LAYOUT,
    format=_FORMAT,
    state={"enum": ["waiting", "running", "finished", "failed"]},
    progress=_SHARE,
    bytes=_BYTES,
    problem=TEXT,
)


class CompositionEndpoints:
    """Ordered by who has the grant `record` or a token for films, seen by whoever may see the recording."""

    def __init__(self, compositions: Compositions, files: StoredFiles, callers: RecordingCallers) -> None:
        self._compositions = compositions
        self._files = files
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        all_of, see = "/recordings/{id}/compositions", "record, or its token"
        own = "record, or its token for films"
        at = all_of + "/{film}"
        binary = {"type": "string", "format": "binary"}
        token = {"token": {**TEXT, "description": "in place of the header"}}
        made = one(compositions={"type": "array", "items": COMPOSITION})
        body = {"layout": _LAYOUT, "format": _FORMAT}
        return [
            Endpoint(
                "POST",
                "/recordings/{id}/compose",
                self.order_composition,
                "Make one film of it",
                own,
                {202: COMPOSITION},
                body=body,
            ),
            Endpoint("GET", all_of, self.list_compositions, "Its films", see, {200: made}),
            Endpoint("GET", at, self.get_composition, "How far a film is", see, {200: COMPOSITION}),
            Endpoint("DELETE", at, self.delete_composition, "Delete a film, or give it up", own, {204: None}),
            Endpoint("GET", at + "/file", self.get_film, "The film; with ranges", see, {200: binary}, token),
            Endpoint(
                "GET",
                "/recordings/{id}/pictures/{sha256}",
                self.get_picture,
                "A picture of a board",
                see,
                {200: binary},
                token,
            ),
        ]

    async def order_composition(self, request: web.Request) -> web.Response:
        """Soon, or where it is already."""
        record = await self._callers.maker(request)
        body = await read_object(request)
        layout, kind = body.get("layout", record.layout), body.get("format", "mp4")
        film = next((one for one in FILMS.values() if (one.layout, one.format) == (layout, kind)), None)
        if film is None:
            raise Problem("bad_message", "layout, format: no such film")
        try:
            with stored():
                described = await self._compositions.order(record, film)
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        return json_response(described, HTTPStatus.ACCEPTED)

    async def list_compositions(self, request: web.Request) -> web.Response:
        """Those that were asked for."""
        record, _ = await self._callers.readable(request)
        with stored():
            described = await self._compositions.all_of(record)
        return json_response({"compositions": described})

    async def get_composition(self, request: web.Request) -> web.Response:
        """As it is now."""
        record, _ = await self._callers.readable(request)
        _, described = await self._film(request, record)
        return json_response(described)

    async def delete_composition(self, request: web.Request) -> web.Response:
        """The film alone; one that is being made is so no longer."""
        record = await self._callers.maker(request)
        film, _ = await self._film(request, record)
        try:
            with stored():
                await self._compositions.delete(record, film)
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def get_film(self, request: web.Request) -> web.StreamResponse:
        """Once it is finished."""
        record, _ = await self._callers.readable(request)
        film, described = await self._film(request, record)
        if described["state"] != "finished":
            raise Problem("not_found", "the film is not finished")
        headers = {hdrs.CONTENT_TYPE: TYPES[film.format], **HARMLESS}
        if "download" in request.query:
            headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{record.id}-{film.id}"'
        here = self._compositions.find(record, film)
        return await kept_file(request, here, partial(self._compositions.fetch, record, film), headers)

    async def get_picture(self, request: web.Request) -> web.StreamResponse:
        """One of the room's."""
        record, _ = await self._callers.readable(request)
        digest = request.match_info["sha256"]
        path = self._files.find(record.room, digest) if _DIGEST.fullmatch(digest) else None
        if path is None:
            raise Problem("not_found", "there is no such picture")
        try:
            with path.open("rb") as file:
                kind = read_picture(file.read(HEAD_BYTES)).type
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        return web.FileResponse(path, headers={hdrs.CONTENT_TYPE: kind, **HARMLESS})

    async def _film(self, request: web.Request, record: RecordingRecord) -> tuple[Film, dict[str, Any]]:
        film = FILMS.get(request.match_info["film"])
        described = None
        if film is not None:
            with stored():
                described = await self._compositions.one_of(record, film)
        if film is None or described is None:
            raise Problem("not_found", "there is no such film")
        return film, described
