"""A recording made without a meeting: cameras, voices, a screen (H264), a document, a board, by the clock.

Each picture is a pattern (`loadtests.pattern`) whose number is `1000 × who + tenths of a second`.
``python -m tests.recording.recorded_meeting FOLDER`` writes one to look at.
"""

import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import orjson

from loadtests.pattern import draw
from recording.manifest import JOURNAL, FileEntry, Manifest, TrackEntry
from recording.media_file import MediaFile, suffix_of
from recording.repair import finish

ADA, GRACE, LIN = 1, 2, 3
PEOPLE = {ADA: ("pa_ada", "Ada Lovelace"), GRACE: ("pa_grace", "Grace Hopper"), LIN: ("pa_lin", "Lin Xi")}
SCREEN = 9
SCREEN_FROM_MS, SCREEN_TO_MS = 3_000, 6_000
BOARD_FROM_MS = 6_500
STROKE_MS = 7_000
MARK_MS = 4_000
BOARD_INK = "#e5484d"
MARK_INK = "#00c2ff"
STARTED_AT = 1_800_000_000_000


@dataclass(frozen=True)
class Seen:
    """What a pattern says."""

    who: int
    at_s: float


def seen(number: int | None) -> Seen | None:
    """Reads the number of a pattern."""
    return None if number is None else Seen(number // 1000, number % 1000 / 10)


ENCODERS: dict[str, tuple[str, dict[str, str]]] = {
    "VP8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
    "H264": (
        "libx264",
        {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "annexb=1:repeat-headers=1"},
    ),
}


class VideoEncoder:
    """Pictures as browsers send them: frames of any rate, key frames now and then."""

    def __init__(self, codec: str, width: int, height: int, fps: int, keyframe_every_s: int) -> None:
        name, options = ENCODERS[codec]
        context: Any = av.CodecContext.create(name, "w")
        self._context = context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base, context.framerate = Fraction(1, 1000), fps
        context.gop_size = fps * keyframe_every_s
        context.bit_rate = 400_000
        context.options = options

    def encode(self, luma: Any, at_ms: int) -> list[Any]:
        """The packets of a grey picture."""
        grey = np.full((luma.shape[0] // 2, luma.shape[1]), 128, np.uint8)
        frame = av.VideoFrame.from_ndarray(np.concatenate([luma, grey]), format="yuv420p")
        frame.pts, frame.time_base = at_ms, Fraction(1, 1000)
        return list(self._context.encode(frame))


def write_video(folder: Path, name: str, who: int, begin_ms: int, end_ms: int, **size: int) -> FileEntry:
    """A camera's or a screen's file."""
    width, height, fps = size.get("width", 320), size.get("height", 180), size.get("fps", 15)
    codec = "H264" if name.endswith(suffix_of("H264")) else "VP8"
    file = MediaFile(folder / name, codec, width, height)
    encoder = VideoEncoder(codec, width, height, fps, 2)
    entry = FileEntry(name, codec, begin_ms, 0, width, height)
    for number in range((end_ms - begin_ms) * fps // 1000):
        at_ms = number * 1000 // fps
        luma = draw(who * 1000 + (begin_ms + at_ms) // 100, width, height, number)
        for packet in encoder.encode(luma, at_ms):
            file.write(bytes(packet), at_ms, bool(packet.is_keyframe))
            entry.frames += 1
            entry.keyframes += bool(packet.is_keyframe)
            entry.duration_ms = at_ms
    file.close()
    entry.complete = True
    return entry


def write_voice(folder: Path, name: str, hertz: int, begin_ms: int, end_ms: int) -> FileEntry:
    """A tone that lasts."""
    file = MediaFile(folder / name, "opus", 0, 0)
    context: Any = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format = 48_000, "stereo", "flt"
    samples = np.arange((end_ms - begin_ms) * 48) / 48_000
    tone = (0.2 * np.sin(2 * np.pi * hertz * samples)).astype(np.float32)
    entry = FileEntry(name, "opus", begin_ms)
    for start in range(0, len(tone) - 959, 960):
        part = np.repeat(tone[start : start + 960], 2)[np.newaxis, :]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), format="flt", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        for packet in context.encode(frame):
            entry.duration_ms = entry.frames * 20
            file.write(bytes(packet), entry.duration_ms, True)
            entry.frames += 1
    file.close()
    entry.complete = True
    return entry


def journal_lines(duration_ms: int) -> list[dict[str, Any]]:
    """Who spoke, what was typed, drawn and said."""
    lines: list[dict[str, Any]] = []

    def line(at_ms: int, kind: str, **fields: Any) -> None:
        lines.append({"at_ms": at_ms, "kind": kind, **fields})

    def published(at_ms: int, track: str, participant: str, source: str) -> None:
        fields = {"track": track, "participant": participant, "source": source, "name": "", "muted": False}
        line(at_ms, "published", **fields)

    for who, (participant, name) in PEOPLE.items():
        line(0, "joined", participant=participant, identity=name.split()[0].lower(), name=name)
        line(
            0,
            "published",
            track=f"tr_cam{who}",
            participant=participant,
            source="camera",
            name="",
            muted=False,
        )
        line(
            0,
            "published",
            track=f"tr_mic{who}",
            participant=participant,
            source="microphone",
            name="",
            muted=False,
        )
    ada, grace, lin = ({"identity": name.split()[0].lower(), "name": name} for _, name in PEOPLE.values())
    line(0, "document", doc="do_1", title="Minutes", version=1, delta={"ops": [{"insert": "\n"}]})
    line(
        0,
        "board",
        board="bo_1",
        title="Sketch",
        version=1,
        pages=[{"id": "p1", "title": "", "z": ""}],
        elements=[],
    )
    line(100, "speakers", speakers=["pa_ada"])
    line(900, "opened", topic="do_1", participant="pa_ada")
    version = 1
    for number, word in enumerate(["We", "meet", "again", "to", "look", "at", "the", "plan", "."]):
        version += 1
        at_ms = 1_000 + 500 * number
        delta = (
            {"ops": [{"retain": length}, {"insert": f"{word} "}]}
            if (length := _length(lines))
            else {"ops": [{"insert": f"{word} "}]}
        )
        line(at_ms, "document_change", doc="do_1", version=version, author=ada, delta=delta)
    for at_ms, comment, thread, author, words, quote, state in [
        (5_500, "co_1", "co_1", lin, "Which of them?", "plan", "open"),
        (5_600, "co_2", "co_2", grace, "Say when.", "meet", "open"),
        (6_000, "co_3", "co_1", ada, "The new one.", "plan", "open"),
        (7_200, "co_2", "co_2", grace, "Say when.", "meet", "resolved"),
    ]:
        told: dict[str, Any] = {"id": comment, "thread": thread, "author": author, "text": words}
        told |= {"index": {"plan": 29, "meet": 3}[quote], "length": len(quote), "quote": quote}
        told |= {"state": state, "at": STARTED_AT + at_ms, "updated_at": STARTED_AT + at_ms}
        line(at_ms, "document_comment", doc="do_1", comment=told)
    line(1_500, "message", message="me_1", **{"from": "grace"}, name="Grace Hopper", text="Hello, all.")
    line(2_000, "reaction", participant="pa_lin", emoji="👍")
    line(2_500, "speakers", speakers=["pa_grace", "pa_ada"])
    published(SCREEN_FROM_MS, "tr_screen", "pa_grace", "screen")
    line(
        MARK_MS,
        "draw",
        track="tr_screen",
        participant="pa_lin",
        mark="m1",
        tool="rect",
        color=MARK_INK,
        width=0.03,
        points=[0.2, 0.2, 0.8, 0.8],
        done=True,
    )
    line(5_000, "hand", participant="pa_lin", raised=True)
    line(5_200, "message", message="me_2", **{"from": "lin"}, name="Lin Xi", text="May I draw it?")
    line(SCREEN_TO_MS, "unpublished", track="tr_screen")
    line(6_200, "speakers", speakers=["pa_lin"])
    line(BOARD_FROM_MS, "opened", topic="bo_1", participant="pa_lin")
    line(
        STROKE_MS,
        "board_change",
        board="bo_1",
        version=2,
        author=lin,
        changes=[
            {
                "op": "put",
                "id": "s1",
                "props": {
                    "type": "rect",
                    "page": "p1",
                    "z": "a0",
                    "box": [0, 0, 400, 225, 0],
                    "style": {"color": BOARD_INK, "fill": BOARD_INK, "width": 4},
                    "author": lin,
                },
            }
        ],
    )
    line(
        7_500,
        "document_change",
        doc="do_1",
        version=version + 1,
        author=grace,
        delta={"ops": [{"insert": "# "}]},
    )
    line(duration_ms, "left", participant="pa_lin")
    lines.sort(key=lambda one: one["at_ms"])
    for number, one in enumerate(lines):
        one["n"] = number + 1
    return lines


def _length(lines: list[dict[str, Any]]) -> int:
    return sum(
        len(op.get("insert", ""))
        for line in lines
        if line["kind"] == "document_change"
        for op in line["delta"]["ops"]
    )


def write_recording(folder: Path, duration_ms: int = 9_000, **size: int) -> Manifest:
    """A whole recording of three people."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Manifest("re_test", STARTED_AT, {"room": "weekly"}, "finished", duration_ms)
    for who, (participant, name) in PEOPLE.items():
        word = name.split()[0].lower()
        begin_ms = 200 * who
        camera = write_video(folder, f"{who}1-{word}-camera.webm", who, begin_ms, duration_ms, **size)
        voice = write_voice(folder, f"{who}2-{word}-microphone.webm", 220 * who, begin_ms, duration_ms)
        whose = {"participant": participant, "identity": word, "name": name}
        manifest.tracks += [
            TrackEntry(f"tr_cam{who}", "video", "camera", files=[camera], **whose),  # type: ignore[arg-type]
            TrackEntry(f"tr_mic{who}", "audio", "microphone", files=[voice], **whose),  # type: ignore[arg-type]
        ]
    screen = write_video(folder, "91-grace-screen.mkv", SCREEN, SCREEN_FROM_MS, SCREEN_TO_MS, **size)
    participant, name = PEOPLE[GRACE]
    manifest.tracks.append(TrackEntry("tr_screen", "video", "screen", participant, "grace", name, [screen]))
    lines = journal_lines(duration_ms)
    (folder / JOURNAL).write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    finish(folder, manifest)
    return manifest


if __name__ == "__main__":
    write_recording(Path(sys.argv[1]))
