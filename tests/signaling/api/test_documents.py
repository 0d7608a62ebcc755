"""Documents over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from signaling.permissions import Role
from tests.signaling.api.document_calls import COMMENT, DOCUMENT_CALLS
from tests.signaling.live_node import Node, node_settings, running, token

TEXT = {"ops": [{"insert": "Grüße 😀\n"}]}


@dataclass(frozen=True, slots=True)
class Made:
    """A document of anna's with a comment, a review and a link."""

    document: str
    comment: str
    review: str
    link: str


async def ok(node: Node, method: str, path: str, bearer: str, body: Any = None) -> Any:
    status, answer = await node.call(method, path, bearer, body)
    assert status // 100 == 2, answer
    return answer


async def make(node: Node, title: str = "Plan", delta: Any = TEXT) -> str:
    body = {"title": title, "delta": delta}
    made = await ok(node, "POST", "/rooms/r/documents", token("anna"), body)
    return str(made["id"])


async def share(node: Node, document: str, role: str, ttl: str = "1h") -> Any:
    return await ok(node, "POST", f"/documents/{document}/links", token("anna"), {"role": role, "ttl": ttl})


async def made(node: Node) -> Made:
    document, anna = await make(node), token("anna")
    comment = await ok(node, "POST", f"/documents/{document}/comments", anna, COMMENT)
    review = await ok(node, "POST", f"/documents/{document}/reviews", anna, {"reviewer": "anna"})
    link = await share(node, document, "viewer")
    roles = {"olga": "owner", "carl": "commenter", "willy": "viewer"}
    await ok(node, "PUT", f"/documents/{document}/access", anna, {"roles": roles})
    return Made(document, comment["id"], review["id"], link["id"])


async def bearers(node: Node, document: str) -> dict[str, str]:
    tokens = {
        "o": token("anna"),
        "h": token("hanna", role=Role.HOST),
        "p": token("paul"),
        "v": token("vera", role=Role.VIEWER),
        "a": token("root", room="", admin=True),
        "O": token("olga"),
        "c": token("carl"),
        "w": token("willy"),
    }
    for letter, role in {"E": "editor", "C": "commenter", "W": "viewer"}.items():
        tokens[letter] = (await share(node, document, role))["token"]
    return tokens


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running(node_settings()) as started:
        yield started


# --- who may -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "body", "who"), DOCUMENT_CALLS)
async def test_who_may_call_what(node: Node, method: str, path: str, body: Any, who: str) -> None:
    once = await made(node)
    tokens = await bearers(node, once.document)
    other = await make(node)
    strangers = {
        "": {401},
        "a.b.c": {401},
        token("x", room="other", role=Role.HOST): {403} if "/rooms/" in path else {404},
        token("x", link=True): {403},
        (await share(node, other, "editor"))["token"]: {403} if "/rooms/" in path else {404},
    }
    for bearer, expected in strangers.items():
        at = path.format(document=once.document, comment=once.comment, review=once.review, link=once.link)
        assert (bearer, (await node.call(method, at, bearer, body))[0] in expected) == (bearer, True)
    # Who may comes last: what the first of them deletes is gone for the others.
    for letter in sorted(tokens, key=who.find):
        bearer = tokens[letter]
        if method == "DELETE" and letter in who[1:]:
            continue
        at = path.format(document=once.document, comment=once.comment, review=once.review, link=once.link)
        status, _ = await node.call(method, at, bearer, body)
        assert (letter, status // 100 if letter in who else status) == (letter, 2 if letter in who else 403)
        if method == "PUT":
            roles = {"olga": "owner", "carl": "commenter", "willy": "viewer"}
            await ok(node, "PUT", f"/documents/{once.document}/access", tokens["o"], {"roles": roles})
