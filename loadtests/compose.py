"""How fast a recording becomes a film: three people in 720p at 30 pictures a second, on two processors.

``python -m loadtests.compose`` prints one JSON line a layout and format: `times_real_time` is seconds of film
a second of work. ffmpeg makes the recording: a test picture that moves all over at 1.5 Mbit/s, and a tone.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEOPLE = ("Ada", "Grace", "Lin")
PROCESSORS = 2
FILMS = (("grid", "mp4"), ("speaker", "mp4"), ("grid", "webm"))


def make_recording(folder: Path, seconds: int) -> None:
    """Files, manifest and journal, as the recorder writes them (docs/recording.md)."""
    picture, sound = folder / "picture.webm", folder / "sound.webm"
    video = f"testsrc2=size=1280x720:rate=30:duration={seconds}"
    encoder = ["-c:v", "libvpx", "-b:v", "1500k", "-deadline", "realtime", "-cpu-used", "8", "-g", "300"]
    _ffmpeg("-f", "lavfi", "-i", video, *encoder, str(picture))
    tone = f"sine=frequency=330:sample_rate=48000:duration={seconds}"
    _ffmpeg("-f", "lavfi", "-i", tone, "-ac", "2", "-c:a", "libopus", "-b:a", "40k", str(sound))
    tracks, lines = [], []
    for number, name in enumerate(PEOPLE):
        whose = {"participant": f"pa_{number}", "identity": name.lower(), "name": name}
        lines.append({"at_ms": 0, "kind": "joined", **whose})
        for kind, source, file, codec in (
            ("video", "camera", picture, "VP8"),
            ("audio", "microphone", sound, "opus"),
        ):
            own = folder / f"{number}-{source}.webm"
            shutil.copyfile(file, own)
            entry = {"name": own.name, "codec": codec, "offset_ms": 0, "duration_ms": seconds * 1000}
            tracks.append(
                {"id": f"tr_{source}{number}", "kind": kind, "source": source, "files": [entry]} | whose
            )
    for at in range(0, seconds, 5):
        speakers = [f"pa_{at // 5 % len(PEOPLE)}"]
        lines.append({"at_ms": at * 1000, "kind": "speakers", "speakers": speakers})
    manifest = {
        "recording": "re_load",
        "started_at": 0,
        "state": "finished",
        "duration_ms": seconds * 1000,
        "tracks": tracks,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "journal.jsonl").write_text("".join([json.dumps(line) + "\n" for line in lines]))


def measure(folder: Path, layout: str, kind: str, seconds: int) -> dict[str, str | float]:
    """Make one film."""
    out = folder / f"film.{kind}"
    job = {"folder": str(folder), "out": str(out), "layout": layout, "format": kind}
    cpu_s, began = _children_cpu_s(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "recording.compose.process"],
        input=json.dumps(job).encode() + b"\n",
        stdout=subprocess.PIPE,
        check=True,
    )
    wall_s = time.perf_counter() - began
    if b'"done"' not in done.stdout:
        raise RuntimeError(done.stdout.decode())
    return {
        "case": f"compose-{layout}-{kind}",
        "film_s": seconds,
        "wall_s": round(wall_s, 2),
        "cpu_s": round(_children_cpu_s() - cpu_s, 2),
        "times_real_time": round(seconds / wall_s, 2),
        "megabytes": round(out.stat().st_size / 1e6, 2),
    }


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    seconds = parser.parse_args().seconds
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:PROCESSORS])
    with tempfile.TemporaryDirectory() as folder:
        make_recording(Path(folder), seconds)
        for layout, kind in FILMS:
            print(json.dumps(measure(Path(folder), layout, kind, seconds)), flush=True)


if __name__ == "__main__":
    main()
