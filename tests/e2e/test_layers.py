"""A browser goes on decoding whatever layers of a stream it is left with."""

import asyncio

import pytest

from tests.e2e.conftest import StartChromium
from tests.e2e.layered_call import LayeredCall, layered_call

pytestmark = pytest.mark.e2e

FLAGS = ("--use-fake-device-for-media-stream=fps=30",)
"""A frame of the lowest of three temporal layers each 133 ms: from 250 ms on a browser counts freezes."""

FRAMES = 25
"""In a stretch: some times the longest pattern of layers."""

STRETCHES = 8


async def decodes(call: LayeredCall, width: int) -> None:
    """Wait for a stretch of frames of this width without a freeze; the browser may never miss a picture.

    A machine that has too much to do freezes now and then; layers that do not fit together, always.
    """
    after = await call.wait_received(f"now.width === {width}", 180)
    for _ in range(STRETCHES):
        before = after
        after = await call.wait_received(f"now.frames >= {before['frames'] + FRAMES}", 180)
        assert (after["width"], after["plis"]) == (width, before["plis"])
        if after["freezes"] == before["freezes"]:
            return
    raise AssertionError(f"it freezes: {before}, {after}")


async def sends(call: LayeredCall, spatial: int | None, temporal: int | None) -> None:
    """Wait until the node sends up to these layers."""
    async with asyncio.timeout(180):
        while True:
            now = asyncio.get_running_loop().time()
            info = call.slot.layer_info(now)
            if info is not None and (info.spatial, info.temporal) == (spatial, temporal):
                return
            await asyncio.sleep(0.05)


async def temporal_layers(chromium: StartChromium, codec: str) -> None:
    async with layered_call(
        await chromium(flags=FLAGS), codec, "L1T3", width=320, height=180, fps=30
    ) as call:
        call.show()
        await call.wait_received("now.width === 320 && now.frames > 30")
        for fps, temporal in ((5, 0), (12, 1), (0, 2), (5, 0), (0, 2)):
            call.show(fps=fps)
            await sends(call, None, temporal)
            await decodes(call, 320)


async def test_vp8_decodes_at_each_temporal_layer(chromium: StartChromium) -> None:
    await temporal_layers(chromium, "VP8")


async def test_vp9_decodes_at_each_temporal_layer(chromium: StartChromium) -> None:
    await temporal_layers(chromium, "VP9")


async def test_av1_decodes_at_each_temporal_layer(chromium: StartChromium) -> None:
    await temporal_layers(chromium, "AV1")


async def spatial_layers(
    chromium: StartChromium, codec: str, mode: str, widths: tuple[int, ...], view: tuple[int, ...]
) -> None:
    browser, top = await chromium(), widths[-1]
    async with layered_call(browser, codec, mode, width=top, height=top * 9 // 16) as call:
        call.show()
        await call.wait_received(f"now.width === {top} && now.frames > 30", 180)
        for spatial in view:
            width = widths[spatial]
            call.show(width, width * 9 // 16)
            await sends(call, spatial, 2)
            await decodes(call, width)


async def test_vp9_decodes_at_each_spatial_layer(chromium: StartChromium) -> None:
    await spatial_layers(chromium, "VP9", "L3T3_KEY", (320, 640, 1280), (0, 1, 2, 0, 2))


async def test_vp9_decodes_with_layers_that_refer_to_each_other(chromium: StartChromium) -> None:
    await spatial_layers(chromium, "VP9", "L2T3", (320, 640), (0, 1))


async def test_av1_decodes_at_each_spatial_layer(chromium: StartChromium) -> None:
    await spatial_layers(chromium, "AV1", "L2T3_KEY", (320, 640), (0, 1))
