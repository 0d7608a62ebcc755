"""The Chromium driver and the pattern's way through a camera, an encoder, a decoder and a page script."""

import pytest

from tests.e2e.conftest import StartChromium
from tests.e2e.loopback_page import MIRROR_HTML, serve_page

pytestmark = pytest.mark.e2e


async def test_the_person_filmed_is_read_from_the_received_video(chromium: StartChromium) -> None:
    async with serve_page(MIRROR_HTML) as url:
        page = await (await chromium(person=4242)).open(url)
        assert await page.evaluate("mirror()") == 2
        await page.wait_for_function(
            "readPattern(remote).person === 4242 && readPattern(remote).width === 1280"
        )
        assert await page.evaluate("readPattern(remote)") == {"person": 4242, "width": 1280, "height": 720}
        assert [seen["person"] for seen in await page.evaluate("readPatterns()")] == [4242, 4242]


async def test_audio_energy_and_decoded_frames_are_counted(
    chromium: StartChromium,
) -> None:
    async with serve_page(MIRROR_HTML) as url:
        page = await (await chromium(person=1)).open(url)
        await page.evaluate("mirror()")
        await page.wait_for_function(
            """async () => {
              const media = Object.values(await receivedMedia(far));
              return media.some((m) => m.kind === "audio" && m.energy > 0)
                && media.some((m) => m.kind === "video" && m.frames > 5);
            }"""
        )


async def test_two_chromiums_film_different_people(chromium: StartChromium) -> None:
    async with serve_page(MIRROR_HTML) as url:
        for person in (10, 20):
            page = await (await chromium(person=person)).open(url)
            await page.evaluate("mirror()")
            await page.wait_for_function(f"readPattern(document.querySelector('#local')).person === {person}")


async def test_the_fake_camera_without_a_file_is_nobody(chromium: StartChromium) -> None:
    async with serve_page(MIRROR_HTML) as url:
        page = await (await chromium()).open(url)
        await page.evaluate("mirror()")
        await page.wait_for_function("readPattern(remote).width > 0")
        assert (await page.evaluate("readPattern(remote)"))["person"] is None


async def test_errors_of_a_page_are_collected(chromium: StartChromium) -> None:
    browser = await chromium()
    async with serve_page("<!doctype html><script>console.error('said')</script>") as url:
        page = await browser.open(url)
        await page.evaluate("setTimeout(() => { throw new Error('thrown') })")
        await page.wait_for_function("true")
    assert any("said" in error for error in browser.errors)
    assert any("thrown" in error for error in browser.errors)
