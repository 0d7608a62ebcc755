"""A recording in the data folder of a node that does not run yet, as if that node had made it."""

from pathlib import Path
from random import Random
from typing import Any

from recording.manifest import Manifest
from signaling.recordings import finished
from storage.engine import sqlite_url
from storage.recordings import RecordingRecord
from storage.store import Store
from tests.recording.recorded_meeting import STARTED_AT, write_recording

RECORDING = "re_test"
ROOM = "weekly"


async def keep_recording(
    data: Path, duration_ms: int = 9_000, *, node: str = "", recording: str = RECORDING, **size: Any
) -> Manifest:
    """Write its files into the absolute path `data`, and say that it is there, and that `node` made it."""
    manifest = write_recording(data / "recordings" / recording, duration_ms, **size)
    store = await Store.open(sqlite_url(data), Random(1), files=data / "files")
    try:
        record = RecordingRecord(
            recording, ROOM, "rm_1", node, "grace", "Grace Hopper", STARTED_AT, "speaker"
        )
        await store.recordings.put(finished(record, manifest))
    finally:
        await store.close()
    return manifest
