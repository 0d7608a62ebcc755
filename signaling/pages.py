"""The pages people open: the start page, the meeting, the node's health."""

import html
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from signaling.problems import json_response
from signaling.rooms import Rooms

FOLDER = Path(__file__).parent / "page"
"""What `npm run build` in `web/` wrote; the wheel carries it."""

POLICY = "Content-Security-Policy"
SECURITY = {
    POLICY: (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "
        "worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # A link to a meeting carries its token in the fragment: no other site shall see the address at all.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}

LIBRARY = "sfumato-client.js"
"""The client library as one ES module, for pages of others."""

UNBUILT = "The page is not built: run `make run`, or `npm run build` in web/."


@web.middleware
async def secured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Security headers on everything that a browser may show."""
    try:
        response = await handler(request)
    except ConnectionResetError:
        if request.transport is not None and not request.transport.is_closing():
            raise  # of something else that this node talks to
        response = web.Response()  # who asked is gone: nobody hears it, and nothing went wrong
    except web.HTTPException as error:
        error.headers.update(SECURITY)
        raise
    if not response.prepared:
        for name, value in SECURITY.items():
            response.headers.setdefault(name, value)
    return response


def policy(elsewhere: str | None) -> str:
    """What the page may do. `elsewhere`: the URL of the node it goes to when this one stops."""
    own = SECURITY[POLICY]
    if elsewhere is None:
        return own
    parts = urlsplit(elsewhere)
    sockets = "wss" if parts.scheme == "https" else "ws"
    return own.replace("connect-src 'self'", f"connect-src 'self' {sockets}://{parts.netloc}")


class Pages:
    """What a node shows to a browser."""

    def __init__(self, rooms: Rooms, folder: Path = FOLDER) -> None:
        self._rooms = rooms
        self._folder = folder

    def routes(self) -> list[web.AbstractRouteDef]:
        """Where they are; one page is all of them, its script reads the address."""
        routes: list[web.AbstractRouteDef] = [
            web.get("/", self.page),
            web.get("/r/{room}", self.page),
            web.get("/d/{document}", self.page),
            web.get("/b/{board}", self.page),
            web.get("/replay/{recording}", self.replay),
            web.get(f"/{LIBRARY}", self.library),
            web.get("/healthz", self.health),
            web.get("/readyz", self.ready),
        ]
        assets = self._folder / "assets"
        if assets.is_dir():
            routes.append(web.static("/assets", assets))
        return routes

    async def page(self, request: web.Request) -> web.StreamResponse:
        """The web application."""
        return self._html("index.html")

    async def replay(self, request: web.Request) -> web.StreamResponse:
        """The player of recordings."""
        return self._html("replay.html")

    def _html(self, name: str) -> web.StreamResponse:
        index = self._folder / name
        if not index.is_file():
            return web.Response(status=503, text=UNBUILT)
        # Assets have their hash in the name, the page that names them must be fresh.
        headers = {hdrs.CACHE_CONTROL: "no-cache", POLICY: policy(self._rooms.node.settings.drain_url)}
        return web.FileResponse(index, headers=headers)

    async def library(self, request: web.Request) -> web.StreamResponse:
        """The client library, for any origin: it is public, and the token is the authority."""
        library = self._folder / LIBRARY
        if not library.is_file():
            return web.Response(status=503, text=UNBUILT)
        # Its name stays the same over versions.
        headers = {hdrs.CACHE_CONTROL: "no-cache", hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*"}
        return web.FileResponse(library, headers=headers)

    async def health(self, request: web.Request) -> web.Response:
        """Alive; for people a page, for machines JSON."""
        facts: dict[str, str | int] = {
            "status": "draining" if self._rooms.draining else "ok",
            "rooms": len(self._rooms.registry),
            "participants": self._rooms.participants,
            "sockets": self._rooms.sockets,
        }
        if "text/html" not in request.headers.get(hdrs.ACCEPT, ""):
            return json_response(facts)
        rows = "".join(f"<dt>{html.escape(name)}</dt><dd>{value}</dd>" for name, value in facts.items())
        text = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Sfumato</title><dl>{rows}</dl>'
        return web.Response(text=text, content_type="text/html", headers={hdrs.CACHE_CONTROL: "no-store"})

    async def ready(self, request: web.Request) -> web.Response:
        """200 while new people may come, else 503."""
        response = json_response({"ready": not self._rooms.draining})
        response.set_status(503 if self._rooms.draining else 200)
        return response
