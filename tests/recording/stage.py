"""Publishers, taps and recorder in one place and simulated time: no socket, no process, real files."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, cast

from loadtests.canned import CannedOpus, CannedVideo
from loadtests.canned_media.encode import VideoCodec
from recording.manifest import FileEntry, Manifest, TrackEntry
from recording.media_file import MediaFile, suffix_of
from recording.recording import OpenFile, Recording
from recording.recordings import Recordings
from recording.records import RecordReader, write_record
from recording.repair import finish
from sfu.clock import ntp_from_unix
from sfu.codecs.codec import AV1, H264, OPUS, VP8, VP9, Codec
from sfu.errors import RemoteError
from sfu.flush import FlushSchedule
from sfu.identifiers import Rid
from sfu.messages import Source
from sfu.rtp.packet import RtpPacket
from sfu.tap import Tap
from tests.sfu.stage import Track

CODECS = {codec.name: codec for codec in (VP8, VP9, H264, AV1, OPUS)}
UNIX = 1_800_000_000.0
START = 100.0


class Folders:
    """Claims without a lock: the recorder before is not dead, only forgotten."""

    def claim(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)

    def release(self, folder: Path) -> None:
        pass


class Stage:
    """A recorder whose node is this object: it is the outlet of taps, and answers what the recorder asks."""

    def __init__(self, folder: Path, open_file: OpenFile = MediaFile, origin: float = START) -> None:
        self.folder = folder
        self.now = self.origin = origin
        self.schedule = FlushSchedule()
        self.told: list[dict[str, Any]] = []
        self.senders: list[Sender] = []
        self.stopped: list[Recording] = []
        self._open_file = open_file
        self._taps: dict[int, Tap] = {}
        self._answers = RecordReader(lambda _: None, self._answer)
        self._events = 0
        self._opened = 0
        self.recordings = self._recordings()

    def _recordings(self) -> Recordings:
        return Recordings(self._open_file, suffix_of, Folders(), self.stopped.append)

    # --- as the outlet of taps

    def begin(self, tap: int, run: int, codec: Codec, rid: Rid) -> None:
        self.say(do="run", tap=tap, run=run, codec=codec.name, rid=rid)

    def put(self, records: list[bytes], size_bytes: int) -> None:
        self.deliver(b"".join(records))

    # --- the recorder

    def deliver(self, data: bytes) -> None:
        """Bytes for the recorder."""
        self.recordings.receive(data)

    def pass_time(self) -> None:
        """Half a second is over."""
        self.recordings.tick(self.now)

    def listen(self) -> None:
        """Hear what the recorder says."""
        self.heard(self.recordings.take())

    def heard(self, data: bytes) -> None:
        """It said this."""
        self._answers.receive(data)

    # --- control

    def say(self, **message: Any) -> None:
        """Tell the recorder."""
        self.deliver(write_record(message))
        self.listen()

    def event(self, kind: str) -> None:
        """A line for the journal."""
        self._events += 1
        self.say(do="event", recording="re_1", n=self._events, at=self.now, event={"kind": kind})

    def _answer(self, message: dict[str, Any]) -> None:
        self.told.append(message)
        if message["did"] == "keyframe":
            self._taps[message["tap"]].want_keyframe(self.now)

    def start(self, folder: Path | None = None, again: bool = False) -> None:
        self.say(
            do="start",
            recording="re_1",
            folder=str(folder or self.folder),
            at=self.origin,
            now=self.now,
            started_at=int(UNIX * 1000),
            about={"room": "r"},
            again=again,
        )

    def restart(self) -> None:
        """The recorder was killed; another is told everything again."""
        self.recordings = self._recordings()
        self.start(again=True)
        for sender in self.senders:
            self.untap(sender)
            self.tap(sender)

    def add(self, sender: "Sender") -> "Sender":
        """Let it send, and record it."""
        self.senders.append(sender)
        self.tap(sender)
        return sender

    def tap(self, sender: "Sender") -> None:
        self._opened += 1
        number = self._opened
        tap = self._taps[number] = sender.tap = Tap(number, 10.0, self)
        track = TrackEntry(sender.name, sender.track.publication.kind, sender.source, name=sender.person)
        entry = {
            name: getattr(track, name) for name in ("id", "kind", "source", "name", "participant", "identity")
        }
        self.say(do="track", recording="re_1", tap=number, track=entry)
        tap.assign(sender.track.publication, False, self.now)

    def untap(self, sender: "Sender") -> None:
        """Record it no longer."""
        sender.tap.assign(None, False, self.now)
        self._taps.pop(sender.tap.number, None)
        self.say(do="untrack", tap=sender.tap.number, now=self.now)

    def run(self, seconds: float, step_s: float = 0.01) -> None:
        """Let time pass."""
        until = self.now + seconds
        tick_at = self.now
        while self.now < until:
            self.now = round(self.now + step_s, 6)
            for sender in self.senders:
                sender.send(self.now)
            if self.now >= tick_at:
                tick_at = self.now + 0.5
                self.pass_time()
            self.listen()

    def stop(self) -> Manifest:
        """Stop, and read what was written."""
        self.say(do="stop", recording="re_1", now=self.now)
        (recording,) = self.stopped
        finish(recording.folder, recording.manifest)
        return recording.manifest

    def problems(self) -> list[str]:
        return [message["problem"]["code"] for message in self.told if message["did"] == "problem"]


class Sender:
    """Sends frames on one track with a clock that may drift, losing what `loses` says."""

    def __init__(
        self,
        stage: Stage,
        name: str,
        source: Source,
        codec: str,
        *,
        person: str = "Ada",
        payloads: Callable[[int, bool], list[bytes]],
        fps: int,
        drift_ppm: float = 0.0,
        seed: int = 1,
    ) -> None:
        self.name, self.source, self.person = name, source, person
        self.codec = CODECS[codec]
        self.track = Track(stage.schedule, name, source=source, codec=self.codec)
        self.tap = Tap(0, 10.0, stage)
        self.layer = self.track.layer()
        self.sending = True
        self.clock_leap_s = 0.0
        self.loses: Callable[[int], bool] = lambda index: False
        self.delays_s: Callable[[int], float] = lambda index: 0.0
        self.index = Random(seed).randrange(1000)
        self.timestamp_offset = Random(seed).getrandbits(32)
        self.sent = 0
        self.keyframes: list[float] = []
        self._stage = stage
        self._payloads = payloads
        self._fps = fps
        self._rate = 1 + drift_ppm / 1e6
        self._began = stage.now
        self._frames = 0
        self._report_at = stage.now + 0.5
        self._delayed: list[tuple[float, RtpPacket]] = []

    def timestamp(self, now: float) -> int:
        passed = (now - self._began) * self._rate + self.clock_leap_s
        return self.timestamp_offset + round(passed * self.codec.clock_rate) & 0xFFFFFFFF

    def send(self, now: float) -> None:
        """What is due by now."""
        arrived = [packet for at, packet in self._delayed if at <= now]
        self._delayed = [(at, packet) for at, packet in self._delayed if at > now]
        self._receive(arrived, now)
        while (at := self._began + self._frames / self._fps / self._rate) <= now:
            self._frames += 1
            if self.sending:
                self._send_frame(at, now)
        if now >= self._report_at and self.sending:
            self._report_at = now + 1.0
            ntp = ntp_from_unix(UNIX + (now - self._began) * self._rate)
            self.layer.clock.sender_report(ntp, self.timestamp(now), now)

    def play(self, payloads: Callable[[int, bool], list[bytes]]) -> None:
        """Send these from now on."""
        self._payloads = payloads

    def publish(self, codec: str, payloads: Callable[[int, bool], list[bytes]]) -> None:
        """The track ends and comes back as another publication, perhaps of another codec."""
        self.codec = CODECS[codec]
        self._payloads = payloads
        before = self.track.publication
        self.track = Track(self._stage.schedule, self.name, source=self.source, codec=self.codec)
        self.layer = self.track.layer()
        self.tap.withdraw(before, self._stage.now)
        self.tap.assign(self.track.publication, False, self._stage.now)

    def renumber(self, index: int) -> None:
        """The stream begins anew on the same SSRC."""
        self.index = index
        self.timestamp_offset = self.timestamp_offset + 1_000_000_007 & 0xFFFFFFFF
        assert self.layer.ssrc is not None
        self.layer.bind(self.layer.ssrc, self.track.clock.stream(self.codec.clock_rate))

    def _send_frame(self, at: float, now: float) -> None:
        wanted = self.layer.keyframes.due(now)
        if wanted:
            self.keyframes.append(now)
        payloads = self._payloads(self._frames, wanted)
        timestamp = self.timestamp(at)
        packets = []
        for position, payload in enumerate(payloads):
            self.index += 1
            marker = position == len(payloads) - 1 and self.codec.kind == "video"
            packet = RtpPacket(self.index, marker, 96, timestamp, payload, now)
            if delay_s := self.delays_s(self.index):
                self._delayed.append((now + delay_s, packet))
            elif not self.loses(self.index):
                packets.append(packet)
        self.sent += len(payloads)
        self._receive(packets, now)

    def _receive(self, packets: list[RtpPacket], now: float) -> None:
        for packet in packets:
            packet.arrival = now
            try:
                self.layer.receive(packet, now)
            except RemoteError:
                continue
        self.track.schedule.flush(now)


def pictures(codec: str, width: int = 320, height: int = 180) -> Callable[[int, bool], list[bytes]]:
    """A small moving picture that has key frames when it is asked, and each 16 s."""
    video = CannedVideo(
        cast(VideoCodec, codec), 1, width=width, height=height, fps=15, bitrate_bps=200_000, clip_frames=240
    )
    return video.frame


def camera(stage: Stage, codec: str = "VP8", name: str = "tr_cam", **options: Any) -> Sender:
    """Ada's, 15 frames a second."""
    return stage.add(Sender(stage, name, "camera", codec, payloads=pictures(codec), fps=15, **options))


def microphone(stage: Stage, name: str = "tr_mic", **options: Any) -> Sender:
    voice = CannedOpus(1)
    payloads = lambda number, _: [voice.packet(number)]  # noqa: E731
    return stage.add(Sender(stage, name, "microphone", "opus", payloads=payloads, fps=50, **options))


@dataclass(frozen=True)
class Probed:
    """What ffprobe says of a file."""

    codec: str
    duration_s: float
    width: int
    height: int
    packets: list[tuple[float, bool]]

    @property
    def keyframes(self) -> list[float]:
        return [at for at, key in self.packets if key]


def probe(path: Path) -> Probed:
    """Read a file as others do; fails if ffmpeg finds anything wrong in it."""
    said = subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", "-show_packets", path],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(said.stdout)
    (stream,) = found["streams"]
    packets = [(float(packet["pts_time"]), "K" in packet["flags"]) for packet in found["packets"]]
    return Probed(
        stream["codec_name"],
        float(found["format"].get("duration", 0)),
        stream.get("width", 0),
        stream.get("height", 0),
        packets,
    )


def decodes(path: Path) -> str:
    """What ffmpeg complains of when it decodes all of the file; nothing if it is whole."""
    said = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-f", "null", "-"], capture_output=True, text=True, check=False
    )
    return said.stderr


def only_file(manifest: Manifest, track: str) -> FileEntry:
    """The one file of a track."""
    (entry,) = next(one for one in manifest.tracks if one.id == track).files
    return entry
