"""The Firefox driver: scripts, errors, a camera."""

import pytest

from tests.e2e.firefox import Firefox, FirefoxError
from tests.e2e.loopback_page import MIRROR_HTML, serve_page

pytestmark = pytest.mark.e2e


async def test_scripts_are_evaluated_and_their_errors_raised(firefox: Firefox) -> None:
    async with serve_page("<!doctype html><title>hello</title><script>console.error('said')</script>") as url:
        await firefox.open(url)
        assert await firefox.evaluate("document.title") == "hello"
        assert await firefox.evaluate("Promise.resolve({a: [1, null]})") == {"a": [1, None]}
        assert await firefox.evaluate("undefined") is None
        with pytest.raises(FirefoxError, match="oops"):
            await firefox.evaluate("Promise.reject(new Error('oops'))")
        with pytest.raises(FirefoxError, match=r"not within 0.1 s"):
            await firefox.wait_for("false", timeout_s=0.1)
        assert any("said" in error for error in firefox.errors)


async def test_fake_camera_and_microphone_reach_another_connection(firefox: Firefox) -> None:
    async with serve_page(MIRROR_HTML) as url:
        await firefox.open(url)
        assert await firefox.evaluate("mirror()") == 2
        await firefox.wait_for("readPattern(remote).width > 0")
        assert (await firefox.evaluate("readPattern(remote)"))["person"] is None
        await firefox.wait_for(
            """receivedMedia(far).then(
              (all) => Object.values(all).some((media) => media.kind === "video" && media.frames > 5))"""
        )
