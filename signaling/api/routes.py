"""All endpoints of a node as routes, and what holds for each of them: refusals as problems, CORS."""

from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from config.settings import Settings
from signaling.api.access import AccessEndpoints
from signaling.api.agents import AgentEndpoints
from signaling.api.board_exports import BoardExportEndpoints
from signaling.api.boards import BOARD_FACTS, BoardEndpoints
from signaling.api.body import read_body, undecodable
from signaling.api.caller import Callers
from signaling.api.chat import ChatEndpoints
from signaling.api.compositions import CompositionEndpoints
from signaling.api.documents import DOCUMENT_FACTS, DocumentEndpoints
from signaling.api.endpoint import Endpoint
from signaling.api.files import FileEndpoints
from signaling.api.forwards import ForwardEndpoints
from signaling.api.notes import NoteEndpoints
from signaling.api.openapi import describe_api
from signaling.api.participants import ParticipantEndpoints
from signaling.api.recording_caller import RecordingCallers
from signaling.api.recordings import RecordingEndpoints
from signaling.api.rooms import RoomEndpoints
from signaling.api.sessions import SessionEndpoints
from signaling.api.tokens import TokenEndpoints
from signaling.api.topic_caller import TopicCallers
from signaling.api.topics import TopicEndpoints
from signaling.compositions import Compositions
from signaling.driver import SignalingDriver
from signaling.forwards import Forwards
from signaling.kept_topics import KeptTopics
from signaling.problems import Problem, json_response
from signaling.recordings import Recordings
from signaling.services import SharedWork
from storage.store import Store

PREFIX = "/api/v1"

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-None-Match, Range",
    "Access-Control-Expose-Headers": "ETag, Location, Link, Retry-After, Accept-Ranges, Content-Range",
    "Access-Control-Max-Age": "86400",
}
"""Any origin, never credentials: the token is the authority."""


@web.middleware
async def answers_for_any_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals as problems, CORS headers on the API; `dev-token` is for our own page only."""
    if not request.path.startswith(PREFIX):
        return await handler(request)
    if request.method == hdrs.METH_OPTIONS:
        return web.Response(status=204, headers=CORS)
    try:
        response = await handler(request)
    except Problem as problem:
        response = problem.response()
    except web.RequestPayloadError:  # of what is read piece by piece
        response = undecodable().response()
    except web.HTTPMethodNotAllowed as error:
        response = Problem("bad_message", error.reason, status=HTTPStatus.METHOD_NOT_ALLOWED).response()
        response.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]  # RFC 9110 §15.5.6
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code = "not_found" if error.status == 404 else "bad_message"
        response = Problem(code, error.reason).response()
    if not request.path.startswith(f"{PREFIX}/dev-token"):
        response.headers.update(CORS)
    return response


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What leaves the meetings of a node: on the disk, as films, to other programs."""

    recordings: Recordings
    compositions: Compositions
    forwards: Forwards


def endpoints_of(
    settings: Settings,
    driver: SignalingDriver,
    store: Store,
    work: SharedWork,
    outgoing: Outgoing,
) -> list[Endpoint]:
    """Everything the API offers."""
    callers = Callers(driver.rooms)
    seen_by = RecordingCallers(driver.rooms.node, store.recordings, callers)
    at_topics = TopicCallers(driver.rooms.node, callers, KeptTopics(store), store.access)
    documents, boards = work.documents, work.boards
    return [
        *TokenEndpoints(settings, driver, callers).endpoints(),
        *RoomEndpoints(driver, callers).endpoints(),
        *ParticipantEndpoints(driver, callers).endpoints(),
        *SessionEndpoints(store, callers).endpoints(),
        *ChatEndpoints(store, callers, settings.limits.chat).endpoints(),
        *TopicEndpoints(DOCUMENT_FACTS, documents.catalogue, store.documents, at_topics).endpoints(),
        *DocumentEndpoints(documents, at_topics).endpoints(),
        *NoteEndpoints(documents, store.documents, at_topics).endpoints(),
        *TopicEndpoints(BOARD_FACTS, boards.catalogue, store.boards, at_topics).endpoints(),
        *BoardEndpoints(boards, at_topics).endpoints(),
        *BoardExportEndpoints(settings, boards, store.files, at_topics, driver.rooms.node).endpoints(),
        *FileEndpoints(settings, store.files, at_topics).endpoints(),
        *AccessEndpoints(documents.catalogue, store.access, at_topics, driver).endpoints(),
        *AccessEndpoints(boards.catalogue, store.access, at_topics, driver).endpoints(),
        *AgentEndpoints(driver).endpoints(),
        *RecordingEndpoints(driver, outgoing.recordings, store.recordings, callers, seen_by).endpoints(),
        *CompositionEndpoints(outgoing.compositions, store.files, seen_by).endpoints(),
        *ForwardEndpoints(driver, outgoing.forwards, callers).endpoints(),
    ]


def routes(
    settings: Settings,
    driver: SignalingDriver,
    store: Store,
    work: SharedWork,
    outgoing: Outgoing,
    version: str,
) -> list[web.RouteDef]:
    """The API of a node, its description beside it."""
    endpoints = endpoints_of(settings, driver, store, work, outgoing)
    description = describe_api(endpoints, PREFIX, version)

    async def openapi(request: web.Request) -> web.Response:
        return json_response(description)

    return [
        *(web.route(one.method, PREFIX + one.path, _handler_of(one)) for one in endpoints),
        web.get(f"{PREFIX}/openapi.json", openapi),
    ]


def _handler_of(endpoint: Endpoint) -> Handler:
    """Its own, once the body is there, however long that takes.

    Whoever calls is judged before the body is looked at: if they are removed until it comes, they must not
    be who they were.
    """
    if not endpoint.body:
        return endpoint.handler

    async def handle(request: web.Request) -> web.StreamResponse:
        await read_body(request)  # from now on it is at hand: reading it again does not wait
        return await endpoint.handler(request)

    return handle
