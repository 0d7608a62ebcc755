"""How the benchmark and the browser tests start Chromium."""

from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
)

CAPTURE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""A camera, a microphone and a screen, given to whoever asks."""

AWAKE = (
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)
"""Tabs that nobody looks at go on decoding and drawing."""
