"""Recordings over HTTP: started, stopped, listed, their files, deleted, and opened to others by a link."""

import time
from functools import partial
from http import HTTPStatus
from pathlib import PurePath
from typing import Any, Final

from aiohttp import hdrs, web

from datachannels.fields import text
from datachannels.refusals import RequestRefused
from sfu.identifiers import TrackId
from signaling.api.answer import problem_of, repeated_identifier
from signaling.api.body import page_bounds, read_object
from signaling.api.caller import Callers
from signaling.api.endpoint import PAGED, TEXT, TIME, Endpoint, one, page_of, ref
from signaling.api.kept_file import kept_file
from signaling.api.link_ttl import TTL, link_ttl
from signaling.api.recording_caller import RecordingCallers, needs_record
from signaling.api.stored import stored
from signaling.driver import SignalingDriver
from signaling.permissions import Action, Subject, allowed
from signaling.problems import Problem, json_response
from signaling.recording_shelf import names_of
from signaling.recording_tokens import issue
from signaling.recordings import LAYOUTS, Recordings, Wish, describe
from signaling.room import Room
from storage.recordings import RecordingRecord, StoredRecordings

MAX_TRACKS: Final = 1_000
TOKEN_TTL_S: Final = 12 * 3_600.0
"""Of what comes with a recording: long enough to watch it."""

WITH_TOKENS: Final = (
    "with `token`, which opens its files and replay for 12 h, or as long as the token it is asked for with "
    "if that is the recording's own, and for who has the grant `record` with "
    "`films_token`, which makes and deletes its films as well"
)
LONGEST_LINK_S: Final = 365 * 24 * 3_600

TYPES: Final = {
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".mp4": "video/mp4",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
}
HARMLESS: Final = {
    hdrs.CACHE_CONTROL: "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


class RecordingEndpoints:
    """Everything about recordings."""

    def __init__(
        self,
        driver: SignalingDriver,
        recordings: Recordings,
        kept: StoredRecordings,
        callers: Callers,
        seen_by: RecordingCallers,
    ) -> None:
        self._driver = driver
        self._seen_by = seen_by
        self._recordings = recordings
        self._kept = kept
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        recording, of_room, at = ref("Recording"), "/rooms/{name}/recordings", "/recordings/{id}"
        pages = page_of("recordings", recording)
        whole = {**recording, "description": WITH_TOKENS}
        return [
            Endpoint(
                "POST",
                of_room,
                self.start_recording,
                "Record a meeting: all of it, or the tracks named",
                "record",
                {201: recording},
                body={
                    "tracks": {"type": "array", "items": TEXT},
                    "layout": {"type": "string", "enum": list(LAYOUTS)},
                },
            ),
            Endpoint(
                "GET",
                of_room,
                self.list_room_recordings,
                "Of a room, the newest first",
                "record",
                {200: pages},
                PAGED,
            ),
            Endpoint(
                "DELETE",
                of_room + "/{id}",
                self.stop_recording,
                "Stop it; its files are finished soon",
                "record",
                {200: recording},
            ),
            Endpoint("GET", "/recordings", self.list_recordings, "All of them", "admin", {200: pages}, PAGED),
            Endpoint("GET", at, self.get_recording, "One of them", "record, or its token", {200: whole}),
            Endpoint("DELETE", at, self.delete_recording, "Delete it and its files", "record", {204: None}),
            Endpoint(
                "GET",
                at + "/files/{file}",
                self.get_recording_file,
                "`manifest.json`, `journal.jsonl` or a file that is listed; with ranges",
                "record, or its token",
                {200: {"type": "string", "format": "binary"}},
                {"token": {**TEXT, "description": "in place of the header"}, "download": TEXT},
            ),
            Endpoint(
                "POST",
                at + "/links",
                self.make_recording_link,
                "A link to its replay, for whoever has it",
                "record",
                {201: one(token=TEXT, url=TEXT, expires_at=TIME)},
                body={"ttl": TTL},
            ),
        ]

    # --- control -----------------------------------------------------------------------------------------

    async def start_recording(self, request: web.Request) -> web.Response:
        """From now on."""
        room, subject = self._recorder_of_room(request)
        wish = _wish(await read_object(request))
        name = self._callers.personal(request).name
        recording = repeated_identifier(request, "re", subject.identity)
        if recording is not None:
            with stored():
                made = await self._kept.get(recording)
            if made is not None:
                return json_response(describe(self._recordings.now(made)), HTTPStatus.CREATED)
        try:
            record = await self._recordings.start(room, subject, name, wish, recording)
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        return json_response(describe(record), HTTPStatus.CREATED)

    async def stop_recording(self, request: web.Request) -> web.Response:
        """Now."""
        room, subject = self._recorder_of_room(request)
        if room.recording != request.match_info["id"]:
            raise Problem("not_found", "no such recording runs")
        try:
            record = self._recordings.stop(request.match_info["id"], subject)
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        return json_response(describe(record))

    def _recorder_of_room(self, request: web.Request) -> tuple[Room, Subject]:
        room, subject = self._callers.member(request)
        if not allowed(subject, Action.RECORD):
            room.audit_refusal("record", subject, "forbidden", time.monotonic())
            raise Problem("forbidden", "needs the grant record")
        return room, subject

    # --- what is kept ------------------------------------------------------------------------------------

    async def list_room_recordings(self, request: web.Request) -> web.Response:
        """The newest first."""
        name = request.match_info["name"]
        needs_record(self._callers.subject_in(self._callers.personal(request), name))
        return await self._list(request, name)

    async def list_recordings(self, request: web.Request) -> web.Response:
        """The newest first."""
        self._callers.administrator(request)
        return await self._list(request, None)

    async def _list(self, request: web.Request, room: str | None) -> web.Response:
        limit, after = page_bounds(request)
        with stored():
            found = await self._kept.newest(room, after, limit + 1)
        more = found[limit - 1].id if len(found) > limit else None
        listed = [describe(self._recordings.now(record)) for record in found[:limit]]
        return json_response({"recordings": listed, "after": more})

    async def get_recording(self, request: web.Request) -> web.Response:
        """As it is now."""
        opener, now_wall = self._seen_by.opened(request), self._now_wall()
        record, key = await self._seen_by.readable(request)
        described = describe(self._recordings.now(record))
        # Who came by a link has it no longer than the link is good.
        ttl_s = TOKEN_TTL_S if opener is None else min(TOKEN_TTL_S, opener.expires_at - now_wall)
        described["token"] = self._token(record, key, ttl_s)
        if opener is None:
            described["films_token"] = self._token(record, key, TOKEN_TTL_S, films=True)
        return json_response(described)

    async def delete_recording(self, request: web.Request) -> web.Response:
        """For good."""
        record, subject = await self._seen_by.own(request)
        try:
            with stored():
                await self._recordings.delete(self._recordings.now(record), subject)
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def get_recording_file(self, request: web.Request) -> web.StreamResponse:
        """One of its files, as far as it is written."""
        record, _ = await self._seen_by.readable(request)
        record = self._recordings.now(record)
        name = request.match_info["file"]
        if name not in names_of(record):
            raise Problem("not_found", "there is no such file")
        headers = {
            hdrs.CONTENT_TYPE: TYPES.get(PurePath(name).suffix, "application/octet-stream"),
            **HARMLESS,
        }
        if "download" in request.query:
            headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{record.id}-{name}"'
        shelf = self._recordings.shelf
        fetch = partial(shelf.fetch, record, name)
        return await kept_file(request, shelf.find(record, name), fetch, headers)

    async def make_recording_link(self, request: web.Request) -> web.Response:
        """To be given to whom one likes."""
        record, subject = await self._seen_by.own(request)
        ttl_s = link_ttl((await read_object(request)).get("ttl", "7d"), LONGEST_LINK_S)
        node = self._driver.rooms.node
        token = self._token(record, self._callers.personal(request).key, ttl_s)
        at = node.unix_ms(time.monotonic())
        node.audit.done(at, record.room, "share_recording", subject, detail={"recording": record.id})
        base = node.settings.http.public_url or f"{request.scheme}://{request.host}"
        url = f"{base}/replay/{record.id}#token={token}"
        answer = {"token": token, "url": url, "expires_at": at + ttl_s * 1_000}
        return json_response(answer, HTTPStatus.CREATED)

    def _token(self, record: RecordingRecord, key: str, ttl_s: float, *, films: bool = False) -> str:
        secret = self._driver.rooms.node.settings.keys[key]
        return issue(key, secret, record.id, self._now_wall(), ttl_s, films=films)

    def _now_wall(self) -> float:
        return self._driver.rooms.node.clock.unix(time.monotonic())


_read_track = text(64, 1)


def _wish(body: dict[str, Any]) -> Wish:
    tracks, layout = body.get("tracks"), body.get("layout", LAYOUTS[0])
    if layout not in LAYOUTS:
        raise Problem("bad_message", f"layout: one of {', '.join(LAYOUTS)}")
    if tracks is None:
        return Wish(layout=layout)
    if not isinstance(tracks, list) or not 0 < len(tracks) <= MAX_TRACKS:
        raise Problem("bad_message", f"tracks: from 1 to {MAX_TRACKS} ids")
    try:
        return Wish(frozenset(TrackId(_read_track(track)) for track in tracks), layout)
    except RequestRefused as refusal:
        raise problem_of(refusal) from refusal
