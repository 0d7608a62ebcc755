"""Devices that go away: Chromium captures in processes of their own, and what ends when one is killed is what
ends when a device is unplugged."""

import os
import signal
from pathlib import Path
from typing import Literal

Capture = Literal["camera", "microphone"]

# Chromium's names of the two services, as on their command lines (one string: a process may set its title).
SERVICES: dict[Capture, bytes] = {
    "camera": b"--utility-sub-type=video_capture.mojom.VideoCaptureService",
    "microphone": b"--utility-sub-type=audio.mojom.AudioService",
}


def _descendants(root: int) -> list[int]:
    """The process ids below `root`."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # proc(5): the name, field 2, may hold spaces; the parent is field 4.
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # ended meanwhile
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found, open_ends = [], [root]
    while open_ends:
        below = children.get(open_ends.pop(), [])
        found += below
        open_ends += below
    return found


def end_capture(device: Capture) -> None:
    """End what the Chromium of this test captures with such a device; the next capture starts anew.

    Raises RuntimeError if nothing is captured.
    """
    ended = 0
    for pid in _descendants(os.getpid()):
        try:
            if SERVICES[device] in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
                ended += 1
        except OSError:
            continue
    if ended == 0:
        raise RuntimeError(f"no Chromium of this test captures with a {device}")
