"""All recordings of a recorder process, and what it says to the node; no IO but the files they write."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from pydantic import TypeAdapter

from recording.manifest import Problem, TrackEntry
from recording.recording import Occupied, OpenFile, Recording
from recording.records import RecordReader, TapPacket, write_record
from recording.track import problem_code
from sfu.errors import LocalError

_TRACK = TypeAdapter(TrackEntry)


class Folders(Protocol):
    """Whose folders are: `recording.folder_lock.FolderLocks`."""

    def claim(self, folder: Path) -> None:
        """This recorder's from now on. Raises BlockingIOError if it is another's, and OSError."""

    def release(self, folder: Path) -> None:
        """Not any more."""


class Recordings:
    """Takes the bytes of the socket; `take` gives the answers.

    `on_stopped` finishes a recording's files and answers itself.
    """

    def __init__(
        self,
        open_file: OpenFile,
        suffix_of: Callable[[str], str],
        folders: Folders,
        on_stopped: Callable[[Recording], None],
    ) -> None:
        self.newest = 0.0
        """Time as far as the socket was read."""
        self._open_file = open_file
        self._folders = folders
        self._suffix_of = suffix_of
        self._on_stopped = on_stopped
        self._recordings: dict[str, Recording] = {}
        self._by_tap: dict[int, Recording] = {}
        self._answers: list[bytes] = []
        self._reader = RecordReader(self._packet, self._message)

    def receive(self, data: bytes) -> None:
        """Bytes came."""
        self._reader.receive(data)

    def tick(self, now: float) -> None:
        """Some time passed, and all that came until `now` was read."""
        for recording in self._recordings.values():
            recording.tick(now)

    def take(self) -> bytes:
        """What to send to the node."""
        answers = b"".join(self._answers)
        self._answers.clear()
        return answers

    def say(self, message: dict[str, Any]) -> None:
        """Send a message with the next `take`."""
        self._answers.append(write_record(message))

    def close(self, now: float) -> list[Recording]:
        """The node is gone: finish what is open."""
        recordings = [*self._recordings.values()]
        for recording in recordings:
            recording.stop(now, interrupted=True)
        self._recordings.clear()
        self._by_tap.clear()
        return recordings

    # --- as the outside of the recordings ------------------------------------------------------------------

    def problem(self, recording: str, problem: Problem) -> None:
        """Tell the node at once."""
        self.say({"did": "problem", "recording": recording, "problem": asdict(problem)})

    def want_keyframe(self, tap: int) -> None:
        """Ask the node."""
        self.say({"did": "keyframe", "tap": tap})

    def written(self, recording: str, number: int) -> None:
        """Tell the node: it need not keep these lines."""
        self.say({"did": "journal", "recording": recording, "n": number})

    # --- records -------------------------------------------------------------------------------------------

    def _packet(self, packet: TapPacket) -> None:
        self.newest = max(self.newest, packet.arrival)
        recording = self._by_tap.get(packet.tap)
        if recording is not None:
            recording.receive(packet)

    def _message(self, message: dict[str, Any]) -> None:
        self.newest = max(self.newest, message.get("now", 0.0))
        match message.get("do"):
            case "start":
                self._start(message)
            case "track":
                recording = self._recordings.get(message["recording"])
                if recording is not None:
                    self._by_tap[message["tap"]] = recording
                    recording.add_track(message["tap"], _TRACK.validate_python(message["track"]))
            case "run":
                self._begin_run(message)
            case "untrack":
                tapped = self._by_tap.pop(message["tap"], None)
                if tapped is not None:
                    tapped.remove_track(message["tap"], message["now"])
            case "event":
                recording = self._recordings.get(message["recording"])
                if recording is not None:
                    recording.event(message["n"], message["event"], message["at"])
            case "dropped":
                tapped = self._by_tap.get(message["tap"])
                if tapped is not None:
                    tapped.dropped(message["tap"], message["packets"], message["now"])
            case "stop":
                self._stop(message["recording"], message["now"])
            case other:
                raise LocalError(f"a message to {other!r}")

    def _start(self, message: dict[str, Any]) -> None:
        identifier, folder, again = message["recording"], Path(message["folder"]), message["again"]
        try:
            self._claim(folder, again)
        except OSError as error:
            self._fail(identifier, error)
            return
        try:
            self._recordings[identifier] = Recording(
                identifier,
                folder,
                message["at"],
                message["started_at"],
                message["about"],
                self._open_file,
                self,
                self._suffix_of,
                message["now"],
                again,
            )
        except (OSError, Occupied) as error:
            self._folders.release(folder)
            self._fail(identifier, error)
            return
        self.say({"did": "started", "recording": identifier})

    def _claim(self, folder: Path, again: bool) -> None:
        try:
            self._folders.claim(folder)
        except BlockingIOError:
            raise
        except OSError:  # on a disk that is full now the recording goes on as it can
            if not again:
                raise

    def _fail(self, identifier: str, error: OSError | Occupied) -> None:
        if isinstance(error, (BlockingIOError, Occupied)):
            code, detail = "conflict", "the folder is another recording's"
        else:
            code, detail = problem_code(error), error.strerror or str(error)
        self.say({"did": "failed", "recording": identifier, "code": code, "detail": detail})

    def _begin_run(self, message: dict[str, Any]) -> None:
        recording = self._by_tap.get(message["tap"])
        if recording is not None:
            recording.begin_run(message["tap"], message["run"], message["codec"])

    def _stop(self, identifier: str, at: float) -> None:
        recording = self._recordings.pop(identifier, None)
        if recording is None:
            self.say({"did": "stopped", "recording": identifier, "manifest": None})
            return
        self._by_tap = {tap: owner for tap, owner in self._by_tap.items() if owner is not recording}
        recording.stop(at)
        self._on_stopped(recording)
