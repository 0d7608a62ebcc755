"""Real browsers take the answers: first, after growth, deletion, reuse, parking and an ICE restart."""

import json
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from sfu.sdp.negotiation import Negotiated
from tests.sfu.sdp.browsers import BROWSERS, Page, open_page
from tests.sfu.sdp.parties import Server, listed

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(params=BROWSERS, scope="module", loop_scope="module")
async def browser(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, Page]]:
    """(name, page) of each browser in turn; `open` on the page begins a new connection."""
    if shutil.which(BROWSERS[request.param]) is None:
        pytest.skip(f"{BROWSERS[request.param]} is not installed")
    async with open_page(request.param) as page:
        yield request.param, page


async def _negotiate(
    page: Page, server: Server, *, tracks: list | None = None, restart: bool = False
) -> tuple[Negotiated, dict[str, Any]]:
    """One offer and answer; the browser's view of its transceivers by mid."""
    text = await page.evaluate(f"offer({json.dumps({'iceRestart': restart})})")
    negotiated, answer = server.answer(text, tracks)
    view = await page.evaluate(f"accept({json.dumps(answer)})")
    assert view["state"] == "stable"
    return negotiated, view["transceivers"]


def _directions(view: dict[str, Any]) -> dict[str, str]:
    return {mid: entry["direction"] for mid, entry in view.items()}


async def _open(page: Page, **options: Any) -> None:
    await page.evaluate(f"open({json.dumps(options)})")


async def test_meeting_is_taken_and_slots_come_with_their_seats(browser):
    _, page = browser
    await _open(page, slots=2, rids=["q", "h", "f"], data=True)
    negotiated, view = await _negotiate(page, Server())
    assert _directions(view) == dict.fromkeys("01", "sendonly") | dict.fromkeys("2345", "recvonly")
    for slot in negotiated.slots:
        assert view[slot.mid]["streams"] == [f"seat-{slot.seat}"]
    camera = next(entry for entry in negotiated.publishes if entry.kind == "video")
    assert camera.codec.key == "VP8"
    assert [entry["rid"] for entry in view["1"]["encodings"]] == ["q", "h", "f"]
    assert all(entry["active"] for entry in view["1"]["encodings"])
    assert negotiated.data is not None


async def test_payload_types_of_the_answer_are_used(browser):
    name, page = browser
    await _open(page, slots=1, rids=["q", "h", "f"])
    negotiated, view = await _negotiate(page, Server())
    (camera,) = (entry for entry in negotiated.publishes if entry.kind == "video")
    (slot,) = (entry for entry in negotiated.slots if entry.kind == "video")
    sent, received = view["1"]["sent"], view[slot.mid]["received"]
    assert f"{camera.payload_type} video/VP8" in sent
    if name == "chromium":  # Firefox tells nothing of receivers
        assert sent == [f"{camera.payload_type} video/VP8", f"{camera.rtx_payload_type} video/rtx"]
        assert received[0] == f"{slot.codecs[0].payload_type} video/VP8"
        for entry in slot.codecs:
            assert f"{entry.payload_type} video/{entry.codec.name}" in received
            assert f"{entry.rtx_payload_type} video/rtx" in received


async def test_slots_grow_and_go_without_touching_the_others(browser):
    _, page = browser
    server = Server()
    await _open(page, slots=2)
    first, _ = await _negotiate(page, server)
    await page.evaluate("slot('audio') && slot('video')")
    grown, view = await _negotiate(page, server)
    assert {slot.mid: slot.seat for slot in grown.slots} == {"2": 1, "3": 1, "4": 2, "5": 2, "6": 3, "7": 3}
    assert view["7"]["streams"] == ["seat-3"]
    await page.evaluate("transceiver('3').stop() ?? true")
    deleted, view = await _negotiate(page, server)
    assert "3" not in {slot.mid for slot in deleted.slots}
    await page.evaluate("slot('video')")
    again, view = await _negotiate(page, server)
    (new,) = (slot for slot in again.slots if slot.mid not in {slot.mid for slot in grown.slots})
    assert (new.seat, new.line.index) == (1, 3)
    assert view[new.mid]["direction"] == "recvonly"
    kept = {slot.mid: slot.ssrc for slot in first.slots if slot.mid != "3"}
    assert kept.items() <= {slot.mid: slot.ssrc for slot in again.slots}.items()


async def test_slot_is_parked_and_returns(browser):
    _, page = browser
    server = Server()
    await _open(page, slots=1)
    first, _ = await _negotiate(page, server)
    for direction, parked in (("inactive", True), ("recvonly", False)):
        await page.evaluate(f"transceiver('3').direction = {direction!r}")
        negotiated, view = await _negotiate(page, server)
        assert [slot.parked for slot in negotiated.slots if slot.mid == "3"] == [parked]
        assert view["3"]["direction"] == direction
        assert [slot.ssrc for slot in negotiated.slots] == [slot.ssrc for slot in first.slots]


async def test_encoding_the_page_stopped_stays_stopped_over_a_renegotiation(browser):
    name, page = browser
    server = Server()
    await _open(page, rids=["q", "h", "f"])
    await _negotiate(page, server)
    await page.evaluate("activate('1', 'h', false)")
    negotiated, view = await _negotiate(page, server)
    assert [entry["active"] for entry in view["1"]["encodings"]] == [True, False, True]
    paused = [entry.rid for entry in negotiated.publishes[1].answered_rids if entry.paused]
    assert paused == (["h"] if name == "chromium" else [])


async def test_camera_pauses_and_returns_with_its_simulcast(browser):
    name, page = browser
    server = Server()
    await _open(page, rids=["q", "h", "f"])
    await _negotiate(page, server)
    await page.evaluate("transceiver('1').direction = 'inactive'")
    silent, view = await _negotiate(page, server)
    assert [entry.mid for entry in silent.publishes] == ["0"]
    assert view["1"]["direction"] == "inactive"
    await page.evaluate("transceiver('1').direction = 'sendonly'")
    again, view = await _negotiate(page, server)
    assert view["1"]["direction"] == "sendonly"
    if name == "chromium":
        assert again.publishes[1].rids == ("q", "h", "f")
        assert [entry["rid"] for entry in view["1"]["encodings"]] == ["q", "h", "f"]
    else:  # Firefox offers no rids while inactive, and has given simulcast up for good after that
        assert again.publishes[1].rids == ()


async def test_camera_that_comes_after_the_slots_has_its_simulcast(browser):
    _, page = browser
    server = Server()
    await _open(page, slots=1, publish=False)
    await _negotiate(page, server)
    await page.evaluate("publishCamera(['q', 'h', 'f'])")
    negotiated, view = await _negotiate(page, server)
    assert [section.rids for section in negotiated.publishes] == [("q", "h", "f")]
    assert [entry["rid"] for entry in view["2"]["encodings"]] == ["q", "h", "f"]


async def test_forbidden_camera_is_inactive_until_it_is_allowed(browser):
    _, page = browser
    server = Server()
    await _open(page, slots=1, rids=["q", "f"])
    refused, view = await _negotiate(page, server, tracks=[listed("0", "microphone")])
    assert refused.refused == (("1", "forbidden"),)
    assert _directions(view) == {"0": "sendonly", "1": "inactive", "2": "recvonly", "3": "recvonly"}
    allowed, view = await _negotiate(page, server)
    assert _directions(view)["1"] == "sendonly"
    assert allowed.publishes[1].rids == ("q", "f")


async def test_ice_restarts_with_new_credentials_on_the_same_connection(browser):
    _, page = browser
    server = Server()
    await _open(page, slots=1, data=True)
    before, _ = await _negotiate(page, server)
    after, _ = await _negotiate(page, server, restart=True)
    assert after.ice_restart
    assert after.fingerprints == before.fingerprints
    assert [slot.ssrc for slot in after.slots] == [slot.ssrc for slot in before.slots]


@pytest.mark.parametrize("codec", ["AV1", "VP9"])
async def test_simulcast_of_another_codec_is_taken(browser, codec):
    _, page = browser
    await _open(page, rids=["q", "h", "f"], video=[codec], slots=1)
    negotiated, view = await _negotiate(page, Server())
    assert negotiated.publishes[1].codec.name == codec
    assert view["1"]["direction"] == "sendonly"
    assert len(view["1"]["encodings"]) == 3


async def test_red_is_taken_where_the_browser_prefers_it(browser):
    name, page = browser
    await _open(page, audio=["red"])
    negotiated, view = await _negotiate(page, Server())
    assert view["0"]["direction"] == "sendonly"
    if name == "chromium":  # Firefox has no RED for audio
        assert negotiated.publishes[0].red_payload_type is not None
        assert view["0"]["sent"][0].endswith("audio/red")
    else:
        assert negotiated.publishes[0].red_payload_type is None


async def test_connection_with_only_data_is_taken(browser):
    _, page = browser
    await _open(page, publish=False, data=True)
    negotiated, view = await _negotiate(page, Server())
    assert negotiated.data is not None
    assert view == {}
