"""Captures offers of real clients into tests/data/sdp: `python -m tests.sfu.sdp.capture`.

Each file is one offer, host addresses replaced. Files with a number are one connection's offers in order,
each made after our answer to the one before.
"""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from tests.sfu.sdp.browsers import BROWSERS, Page, open_page
from tests.sfu.sdp.parties import Server

DATA = Path(__file__).parents[2] / "data" / "sdp"

_SINGLE: dict[str, dict[str, Any]] = {
    "meeting": {"slots": 9, "rids": ["q", "h", "f"], "data": True},
    "data_only": {"publish": False, "data": True},
    "av1_and_red_first": {"video": ["AV1"], "audio": ["red"], "slots": 1},
    "vp9_single": {"video": ["VP9"]},
    "vp9_simulcast": {"video": ["VP9"], "rids": ["q", "h", "f"]},
    "h264_best_first": {"video": ["H264"], "rids": ["f", "h", "q"]},
}
_STEPS = (
    "true",
    "activate('1', 'h', false)",
    "slot('video') && slot('audio')",
    "transceiver('2').stop() ?? true",
    "slot('audio') && (transceiver('3').direction = 'inactive')",
    "(transceiver('3').direction = 'recvonly')",
    "(transceiver('1').direction = 'inactive')",
)


def save(name: str, text: str) -> None:
    """Write an offer with documentation addresses in place of the host's."""
    text = re.sub(r"(?<![\d.])(?!0\.0\.0\.0|127\.0\.0\.1)\d+\.\d+\.\d+\.\d+(?![\d.])", "192.0.2.1", text)
    text = re.sub(r"(?<= )[0-9a-f]*:[0-9a-f:]*:[0-9a-f]*(?= )", "2001:db8::1", text)
    (DATA / f"{name}.sdp").write_text(text, newline="")


async def capture_sequence(browser: str, page: Page) -> None:
    """One connection through growth, deletion, reuse, parking and an ICE restart."""
    server = Server()
    for number, step in enumerate(_STEPS):
        await page.evaluate(step)
        text = await page.evaluate("offer()")
        save(f"{browser}_sequence_{number}", text)
        _, answer = server.answer(text)
        await page.evaluate(f"accept({json.dumps(answer)})")
    save(f"{browser}_sequence_{len(_STEPS)}", await page.evaluate("offer({iceRestart: true})"))


async def capture_browser(browser: str) -> None:
    """All files of one browser."""
    async with open_page(browser) as page:
        for name, options in _SINGLE.items():
            await page.evaluate(f"open({json.dumps(options)})")
            save(f"{browser}_{name}", await page.evaluate("offer()"))
        await page.evaluate(f"open({json.dumps({'slots': 2, 'rids': ['q', 'h', 'f'], 'data': True})})")
        await capture_sequence(browser, page)


async def capture_aiortc() -> None:
    """What aiortc writes: candidates in each m-line, three fingerprints, no transport-cc."""
    connection = RTCPeerConnection(RTCConfiguration(bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
    connection.addTransceiver(AudioStreamTrack(), "sendonly")
    connection.addTransceiver(VideoStreamTrack(), "sendonly")
    for _ in range(2):
        connection.addTransceiver("audio", "recvonly")
        connection.addTransceiver("video", "recvonly")
    connection.createDataChannel("chat")
    await connection.setLocalDescription(await connection.createOffer())
    save("aiortc_meeting", connection.localDescription.sdp)
    await connection.close()


async def main() -> None:
    """Capture everything."""
    DATA.mkdir(parents=True, exist_ok=True)
    for browser in BROWSERS:
        await capture_browser(browser)
    await capture_aiortc()


if __name__ == "__main__":
    asyncio.run(main())
