"""Records the layered streams in tests/data/rtp: what Chromium sends, beside what it says of each frame.

    python -m tests.e2e.record_layers [NAME …]

A stream is three seconds long, with a key frame asked for in the middle. The format is that of
tests/sfu/codecs/captured.py; streams of few bits are kept whole, so that they can be decoded.
"""

import asyncio
import gzip
import json
import sys
from typing import Any

from playwright.async_api import async_playwright

from sfu.layer import Layer
from sfu.rtp.packet import RtpPacket
from tests.e2e.chromium import Chromium
from tests.e2e.layered_call import layered_call
from tests.e2e.requirements import require
from tests.sfu.codecs.captured import DATA

STREAMS = {
    "layers_vp8_l1t3": ("VP8", "L1T3", 320, 30),
    "layers_vp9_l1t3": ("VP9", "L1T3", 320, 30),
    "layers_vp9_l3t3": ("VP9", "L3T3", 1280, 12),
    "layers_vp9_l3t3_key": ("VP9", "L3T3_KEY", 1280, 12),
    "layers_av1_l1t3": ("AV1", "L1T3", 320, 30),
    "layers_av1_l3t3": ("AV1", "L3T3", 1280, 8),
    "layers_av1_l3t3_key": ("AV1", "L3T3_KEY", 1280, 8),
}
WHOLE = {
    "whole_vp9_l3t3_key": ("VP9", "L3T3_KEY", 1280, 6),
    "whole_av1_l2t2": ("AV1", "L2T2", 640, 6),
}
WHOLE_BPS = 1_500_000
"""Few, and enough for three layers."""

SECONDS = 3.0
FLAGS = ("--use-fake-device-for-media-stream=fps=30",)
HEAD_BYTES = 44
"""Of a payload kept: descriptors and the sizes in a key frame's header."""


class PacketRecorder:
    """A sink that keeps the packets of a layer, from a key frame on."""

    def __init__(self) -> None:
        self.packets: list[RtpPacket] = []

    def forward(self, layer: Layer, batch: list[RtpPacket], now: float) -> None:
        """Keep a batch."""
        del layer, now
        for packet in batch:
            if self.packets or (packet.facts is not None and packet.facts.keyframe):
                self.packets.append(packet)

    def restart(self, layer: Layer) -> None:
        """Never happens in one call."""
        raise RuntimeError("the stream began anew")


def coded(packet: RtpPacket, whole: bool = False) -> list[Any]:
    """A packet as the file has it."""
    descriptor = b"".join(data for name, data in packet.extras if name == "dependency_descriptor")
    kept = packet.payload if whole else packet.payload[:HEAD_BYTES]
    return [packet.timestamp, int(packet.marker), descriptor.hex(), len(packet.payload), kept.hex()]


async def record(name: str) -> None:
    """Record one stream, and save it."""
    codec, mode, width, fps = STREAMS.get(name) or WHOLE[name]
    bits = {"bitrate_bps": WHOLE_BPS} if name in WHOLE else {}
    recorder = PacketRecorder()
    async with (
        async_playwright() as playwright,
        Chromium(playwright, require("chromium"), None, FLAGS) as browser,
        layered_call(
            browser, codec, mode, width=width, height=width * 9 // 16, fps=fps, watched=True, **bits
        ) as call,
    ):
        call.show()
        await call.wait_received(f"now.width === {width} && now.frames > 10", 120)
        call.layer.sinks.append(recorder)
        for _ in range(2):
            call.layer.want_keyframe(asyncio.get_running_loop().time())
            await asyncio.sleep(SECONDS / 2)
        call.layer.sinks.remove(recorder)
        frames: list[list[Any]] = await call.sender.evaluate("frames")
    if name in WHOLE:
        save_whole(name, codec, recorder.packets)
    else:
        save(name, codec, recorder.packets, frames)


def save_whole(name: str, codec: str, packets: list[RtpPacket]) -> None:
    """Write whole pictures with all their bytes."""
    content = {"codec": codec, "packets": [coded(packet, whole=True) for packet in whole_pictures(packets)]}
    path = DATA / f"{name}.json.gz"
    path.write_bytes(gzip.compress(json.dumps(content).encode(), mtime=0))
    print(f"{path.name}: {len(content['packets'])} packets, {path.stat().st_size} bytes")


def whole_pictures(packets: list[RtpPacket]) -> list[RtpPacket]:
    """Up to the last packet of the last picture."""
    return packets[: 1 + max(number for number, packet in enumerate(packets) if packet.marker)]


def save(name: str, codec: str, packets: list[RtpPacket], frames: list[list[Any]]) -> None:
    """Write whole pictures; of a frame the page tells which it refers to, the file how far back they are."""
    whole = whole_pictures(packets)
    timestamps = {packet.timestamp for packet in whole}
    told = [
        [*frame[:7], [frame[6] - reference for reference in frame[7]]]
        for frame in frames
        if frame[0] in timestamps
    ]
    tables = {"packets": [coded(packet) for packet in whole], "frames": told}
    written = [f'"codec": "{codec}"']
    for key, table in tables.items():
        written.append(f'"{key}": [\n' + ",\n".join(json.dumps(row) for row in table) + "\n]")
    path = DATA / f"{name}.json"
    path.write_text("{" + ",\n".join(written) + "}\n")
    print(f"{path.name}: {len(whole)} packets, {len(told)} frames, {path.stat().st_size} bytes")


def main() -> None:
    """Record all streams, or those named."""
    for name in sys.argv[1:] or [*STREAMS, *WHOLE]:
        asyncio.run(record(name))


if __name__ == "__main__":
    main()
