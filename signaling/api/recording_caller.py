"""Who may see a recording: who has the grant `record` in its room, and who has a token of it."""

import time

from aiohttp import hdrs, web

from signaling.api.caller import Callers
from signaling.api.stored import stored
from signaling.node import SignalingNode
from signaling.permissions import Action, Subject, allowed
from signaling.problems import Problem
from signaling.recording_tokens import Opener, opens
from storage.recordings import RecordingRecord, StoredRecordings


class RecordingCallers:
    """Judges requests about the recording named by ``{id}``. Everything raises `Problem`."""

    def __init__(self, node: SignalingNode, kept: StoredRecordings, callers: Callers) -> None:
        self._node = node
        self._kept = kept
        self._callers = callers

    async def own(self, request: web.Request) -> tuple[RecordingRecord, Subject]:
        """The recording, and who has the grant of its room."""
        claims = self._callers.personal(request)
        record = await self._named(request)
        subject = self._callers.subject_in(claims, record.room)
        needs_record(subject)
        return record, subject

    async def readable(self, request: web.Request) -> tuple[RecordingRecord, str]:
        """The recording, and the key that signed the token of who may see it."""
        opener = self.opened(request)
        if opener is not None:
            return await self._named(request), opener.key
        record, _ = await self.own(request)
        return record, self._callers.personal(request).key

    async def maker(self, request: web.Request) -> RecordingRecord:
        """The recording, of which somebody may make films."""
        if self.opened(request, films=True) is not None:
            return await self._named(request)
        record, _ = await self.own(request)
        return record

    def opened(self, request: web.Request, *, films: bool = False) -> Opener | None:
        """The recording's own token, if that came; with `films` one that makes them."""
        scheme, _, text_given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        token = text_given.strip() if scheme.lower() == "bearer" else request.query.get("token", "")
        now_wall = self._node.clock.unix(time.monotonic())
        return opens(token, self._node.settings.keys, request.match_info["id"], now_wall, films=films)

    async def _named(self, request: web.Request) -> RecordingRecord:
        with stored():
            record = await self._kept.get(request.match_info["id"])
        if record is None:
            raise Problem("not_found", "no such recording")
        return record


def needs_record(subject: Subject) -> None:
    """Raises `Problem` without the grant."""
    if not allowed(subject, Action.RECORD):
        raise Problem("forbidden", "needs the grant record")
