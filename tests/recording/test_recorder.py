"""A node's recorder with its real process: control, restarts, what is told."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest

from config.settings import Limits, MediaSettings
from recording.folder_lock import FolderLock
from recording.manifest import Manifest, Problem, TrackEntry
from recording.recorder import MAX_EVENT_BYTES, Recorder, RecordingError
from sfu.driver import MediaDriver
from tests.recording.process_stage import DEADLINE_S, recording_process, seconds_on_disk
from tests.recording.stage import Sender, Stage, camera, decodes, microphone

MOMENT_S = 0.02


class Meeting(Stage):
    """Senders of a real node; their time runs as fast as they send, and waits for the node's when asked."""

    def __init__(self, folder: Path, media: MediaDriver) -> None:
        super().__init__(folder, origin=time.monotonic())
        self._media = media

    def tap(self, sender: Sender) -> None:
        """It is published; the recorder has taps of its own."""
        publication = sender.track.publication
        self._media.node.publications[publication.track] = publication

    def run(self, seconds: float, step_s: float = 0.01) -> None:
        """Nothing is sent for the time that is over; then as fast as can be."""
        for sender in self.senders:
            sender.sending = False
        super().run(time.monotonic() - self.now, step_s)
        for sender in self.senders:
            sender.sending = True
        super().run(seconds, step_s)

    def pass_time(self) -> None:
        """The recorder's time is its own."""

    def listen(self) -> None:
        """So is what it says."""


class Node:
    """A recorder, and what it told."""

    def __init__(self) -> None:
        self.media = MediaDriver(MediaSettings(host="127.0.0.1", port=0), Limits(), lambda _: None)
        self.problems: list[tuple[str, Problem]] = []
        self.recorder = Recorder(
            self.media, lambda recording, problem: self.problems.append((recording, problem))
        )

    def codes(self) -> list[str]:
        return [problem.code for _, problem in self.problems]

    def record(self, recording: str, sender: Sender) -> None:
        publication = sender.track.publication
        entry = TrackEntry(publication.track, publication.kind, sender.source, "pa_1", "ada", sender.person)
        self.recorder.add_track(recording, entry)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not holds():  # noqa: ASYNC110 - another process is looked at
                await asyncio.sleep(MOMENT_S)


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    made = Node()
    yield made
    await made.recorder.close()


@asynccontextmanager
async def refused(code: str) -> AsyncIterator[None]:
    with pytest.raises(RecordingError) as caught:
        yield
    assert caught.value.code == code


async def test_tracks_and_events_of_a_node_are_recorded(node: Node, tmp_path: Path) -> None:
    started_at = await node.recorder.start("re_1", tmp_path / "a" / "b", {"room": "Böhme/1"})
    meeting = Meeting(tmp_path / "a" / "b", node.media)
    senders = camera(meeting), microphone(meeting)
    assert abs(started_at - node.media.wall.unix(time.monotonic()) * 1000) < 1000 * DEADLINE_S
    assert node.recorder.recordings == ("re_1",)
    for sender in senders:
        node.record("re_1", sender)
        node.record("re_1", sender)
    meeting.run(3.0)
    assert node.recorder.event("re_1", {"kind": "joined"})
    node.recorder.remove_track("re_1", "tr_tr_cam")
    manifest = await node.recorder.stop("re_1")
    assert not node.recorder.recordings
    assert (manifest.state, manifest.about, manifest.started_at) == (
        "finished",
        {"room": "Böhme/1"},
        started_at,
    )
    assert [(track.identity, len(track.files)) for track in manifest.tracks] == [("ada", 1), ("ada", 1)]
    for entry in manifest.files():
        assert 2.5 < seconds_on_disk(meeting.folder / entry.name) < 3.5
        assert decodes(meeting.folder / entry.name) == ""
    (line,) = (meeting.folder / manifest.journal).read_bytes().splitlines()
    assert orjson.loads(line)["kind"] == "joined"
    assert node.problems == []


async def test_a_recording_is_started_once(node: Node, tmp_path: Path) -> None:
    await node.recorder.start("re_1", tmp_path / "one")
    async with refused("conflict"):
        await node.recorder.start("re_1", tmp_path / "two")
    async with refused("conflict"):
        await node.recorder.start("re_2", tmp_path / "one")
    await node.recorder.start("re_3", tmp_path / "three")
    await node.recorder.stop("re_1")
    async with refused("conflict"):  # the folder keeps what it has
        await node.recorder.start("re_2", tmp_path / "one")
    assert node.recorder.recordings == ("re_3",)


async def test_what_was_not_started_cannot_be_stopped(node: Node, tmp_path: Path) -> None:
    async with refused("not_found"):
        await node.recorder.stop("re_1")
    async with refused("not_found"):
        node.recorder.add_track("re_1", TrackEntry("tr_1", "audio", "microphone"))
    async with refused("not_found"):
        node.recorder.remove_track("re_1", "tr_1")
    async with refused("not_found"):
        node.recorder.event("re_1", {"kind": "joined"})
    await node.recorder.start("re_1", tmp_path)
    first, second = await asyncio.gather(node.recorder.stop("re_1"), node.recorder.stop("re_1"))
    assert first == second
    assert first.tracks == []
    async with refused("not_found"):
        await node.recorder.stop("re_1")


async def test_a_folder_that_cannot_be_written_is_told_at_the_start(node: Node, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    async with refused("not_writable"):
        await node.recorder.start("re_1", tmp_path / "file" / "folder")
    assert not node.recorder.recordings
    await node.recorder.start("re_1", tmp_path / "folder")


async def test_an_event_beyond_measure_is_refused(node: Node, tmp_path: Path) -> None:
    await node.recorder.start("re_1", tmp_path)
    async with refused("too_large"):
        node.recorder.event("re_1", {"kind": "board", "elements": "x" * MAX_EVENT_BYTES})
    assert node.recorder.event("re_1", {"kind": "board"})


async def test_a_recorder_that_is_killed_is_replaced_and_the_recording_goes_on(
    node: Node, tmp_path: Path
) -> None:
    await node.recorder.start("re_1", tmp_path)
    meeting = Meeting(tmp_path, node.media)
    senders = camera(meeting), microphone(meeting)
    for sender in senders:
        node.record("re_1", sender)
    meeting.run(3.0)
    node.recorder.event("re_1", {"kind": "before"})
    await node.until(lambda: sum(seconds_on_disk(file) > 2.0 for file in tmp_path.glob("*.webm")) == 2)
    assert node.recorder.pid is not None
    killed = node.recorder.pid
    os.kill(killed, signal.SIGKILL)
    node.recorder.event("re_1", {"kind": "meanwhile"})
    await node.until(lambda: node.recorder.pid not in (None, killed))
    node.recorder.event("re_1", {"kind": "after"})
    await node.until(lambda: len(node.codes()) > 0)
    assert node.codes() == ["recorder_restarted"]
    meeting.run(3.0)
    manifest = await node.recorder.stop("re_1")
    assert manifest.state == "finished"
    assert [problem.code for problem in manifest.problems] == ["recorder_restarted"]
    assert [len(track.files) for track in manifest.tracks] == [2, 2]
    for track in manifest.tracks:
        before, after = track.files
        assert 2.0 < before.duration_ms / 1000 < 3.2
        assert 2.0 < after.duration_ms / 1000 < 3.2
        assert before.offset_ms + before.duration_ms <= after.offset_ms
        assert before.complete
        assert after.complete
        assert decodes(tmp_path / before.name) == decodes(tmp_path / after.name) == ""
    kinds = [orjson.loads(line)["kind"] for line in (tmp_path / manifest.journal).read_bytes().splitlines()]
    assert kinds == ["before", "meanwhile", "after"]


async def test_what_node_and_recorder_left_when_both_died_is_repaired(node: Node, tmp_path: Path) -> None:
    with recording_process(tmp_path) as stage:
        microphone(stage)
        stage.run(4.0)
        stage.wait_for(lambda: seconds_on_disk(tmp_path / "01-ada-microphone.webm") > 3.0)
    lock = FolderLock(tmp_path, wait=False)  # as a recorder has it that still finishes
    repair = asyncio.create_task(node.recorder.recover(tmp_path))
    done, _ = await asyncio.wait([repair], timeout=1.0)
    assert not done
    lock.release()
    manifest = await repair
    assert isinstance(manifest, Manifest)
    assert manifest.state == "interrupted"
    assert 3_000 < manifest.duration_ms < 4_100
    assert all(file.complete for file in manifest.files())
    assert await node.recorder.recover(tmp_path) is None
    assert await node.recorder.recover(tmp_path / "nothing") is None


async def test_closing_finishes_what_runs_and_ends_the_process(tmp_path: Path) -> None:
    node = Node()
    await node.recorder.start("re_1", tmp_path)
    process = node.recorder.pid
    assert process is not None
    await node.recorder.close()
    assert node.recorder.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert orjson.loads((tmp_path / "manifest.json").read_bytes())["state"] == "finished"


async def test_a_recorder_that_does_not_end_in_time_is_killed_and_its_recording_recovered(
    node: Node, tmp_path: Path
) -> None:
    await node.recorder.start("re_1", tmp_path)
    meeting = Meeting(tmp_path, node.media)
    node.record("re_1", microphone(meeting))
    meeting.run(4.0)
    await node.until(lambda: any(seconds_on_disk(file) > 3.0 for file in tmp_path.glob("*.webm")))
    assert node.recorder.pid is not None
    os.kill(node.recorder.pid, signal.SIGSTOP)  # as on a disk that does not answer
    await node.recorder.close(within_s=0.2)
    assert node.recorder.pid is None
    manifest = await node.recorder.recover(tmp_path)
    assert manifest is not None
    assert manifest.state == "interrupted"
    (entry,) = manifest.files()
    assert entry.complete
    assert decodes(tmp_path / entry.name) == ""
