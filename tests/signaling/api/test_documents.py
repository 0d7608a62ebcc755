"""Documents over HTTP."""

import gzip
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from signaling.permissions import Role
from tests.signaling.api.document_calls import COMMENT, DOCUMENT_CALLS
from tests.signaling.chatting import Talker
from tests.signaling.live_node import Node, node_settings, receive, running, token

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


@pytest.mark.parametrize(
    "path",
    ["/documents/do_none", "/documents/none", "/boards/none/content", "/comments/none", "/reviews/none"],
)
async def test_nobody_is_told_without_a_token_that_something_is_not_there(node: Node, path: str) -> None:
    method = "GET" if path.startswith(("/documents", "/boards")) else "PATCH"
    for bearer, expected in (("", 401), ("a.b.c", 401), (token("anna"), 404)):
        assert (await node.call(method, path, bearer, {"text": "x"}))[0] == expected


# --- what is answered --------------------------------------------------------------------------------------


async def raw(node: Node, path: str, bearer: str, **headers: str) -> Any:
    """The response, read."""
    headers["Authorization"] = f"Bearer {bearer}"
    async with node.http.get(f"{node.url}/api/v1{path}", headers=headers) as response:
        await response.read()
        return response


async def listed(socket: Any) -> list[str]:
    """The documents of the room when it is told of next."""
    while (message := await receive(socket))["type"] != "room_updated":
        pass
    return [one["id"] for one in message["room"]["documents"]]


async def test_documents_are_listed_named_renamed_and_gone(node: Node) -> None:
    anna = token("anna")
    ids = sorted([await make(node, title) for title in ("A", "B", "C")])
    first = await ok(node, "GET", "/rooms/r/documents?limit=2", anna)
    assert ([one["id"] for one in first["documents"]], first["after"]) == (ids[:2], ids[1])
    rest = await ok(node, "GET", f"/rooms/r/documents?limit=2&after={ids[1]}", anna)
    assert ([one["id"] for one in rest["documents"]], rest["after"]) == (ids[2:], None)
    socket, _ = await node.join("bert")
    assert sorted(await listed(socket)) == ids
    assert (await ok(node, "PATCH", f"/documents/{ids[0]}", anna, {"title": "New"}))["title"] == "New"
    described = await ok(node, "GET", f"/documents/{ids[0]}", token("bert"))
    assert (described["title"], described["version"], described["owner"]) == ("New", 1, "anna")
    assert described["access"] == "editor"
    await ok(node, "DELETE", f"/documents/{ids[0]}", anna)
    assert (await node.call("GET", f"/documents/{ids[0]}", anna))[0] == 404
    while ids[0] in await listed(socket):
        pass


async def test_content_is_the_version_asked_for_with_just_its_fields(node: Node) -> None:
    document, talker = await make(node), await Talker.join(node, "bert")
    await talker.send("documents", {"t": "open", "doc": document, "client": "c", "version": None})
    await talker.hear("documents", "snapshot")
    edit = {"t": "submit", "doc": document, "base": 1, "seq": 1, "delta": {"ops": [{"insert": "Hi "}]}}
    await talker.send("documents", edit)
    assert (await talker.hear("documents", "ack"))["version"] == 2
    new, old = [
        await raw(node, f"/documents/{document}/content{query}", token("anna"))
        for query in ("", "?version=1")
    ]
    assert (new.headers["ETag"], old.headers["ETag"]) == ('"2"', '"1"')
    assert await old.json() == {"delta": TEXT, "comments": [], "reviews": []}
    assert (await new.json())["delta"] == {"ops": [{"insert": "Hi Grüße 😀\n"}]}
    history = await ok(node, "GET", f"/documents/{document}/changes?from=2&to=9", token("anna"))
    assert (history["from"], history["to"]) == (2, 2)
    (change,) = history["changes"]
    assert (change["author"]["identity"], change["client"], change["seq"]) == ("bert", "c", 1)
    one = await ok(node, "GET", f"/documents/{document}/changes/2", token("anna"))
    assert one == {"delta": change["delta"]} == {"delta": {"ops": [{"insert": "Hi "}]}}


async def test_a_new_document_may_have_thousands_of_runs(node: Node) -> None:
    ops = [{"insert": "Grüße 😀 ", "attributes": {"color": f"#{n:06x}"}} for n in range(4_000)]
    document = await make(node, delta={"ops": ops})
    told = await ok(node, "GET", f"/documents/{document}/content", token("anna"))
    assert told["delta"]["ops"] == [*ops, {"insert": "\n"}]


async def test_a_long_snapshot_is_fetched_as_it_was_told(node: Node) -> None:
    long = {"ops": [{"insert": "0123456789 😀\n" * 10_000}]}
    document, talker = await make(node, delta=long), await Talker.join(node, "bert")
    await talker.send("documents", {"t": "open", "doc": document, "client": "c", "version": None})
    told = await talker.hear("documents", "snapshot")
    assert "delta" not in told
    edit = {"t": "submit", "doc": document, "base": 1, "seq": 1, "delta": {"ops": [{"delete": 5}]}}
    await talker.send("documents", edit)
    await talker.hear("documents", "ack")
    headers = {"Authorization": f"Bearer {talker.joined['token']}", "Accept-Encoding": "gzip"}
    async with node.http.get(node.url + told["url"], headers=headers) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert int(response.headers["Content-Length"]) < 20_000
        assert (await response.json())["delta"] == long


FILES = [
    ("delta", "application/json", "json", ""),
    ("text", "text/plain", "txt", "Grüße 😀\n"),
    ("markdown", "text/markdown", "md", "Grüße 😀\n"),
    ("html", "text/html", "html", "<p>Grüße 😀</p>"),
]


@pytest.mark.parametrize(("form", "content_type", "extension", "expected"), FILES)
async def test_an_export_is_a_file_of_its_title(
    node: Node, form: str, content_type: str, extension: str, expected: str
) -> None:
    document = await make(node, 'A/"b" 😀')
    at = f"/documents/{document}/export?format={form}"
    file = await raw(node, at, token("anna"))
    assert (file.status, file.content_type, file.headers["ETag"]) == (200, content_type, '"1"')
    disposition = file.headers["Content-Disposition"]
    assert disposition.startswith(f"attachment; filename=\"document.{extension}\"; filename*=UTF-8''")
    assert disposition.endswith(f"A%2F%22b%22%20%F0%9F%98%80.{extension}")
    text = await file.text()
    if form == "delta":
        assert orjson.loads(text) == {"version": 1, "delta": TEXT}
    else:
        assert expected in text
    again = await raw(node, at, token("anna"), **{"If-None-Match": '"1"'})
    assert again.status == 304


async def test_comments_and_reviews_are_those_of_the_channel(node: Node) -> None:
    document, talker = await make(node), await Talker.join(node, "bert")
    at = f"/documents/{document}"
    await talker.send("documents", {"t": "open", "doc": document, "client": "c", "version": None})
    await talker.hear("documents", "snapshot")
    comment = await ok(node, "POST", f"{at}/comments", token("anna"), COMMENT)
    told = await talker.hear("documents", "comment")
    assert told["comment"] == comment
    assert (comment["quote"], comment["state"], comment["author"]["identity"]) == ("Gr", "open", "anna")
    answer = COMMENT | {"text": "because", "thread": comment["id"]}
    await ok(node, "POST", f"{at}/comments", token("bert"), answer)
    await ok(node, "PATCH", f"/comments/{comment['id']}", token("bert"), {"resolved": True})
    page = await ok(node, "GET", f"{at}/comments?limit=1", token("carl"))
    assert (page["version"], [one["state"] for one in page["comments"]]) == (1, ["resolved"])
    rest = await ok(node, "GET", f"{at}/comments?after={page['after']}", token("carl"))
    assert ([one["text"] for one in rest["comments"]], rest["after"]) == (["because"], None)
    await ok(node, "DELETE", f"/comments/{comment['id']}", token("anna"))
    assert len((await ok(node, "GET", f"{at}/comments", token("carl")))["comments"]) == 1
    review = await ok(node, "POST", f"{at}/reviews", token("anna"), {"reviewer": "carl"})
    assert (await talker.hear("documents", "review"))["review"] == review
    judged = {"status": "changes_requested", "note": "shorter"}
    assert (await ok(node, "PATCH", f"/reviews/{review['id']}", token("carl"), judged))["note"] == "shorter"
    (listed_review,) = (await ok(node, "GET", f"{at}/reviews", token("vera")))["reviews"]
    assert listed_review["status"] == "changes_requested"


async def test_a_write_that_is_repeated_with_its_key_is_done_once(node: Node) -> None:
    document = await make(node)
    url = f"{node.url}/api/v1/documents/{document}/comments"
    ids = []
    for key in ("one", "one", "two"):
        headers = {"Authorization": f"Bearer {token('anna')}", "Idempotency-Key": key}
        async with node.http.post(url, json=COMMENT, headers=headers) as response:
            assert response.status == 201
            ids.append((await response.json())["id"])
    assert ids[0] == ids[1] != ids[2]
    headers = {"Authorization": f"Bearer {token('anna')}", "Idempotency-Key": "one"}
    made = set()
    for _ in range(2):
        async with node.http.post(
            f"{node.url}/api/v1/rooms/r/documents", json={"title": "t"}, headers=headers
        ) as response:
            made.add((await response.json())["id"])
    assert len(made) == 1


async def test_access_counts_from_the_next_message_on(node: Node) -> None:
    document, talker = await make(node), await Talker.join(node, "bert")
    await talker.send("documents", {"t": "open", "doc": document, "client": "c", "version": None})
    await talker.hear("documents", "snapshot")

    async def submit(seq: int, base: int) -> Any:
        edit = {"t": "submit", "doc": document, "base": base, "seq": seq, "delta": {"ops": [{"insert": "x"}]}}
        await talker.send("documents", edit)
        return await talker.hear("documents")

    assert (await submit(1, 1))["t"] == "ack"
    at = f"/documents/{document}/access"
    answered = await ok(node, "PUT", at, token("anna"), {"roles": {"bert": "viewer"}})
    assert answered == {"owner": "anna", "roles": {"bert": "viewer"}}
    assert (await submit(2, 2))["code"] == "forbidden"
    assert (await ok(node, "GET", f"/documents/{document}", token("bert")))["access"] == "viewer"
    assert await ok(node, "PUT", at, token("anna"), {"roles": {}}) == {"owner": "anna", "roles": {}}
    assert (await submit(2, 2))["t"] == "ack"


# --- what is wrong -----------------------------------------------------------------------------------------


WRONG: list[tuple[str, str, Any, int]] = [
    ("POST", "/rooms/r/documents", {}, 400),
    ("POST", "/rooms/r/documents", {"title": ""}, 400),
    ("POST", "/rooms/r/documents", {"title": "x" * 257}, 413),
    ("POST", "/rooms/r/documents", {"title": "x", "delta": {"ops": [{"delete": 1}]}}, 400),
    ("POST", "/rooms/r/documents", {"title": "x", "delta": [1]}, 400),
    (
        "POST",
        "/rooms/r/documents",
        {"title": "x", "delta": {"ops": [{"insert": "a", "attributes": {"link": "javascript:alert(1)"}}]}},
        400,
    ),
    ("PATCH", "{at}", {"title": 7}, 400),
    ("PATCH", "{at}", {"owner": "me"}, 400),
    ("PATCH", "{at}", {}, 400),
    ("GET", "/documents/do_none", None, 404),
    ("GET", "/documents/bo_none", None, 404),
    ("GET", "/documents/..%2Fdo_none", None, 404),
    ("GET", "/documents/%00", None, 404),
    ("GET", "/documents/" + "x" * 2_000, None, 404),
    ("POST", "/rooms/r/documents", {"title": "x", "delta": {"ops": [{"insert": {"n": 1}}] * 7_000}}, 413),
    ("POST", "/rooms/r/documents", {"title": "x", "delta": {"ops": [{"insert": "a"}, {"retain": 1}]}}, 400),
    ("GET", "{at}/content?version=0", None, 400),
    ("GET", "{at}/content?version=x", None, 400),
    ("GET", "{at}/content?version=2", None, 404),
    ("GET", "{at}/changes?from=3&to=2", None, 400),
    ("GET", "{at}/changes/2", None, 404),
    ("GET", "{at}/changes/x", None, 400),
    ("GET", "{at}/export?format=pdf", None, 400),
    ("GET", "{at}/export?version=9", None, 404),
    ("GET", "{at}/comments?limit=0", None, 400),
    ("GET", "{at}/comments?after=co_none", None, 400),
    ("POST", "{at}/comments", {}, 400),
    ("POST", "{at}/comments", COMMENT | {"base": 2}, 409),
    ("POST", "{at}/comments", COMMENT | {"length": 0}, 400),
    ("POST", "{at}/comments", COMMENT | {"index": 99}, 400),
    ("POST", "{at}/comments", COMMENT | {"text": ""}, 400),
    ("POST", "{at}/comments", COMMENT | {"text": "x" * 10_001}, 413),
    ("POST", "{at}/comments", COMMENT | {"thread": "co_none"}, 404),
    ("PATCH", "/comments/co_none", {"resolved": True}, 404),
    ("DELETE", "/comments/..", None, 404),
    ("POST", "{at}/reviews", {"reviewer": ""}, 400),
    ("POST", "{at}/reviews", {"reviewer": "bert", "deadline_at": 1}, 400),
    ("PATCH", "/reviews/re_none", {"status": "approved"}, 404),
    ("PUT", "{at}/access", {}, 400),
    ("PUT", "{at}/access", {"roles": {"bert": "king"}}, 400),
    ("PUT", "{at}/access", {"roles": {"": "viewer"}}, 400),
    ("PUT", "{at}/access", {"roles": {"anna": "viewer"}}, 400),
    ("PUT", "{at}/access", {"roles": {str(n): "viewer" for n in range(1_001)}}, 413),
    ("POST", "{at}/links", {}, 400),
    ("POST", "{at}/links", {"role": "owner"}, 400),
    ("POST", "{at}/links", {"role": "viewer", "ttl": "2y"}, 400),
    ("POST", "{at}/links", {"role": "viewer", "ttl": "366d"}, 400),
    ("DELETE", "{at}/links/li_none", None, 404),
    ("GET", "/boards/{document}/access", None, 404),
]


async def test_what_is_wrong_is_refused_and_changes_nothing(node: Node) -> None:
    document = await make(node)
    before = await ok(node, "GET", f"/documents/{document}", token("anna"))
    for method, path, body, expected in WRONG:
        at = path.format(at=f"/documents/{document}", document=document)
        status, problem = await node.call(method, at, token("anna"), body)
        assert (method, path, body, status) == (method, path, body, expected), problem
    assert await ok(node, "GET", f"/documents/{document}", token("anna")) == before


async def test_ten_megabytes_are_too_large_and_a_bomb_is_not_read(node: Node) -> None:
    url, headers = f"{node.url}/api/v1/rooms/r/documents", {"Authorization": f"Bearer {token('anna')}"}
    body = b'{"title":"x","delta":{"ops":[{"insert":"' + b"x" * 10_000_000 + b'"}]}}'
    async with node.http.post(url, data=io.BytesIO(body), headers=headers) as response:
        assert (response.status, (await response.json(content_type=None))["code"]) == (413, "too_large")
    headers["Content-Encoding"] = "gzip"
    async with node.http.post(url, data=io.BytesIO(gzip.compress(body)), headers=headers) as response:
        assert response.status in (400, 413)


async def test_a_document_of_another_room_is_not_found_by_any_call(node: Node) -> None:
    made_here = await made(node)
    stranger = token("anna", room="other", role=Role.HOST)
    for method, path, body, _ in DOCUMENT_CALLS:
        if "/rooms/" not in path:
            at = path.format(
                document=made_here.document,
                comment=made_here.comment,
                review=made_here.review,
                link=made_here.link,
            )
            assert (path, (await node.call(method, at, stranger, body))[0]) == (path, 404)


async def test_answers_have_what_the_description_says(node: Node) -> None:
    once, anna = await made(node), token("anna")
    _, description = await node.call("GET", "/openapi.json")
    at, schemas = f"/documents/{once.document}", description["components"]["schemas"]
    answers = {
        "Document": (await ok(node, "GET", "/rooms/r/documents", anna))["documents"][0],
        "Comment": (await ok(node, "GET", f"{at}/comments", anna))["comments"][0],
        "Review": (await ok(node, "GET", f"{at}/reviews", anna))["reviews"][0],
        "DocumentChange": (await ok(node, "GET", f"{at}/changes", anna))["changes"][0],
        "ShareLink": (await ok(node, "GET", f"{at}/links", anna))["links"][0],
    }
    for name, answer in answers.items():
        assert (name, set(answer)) == (name, set(schemas[name]["required"]))


async def test_what_is_done_about_access_and_what_is_refused_is_kept(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    document = await make(node)
    with caplog.at_level("INFO", logger="sfumato.audit"):
        link = await share(node, document, "viewer")
        await ok(node, "PUT", f"/documents/{document}/access", token("anna"), {"roles": {"bert": "viewer"}})
        await node.call("DELETE", f"/documents/{document}", token("bert"))
        await node.call("POST", f"/documents/{document}/comments", link["token"], COMMENT)
        await ok(node, "DELETE", f"/documents/{document}/links/{link['id']}", token("anna"))
        await ok(node, "DELETE", f"/documents/{document}", token("anna"))
    entries = [
        orjson.loads(record.getMessage()) for record in caplog.records if record.name == "sfumato.audit"
    ]
    assert [(one["action"], one["by"], one["outcome"]) for one in entries] == [
        ("share", "anna", "done"),
        ("access", "anna", "done"),
        ("manage_topic", "bert", "forbidden"),
        ("comment", link["id"], "forbidden"),
        ("revoke", "anna", "done"),
        ("delete", "anna", "done"),
    ]
    assert entries[1]["detail"] == {"topic": document, "roles": {"bert": "viewer"}}
    assert link["token"] not in caplog.text
