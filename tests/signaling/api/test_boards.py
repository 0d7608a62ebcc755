"""Boards over HTTP."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest

from config.settings import Limits
from datachannels.whiteboard.pictures import data_url
from signaling.permissions import Role
from tests.signaling.api.board_calls import BOARD_CALLS
from tests.signaling.api.test_files import png
from tests.signaling.live_node import Node, node_settings, receive, running, token


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running(node_settings(limits=Limits(message_bytes=100_000))) as started:
        yield started


async def ok(node: Node, method: str, path: str, bearer: str, body: Any = None) -> Any:
    status, answer = await node.call(method, path, bearer, body)
    assert status // 100 == 2, answer
    return answer


async def make(node: Node, **body: Any) -> str:
    made = await ok(node, "POST", "/rooms/r/boards", token("anna"), {"title": "Plan", **body})
    return str(made["id"])


class Artist:
    """Somebody who draws over the signaling socket."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    @classmethod
    async def join(cls, node: Node, identity: str) -> "Artist":
        socket, _ = await node.join(identity)
        return cls(socket)

    async def send(self, **message: Any) -> None:
        await self._socket.send_json({"type": "channel", "label": "whiteboard", "data": message})

    async def next(self) -> Any:
        """The next message of the channel."""
        while True:
            message = await receive(self._socket)
            if message["type"] == "channel":
                return message["data"]

    async def ask(self, **message: Any) -> Any:
        await self.send(**message)
        return await self.next()

    async def open(self, board: str, version: int | None = None) -> Any:
        return await self.ask(t="open", board=board, client="c", version=version)

    async def draw(self, board: str, seq: int, *changes: Any) -> Any:
        return await self.ask(t="submit", board=board, seq=seq, changes=list(changes))


def rect(element: str, **props: Any) -> dict[str, Any]:
    props = {"type": "rect", "box": [0, 0, 10, 10, 0], **props}
    return {"op": "put", "id": element, "props": props}


async def test_who_may_call_what(node: Node) -> None:
    anna = token("anna")
    tokens = {
        "o": anna,
        "h": token("hanna", role=Role.HOST),
        "p": token("paul"),
        "v": token("vera", role=Role.VIEWER),
        "a": token("root", room="", admin=True),
        "w": token("willy"),
    }
    for method, path, body, who in BOARD_CALLS:
        board, other = await make(node), await make(node)
        await ok(node, "PUT", f"/boards/{board}/access", anna, {"roles": {"willy": "viewer"}})
        links = {}
        for letter, role in {"E": "editor", "W": "viewer"}.items():
            link = await ok(node, "POST", f"/boards/{board}/links", anna, {"role": role, "ttl": "1h"})
            links[letter] = link["token"]
        stray = await ok(node, "POST", f"/boards/{other}/links", anna, {"role": "editor", "ttl": "1h"})
        at, room = path.format(board=board), "/rooms/" in path
        strangers = {
            "": 401,
            token("x", room="other", role=Role.HOST): 403 if room else 404,
            stray["token"]: 403 if room else 404,
        }
        for bearer, expected in strangers.items():
            assert (path, (await node.call(method, at, bearer, body))[0]) == (path, expected)
        bearers = tokens | links
        for letter in sorted(bearers, key=who.find):
            if method == "DELETE" and letter in who[1:]:
                continue
            status, _ = await node.call(method, at, bearers[letter], body)
            expected = 2 if letter in who else 403
            assert (path, letter, status // 100 if letter in who else status) == (path, letter, expected)


async def test_boards_are_listed_renamed_and_gone(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    anna = token("anna")
    ids = sorted([await make(node, title=title) for title in ("A", "B", "C")])
    first = await ok(node, "GET", "/rooms/r/boards?limit=2", anna)
    assert ([one["id"] for one in first["boards"]], first["after"]) == (ids[:2], ids[1])
    renamed = await ok(node, "PATCH", f"/boards/{ids[0]}", anna, {"title": "New"})
    assert (renamed["title"], renamed["owner"]) == ("New", "anna")
    assert (await ok(node, "GET", f"/boards/{ids[0]}", anna))["access"] == "owner"
    artist = await Artist.join(node, "bert")
    await artist.open(ids[1])
    assert (await node.call("DELETE", f"/documents/{ids[1]}", anna))[0] == 404
    with caplog.at_level("INFO", logger="sfumato.audit"):
        await ok(node, "DELETE", f"/boards/{ids[1]}", anna)
    assert ids[1] in caplog.text
    assert await artist.next() == {"t": "closed", "board": ids[1], "reason": "deleted"}
    assert (await node.call("GET", f"/boards/{ids[1]}", anna))[0] == 404
    rest = await ok(node, "GET", "/rooms/r/boards", anna)
    assert [one["id"] for one in rest["boards"]] == [ids[0], ids[2]]


async def test_templates_are_listed_and_put_on_new_boards(node: Node) -> None:
    templates = (await ok(node, "GET", "/board-templates", ""))["templates"]
    assert [one["id"] for one in templates] == ["flowchart", "grid", "kanban", "mind-map", "retro", "swot"]
    for template in templates:
        board = await make(node, template=template["id"])
        content = await ok(node, "GET", f"/boards/{board}/content", token("anna"))
        assert [one["id"] for one in content["elements"]] == [one["id"] for one in template["elements"]]
    status, problem = await node.call(
        "POST", "/rooms/r/boards", token("anna"), {"title": "t", "template": "x"}
    )
    assert (status, problem["code"]) == (404, "not_found")


async def test_board_made_again_with_the_same_key_is_the_same(node: Node) -> None:
    url, headers = f"{node.url}/api/v1/rooms/r/boards", {"Idempotency-Key": "k"}
    headers["Authorization"] = f"Bearer {token('anna')}"
    ids = set()
    for _ in range(2):
        async with node.http.post(url, headers=headers, json={"title": "t"}) as response:
            assert response.status == 201
            ids.add((await response.json())["id"])
    assert len(ids) == 1


async def test_content_of_every_version_is_there(node: Node) -> None:
    board = await make(node)
    artist = await Artist.join(node, "bert")
    await artist.open(board)
    await artist.draw(board, 1, rect("e1"))
    await artist.draw(board, 2, {"op": "delete", "id": "e1"}, rect("e2"))
    paul = token("paul")
    for version, there in ((1, []), (2, ["e1"]), (3, ["e2"])):
        content = await ok(node, "GET", f"/boards/{board}/content?version={version}", paul)
        assert [one["id"] for one in content["elements"]] == there
    for query, status in (("4", 404), ("0", 400), ("x", 400), ("-1", 400)):
        assert (await node.call("GET", f"/boards/{board}/content?version={query}", paul))[0] == status
    tag = {"If-None-Match": '"3"', "Authorization": f"Bearer {paul}"}
    async with node.http.get(f"{node.url}/api/v1/boards/{board}/content", headers=tag) as response:
        assert (response.status, response.headers["ETag"]) == (304, '"3"')
    changes = await ok(node, "GET", f"/boards/{board}/changes?from=2", paul)
    assert [one["version"] for one in changes["changes"]] == [2, 3]
    one = await ok(node, "GET", f"/boards/{board}/changes/3", paul)
    assert one["changes"] == changes["changes"][1]["changes"]


async def test_long_snapshot_and_change_are_fetched_where_they_say(node: Node) -> None:
    board = await make(node)
    artist, other = await Artist.join(node, "bert"), await Artist.join(node, "carl")
    await artist.open(board)
    await other.open(board)
    points = [0, 0, 128] + [123, -123, 10] * 4_900
    ack = await artist.draw(board, 1, rect("e1", type="stroke", points=points))
    assert ack["version"] == 2
    change = await other.next()
    told = await ok(node, "GET", change["url"].removeprefix("/api/v1"), token("carl"))
    assert told["changes"][0]["props"]["points"] == points
    snapshot = await other.open(board)
    content = await ok(node, "GET", snapshot["url"].removeprefix("/api/v1"), token("carl"))
    assert content["elements"][0]["points"] == points


async def test_share_link_opens_its_board_for_drawing(node: Node) -> None:
    board, other, anna = await make(node), await make(node), token("anna")
    link = await ok(node, "POST", f"/boards/{board}/links", anna, {"role": "editor", "ttl": "1h"})
    socket = await node.socket()
    await socket.send_json({"type": "join", "id": 1, "token": link["token"]})
    assert (await receive(socket))["type"] == "joined"
    guest = Artist(socket)
    assert (await guest.open(board))["version"] == 1
    assert (await guest.draw(board, 1, rect("e1")))["version"] == 2
    assert (await guest.open(other))["code"] in {"forbidden", "not_found"}


async def fetched(node: Node, path: str, bearer: str) -> tuple[int, bytes, Any]:
    headers = {"Authorization": f"Bearer {bearer}"}
    async with node.http.get(f"{node.url}/api/v1{path}", headers=headers) as response:
        return response.status, await response.read(), response.headers


async def test_board_is_exported_in_every_form(node: Node) -> None:
    board, vera = await make(node, template="flowchart"), token("vera", role=Role.VIEWER)
    begins = {"svg": b"<svg ", "png": b"\x89PNG", "pdf": b"%PDF", "json": b'{"type":"sfumato-board"'}
    for form, begin in begins.items():
        status, data, headers = await fetched(node, f"/boards/{board}/export?format={form}", vera)
        assert (form, status, headers["ETag"], data[: len(begin)]) == (form, 200, '"1"', begin)
        assert headers["Content-Disposition"].startswith(f'attachment; filename="board.{form}"')
        assert "sandbox" in headers["Content-Security-Policy"]
    for query, expected in (("format=exe", 400), ("page=p9", 404), ("version=9", 404)):
        assert (await fetched(node, f"/boards/{board}/export?{query}", vera))[0] == expected


async def test_exported_board_is_the_same_when_it_is_imported(node: Node) -> None:
    anna = token("anna")
    board, other = await make(node, template="retro"), await make(node)
    exported = await ok(node, "GET", f"/boards/{board}/export?format=json", anna)
    artist = await Artist.join(node, "bert")
    await artist.open(other)
    done = await ok(node, "POST", f"/boards/{other}/import", anna, exported)
    assert done == {"elements": len(exported["elements"]), "version": 2}
    assert (await artist.next())["version"] == 2
    content = await ok(node, "GET", f"/boards/{other}/content", anna)
    assert content == {"pages": exported["pages"], "elements": exported["elements"]}
    again = await ok(node, "POST", f"/boards/{other}/import", anna, exported)
    assert again["version"] == 3
    content = await ok(node, "GET", f"/boards/{other}/content", anna)
    assert len({one["id"] for one in content["elements"]}) == 2 * len(exported["elements"])


async def test_drawing_imported_again_with_the_same_key_is_there_once(node: Node) -> None:
    board = await make(node)
    address, headers = f"{node.url}/api/v1/boards/{board}/import", {"Idempotency-Key": "k"}
    # Of ids that are longer the second time the last would no longer be in the one submit.
    ids = [f"e{number:04}" for number in range(160)]
    elements = [rect(name, text="x" * 110)["props"] | {"id": name} for name in ids]
    drawing = {"type": "sfumato-board", "pages": [{"id": "p1"}], "elements": elements}
    for bearer in (token("anna"), token("anna"), token("bert")):
        headers["Authorization"] = f"Bearer {bearer}"
        async with node.http.post(address, json=drawing, headers=headers) as response:
            assert response.status == 200
    content = await ok(node, "GET", f"/boards/{board}/content", token("anna"))
    assert len(content["elements"]) == 2 * len(ids)  # once for anna, once for bert


async def test_picture_is_imported_as_an_element(node: Node) -> None:
    board, anna, data = await make(node), token("anna"), png(30, 20)
    headers = {"Authorization": f"Bearer {anna}"}
    async with node.http.post(
        f"{node.url}/api/v1/boards/{board}/import", data=data, headers=headers
    ) as response:
        assert response.status == 200
    (image,) = (await ok(node, "GET", f"/boards/{board}/content", anna))["elements"]
    assert (image["type"], image["box"]) == ("image", [0, 0, 30, 20, 0])
    assert (await fetched(node, f"/files/{image['file']}", anna))[1] == data
    assert (await fetched(node, f"/boards/{board}/export?format=pdf", anna))[1].count(b"/Subtype /Image") == 1


async def test_exported_board_has_its_pictures_wherever_it_is_imported(node: Node) -> None:
    board, anna, data = await make(node), token("anna"), png(30, 20)
    headers = {"Authorization": f"Bearer {anna}"}
    address = f"{node.url}/api/v1/boards/{board}/import"
    async with node.http.post(address, data=data, headers=headers) as response:
        assert response.status == 200
    exported = await ok(node, "GET", f"/boards/{board}/export?format=json", anna)
    (name,) = exported["files"]
    bert = token("bert", "elsewhere")
    other = (await ok(node, "POST", "/rooms/elsewhere/boards", bert, {"title": "Copy"}))["id"]
    await ok(node, "POST", f"/boards/{other}/import", bert, exported)
    assert (await fetched(node, f"/files/{name}", bert))[1] == data
    again = await ok(node, "GET", f"/boards/{other}/export?format=json", bert)
    for one in (*exported["elements"], *again["elements"]):
        del one["author"]
    assert again | {"title": exported["title"]} == exported

    # A picture that lies is none, and nothing comes with it.
    lie = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    name = sha256(lie).hexdigest()
    exported["elements"][0]["file"] = name
    exported["files"] = {name: {"dataURL": data_url("image/png", lie)}}
    status, problem = await node.call("POST", f"/boards/{other}/import", bert, exported)
    assert (status, problem["code"]) == (400, "bad_message")
    assert (await fetched(node, f"/files/{name}", bert))[0] == 404
    assert (await ok(node, "GET", f"/boards/{other}", bert))["version"] == again["version"]


async def test_file_that_is_no_drawing_is_refused_and_changes_nothing(node: Node) -> None:
    board, anna = await make(node), token("anna")
    for body in ("text", {"type": "excalidraw"}, {"type": "other", "elements": []}, [1] * 10):
        status, problem = await node.call("POST", f"/boards/{board}/import", anna, body)
        assert (status, problem["code"]) == (400, "bad_message")
    assert (await ok(node, "GET", f"/boards/{board}", anna))["version"] == 1
