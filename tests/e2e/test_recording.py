"""A meeting in Chromium is recorded, with what is written and drawn in it."""

import json
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.e2e.board_page import make_board
from tests.e2e.conftest import StartChromium
from tests.e2e.document_page import create_document, write
from tests.e2e.meeting_page import new_room
from tests.e2e.room_page import enter_room, plays, wait_for
from tests.e2e.server import Server
from tests.e2e.test_accessibility import AXE, grave_findings

pytestmark = pytest.mark.e2e

RECORDING = "document.querySelector('.head .recording') !== null"
DEADLINE_S = 90

WATCH_BY_WHEP = """async (room) => {
  const asked = `/api/v1/dev-token?room=${room}&name=Watcher&identity=watcher&role=viewer`;
  const { token } = await (await fetch(asked)).json();
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  const { receiver } = connection.addTransceiver("video", { direction: "recvonly" });
  connection.addTransceiver("audio", { direction: "recvonly" });
  await connection.setLocalDescription(await connection.createOffer());
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/sdp" };
  const body = connection.localDescription.sdp;
  const answer = await fetch(`/whep/${room}`, { method: "POST", headers, body });
  await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  const video = Object.assign(document.createElement("video"), { muted: true, autoplay: true });
  video.srcObject = new MediaStream([receiver.track]);
  await new Promise((shown) => video.requestVideoFrameCallback(shown));
  const gone = await fetch(answer.headers.get("Location"), { method: "DELETE", headers });
  connection.close();
  return gone.ok ? video.videoWidth : 0;
}"""
"""Width of the picture that a page gets by one request, after it has left by another."""


async def api(page: Page, path: str) -> Any:
    """An answer of the API, as the page may ask for it."""
    asked = f"window.sfumato.meeting.http({json.dumps('/api/v1' + path)}).then((answer) => answer.json())"
    return await page.evaluate(asked)


async def make_film(ada: Page, bo: Page) -> None:
    """Who may record hears that it is saved, and makes a film of it; everything stands in the list, too."""
    await ada.get_by_text("Recording saved").wait_for()
    assert await bo.get_by_text("Recording saved").count() == 0
    await ada.get_by_role("button", name="Make a film", exact=True).click()
    await ada.get_by_role("radio", name="Speaker: Who speaks, large").check(force=True)
    await ada.get_by_role("button", name="Make the film").click()
    film = ada.get_by_role("link", name="Download Speaker, MP4")
    await film.wait_for(timeout=DEADLINE_S * 1000)
    head = f"fetch({json.dumps(await film.get_attribute('href'))}, {{ method: 'HEAD' }})"
    assert await ada.evaluate(f"{head}.then((one) => one.headers.get('Content-Type'))") == "video/mp4"
    assert await grave_findings(ada) == []
    await ada.keyboard.press("Escape")
    await choose(ada, "Recordings")
    listed = ada.locator(".recordings li")
    await listed.first.wait_for()
    assert await listed.count() == 1
    assert "Ada" in await listed.inner_text()
    assert await grave_findings(ada) == []
    # From the list to its films and back.
    await listed.get_by_role("button", name="Make a film").click()
    await film.wait_for()
    await ada.keyboard.press("Escape")
    await listed.wait_for()
    # The replay opens with all that may be done; its address passes on no more than a link does.
    async with ada.context.expect_page() as opened:
        await listed.get_by_role("button", name="Watch").click()
    replay = await opened.value
    await replay.get_by_role("button", name="Make a film").wait_for()
    assert "films" not in await replay.evaluate("location.hash")
    await replay.get_by_role("button", name="Download").click()
    await replay.get_by_role("link", name="Speaker, MP4").wait_for()
    await replay.close()
    delete = listed.get_by_role("button", name="Delete")
    await delete.click()
    await ada.get_by_role("heading", name="Recordings").click()
    await listed.get_by_role("button", name="Really delete").wait_for(state="detached")
    await ada.keyboard.press("Escape")


async def fetch(page: Page, path: str) -> bytes:
    """A file, as the page may have it."""
    read = f"""window.sfumato.meeting.http({json.dumps("/api/v1" + path)}).then(
      async (answer) => [...new Uint8Array(await answer.arrayBuffer())])"""
    return bytes(await page.evaluate(read))


async def choose(page: Page, words: str) -> None:
    """Something from the menu of the toolbar."""
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name=words, exact=True).click()


async def test_a_meeting_is_recorded_with_its_document_chat_and_board(
    server: Server, chromium: StartChromium, tmp_path: Path
) -> None:
    browser = await chromium()
    room = new_room()
    ada = await enter_room(browser, server, room, "Ada", AXE.read_text(), role="host")
    bo = await enter_room(browser, server, room, "Bo", camera=0, mic=0)
    await wait_for(bo, plays("Ada"))
    await choose(ada, "Record the meeting")
    await bo.get_by_role("button", name="Pin Ada").click()
    for page in (ada, bo):
        await wait_for(page, RECORDING)
        await page.get_by_text("This meeting is being recorded.").wait_for()
    assert await bo.evaluate("document.querySelector('[role=status] .notice') !== null")
    await bo.get_by_role("button", name="More", exact=True).click()
    assert await bo.get_by_role("menuitem", name="Stop recording").count() == 0
    await bo.keyboard.press("Escape")
    late = await enter_room(browser, server, room, "Cy", camera=0, mic=0)
    await wait_for(late, RECORDING)

    assert await late.evaluate(WATCH_BY_WHEP, room) > 0

    await create_document(ada, "Plan")
    await write(ada, "Buy bread")
    await wait_for(ada, "document.querySelector('.standing')?.textContent === 'Saved'")
    await make_board(ada)
    paper = ada.locator(".board-paper, .board canvas").last
    box = await paper.bounding_box()
    assert box is not None
    await ada.keyboard.press("p")
    await ada.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await ada.mouse.down()
    await ada.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 + 30, steps=5)
    await ada.mouse.up()
    await wait_for(
        ada, "window.sfumatoBoard.editor.board.saved && window.sfumatoBoard.editor.board.elements.size"
    )
    await bo.evaluate("window.sfumato.meeting.chat.say('Hello')")
    await wait_for(ada, "document.body.textContent.includes('Hello')")

    await choose(ada, "Stop recording")
    for page in (ada, bo, late):
        await wait_for(page, f"!({RECORDING})")
    listed = await api(ada, f"/rooms/{room}/recordings")
    (recording,) = listed["recordings"]
    at = f"/recordings/{recording['id']}"
    finished = f"""window.sfumato.meeting.http("/api/v1{at}").then((answer) => answer.json())
      .then((one) => one.state !== "recording" && one.state !== "finishing")"""
    await ada.evaluate(
        f"(async () => {{ while (!(await {finished})) await new Promise((go) => setTimeout(go, 200)); }})()"
    )
    await make_film(ada, bo)
    kept = await api(ada, at)
    assert kept["state"] == "finished"
    assert {problem["code"] for problem in kept["problems"]} <= {"clock_jump"}
    assert {(one["source"], one["codec"]) for one in kept["files"]} == {
        ("camera", "VP8"),
        ("microphone", "opus"),
    }
    for one in kept["files"]:
        path = tmp_path / one["name"]
        path.write_bytes(await fetch(ada, f"{at}/files/{one['name']}"))
        assert sha256(path.read_bytes()).hexdigest() == one["sha256"]
        told = json.loads(run("ffprobe", "-v", "error", "-of", "json", "-show_format", str(path)))
        assert abs(float(told["format"]["duration"]) - one["duration_ms"] / 1000) < 0.5
        assert run("ffmpeg", "-v", "error", "-i", str(path), "-f", "null", "-") == ""

    lines = [json.loads(line) for line in (await fetch(ada, f"{at}/files/journal.jsonl")).splitlines()]
    kinds = {line["kind"] for line in lines}
    assert {"joined", "published", "document", "board", "board_change", "message"} <= kinds
    typed = [op for line in lines if line["kind"] == "document_change" for op in line["delta"]["ops"]]
    whole = [op for line in lines if line["kind"] == "document" for op in line["delta"]["ops"]]
    written = "".join(str(op["insert"]) for op in [*whole, *typed] if "insert" in op)
    assert sorted(written.replace("\n", "")) == sorted("Buy bread")
    drawn = [entry for line in lines if line["kind"] == "board_change" for entry in line["changes"]]
    assert any(entry.get("props", {}).get("type") == "stroke" for entry in drawn)
    assert [line["text"] for line in lines if line["kind"] == "message"] == ["Hello"]
    (camera,) = [
        line["track"] for line in lines if line["kind"] == "published" and line["source"] == "camera"
    ]
    pins = [line["tracks"] for line in lines if line["kind"] == "pinned"]
    assert pins == [[camera]]  # what stands on a stage by itself is no pin
    joined = {line["name"] for line in lines if line["kind"] == "joined"}
    assert joined == {"Ada", "Bo", "Cy", "Watcher"}
    assert browser.errors == []


def run(*command: str) -> str:
    """What a program says, of what goes wrong too."""
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=DEADLINE_S)
    return done.stdout + done.stderr
