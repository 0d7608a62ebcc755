"""Headless Chromium through Playwright: one process a camera file, which is the process's."""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.async_api import Browser, Page, Playwright

from loadtests.chromium import AWAKE, CAPTURE, FLAGS
from tests.e2e.patterns import PAGE_SCRIPT_JS

START_TIMEOUT_MS = 60_000
PAGE_TIMEOUT_MS = 60_000  # of a click, a text awaited: on a machine with other work


class Chromium:
    """One Chromium process; an async context manager.

    `errors` collects what pages report: uncaught exceptions and console errors.
    """

    def __init__(
        self, playwright: Playwright, executable: str, camera: Path | None = None, flags: tuple[str, ...] = ()
    ) -> None:
        self.errors: list[str] = []
        self._playwright = playwright
        self._executable = executable
        self._flags = [*FLAGS, *CAPTURE, *AWAKE, *flags]
        if camera is not None:
            self._flags.append(f"--use-file-for-fake-video-capture={camera}")
        self._browser: Browser | None = None

    async def __aenter__(self) -> Self:
        self._browser = await self._playwright.chromium.launch(
            executable_path=self._executable,
            args=self._flags,
            timeout=START_TIMEOUT_MS,
            # The default hides scrollbars and mutes audio; muted audio would count no energy.
            ignore_default_args=["--mute-audio"],
            env={name: value for name, value in os.environ.items() if name not in ("DISPLAY", "DEBUG")},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._browser is not None:
            await self._browser.close()
            self._browser = None

    async def open(self, url: str, script: str = "") -> Page:
        """A page in a profile of its own, with the scripts of `patterns` and `script` in it."""
        if self._browser is None:
            raise RuntimeError("Chromium is not running")
        context = await self._browser.new_context(ignore_https_errors=True)
        context.set_default_timeout(PAGE_TIMEOUT_MS)
        await context.add_init_script(PAGE_SCRIPT_JS)
        if script:
            await context.add_init_script(script)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{url}: {error}"))
        page.on(
            "console",
            lambda message: self.errors.append(f"{url}: {message.text}") if message.type == "error" else None,
        )
        await page.goto(url)
        return page
