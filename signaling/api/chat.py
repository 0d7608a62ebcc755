"""What was said in a room, over HTTP: in pages either way, or as a snapshot of a version."""

from aiohttp import web

from datachannels.chat_content import described, told
from signaling.api.body import page_bounds
from signaling.api.caller import Callers
from signaling.api.endpoint import AFTER, PAGED, TEXT, Endpoint, one, ref
from signaling.api.stored import stored
from signaling.problems import Problem, json_response
from storage.store import Store

MAX_DIGITS = 15
"""Of a version: what JavaScript's numbers keep exactly."""

BEFORE = {**AFTER, "description": "ask for what was said `before` this; null: nothing was"}


class ChatEndpoints:
    """Everything about chats."""

    def __init__(self, store: Store, callers: Callers, snapshot: int) -> None:
        self._chat = store.chat
        self._callers = callers
        self._snapshot = snapshot

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        messages = {"type": "array", "items": ref("ChatMessage")}
        paged = one(messages=messages, after=AFTER, before=BEFORE)
        return [
            Endpoint(
                "GET",
                "/rooms/{name}/chat",
                self.list_chat,
                "What was said in a room and is for the caller, the oldest first; with `before` the newest "
                "below it; with `version` the snapshot of that version, as data channels refer to it",
                "room",
                {200: {"oneOf": [paged, one(messages=messages)]}},
                {**PAGED, "before": TEXT, "version": TEXT},
            )
        ]

    async def list_chat(self, request: web.Request) -> web.Response:
        """The messages the caller may read."""
        identity = self._callers.reader(request)
        room = request.match_info["name"]
        limit, after_text = page_bounds(request)
        after, before = _version("after", after_text), _version("before", request.query.get("before", ""))
        version = _version("version", request.query.get("version", ""))
        newest = before is not None and after is None
        with stored():
            if version is not None:
                found = await self._chat.history(
                    room, identity, 0, self._snapshot, before=version + 1, newest=True
                )
                return json_response({"messages": told(found, version)})
            found = await self._chat.history(
                room, identity, after or 0, limit + 1, before=before, newest=newest
            )
        more = len(found) > limit
        part = found[-limit:] if newest else found[:limit]
        return json_response(
            {
                "messages": [described(message) for message in part],
                "after": str(part[-1].version) if more and not newest else None,
                "before": str(part[0].version) if more and newest else None,
            }
        )


def _version(name: str, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise Problem("bad_message", f"{name}: no version")
    return int(text)
