"""`sfumato compose RECORDING …`: films of recordings, several at once, with one progress bar."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click
import orjson

from recording.compose.job import FORMATS, Format, Job
from recording.compose.layout import LAYOUTS, Layout

STEPS: Final = 1_000
"""Of the progress bar, a film."""

Size = tuple[int, int]


class SizeParam(click.ParamType[Size]):
    """Pixels, written like ``1280x720``."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Size:
        """Even numbers: colour is stored for squares of two by two pixels."""
        wide, _, high = str(value).partition("x")
        if not (wide.isdecimal() and high.isdecimal()):
            self.fail(f"{value}: write it like 1280x720", param, ctx)
        size = (int(wide), int(high))
        if not all(160 <= side <= 4096 and side % 4 == 0 for side in size):
            self.fail(f"{value}: 160 to 4096, multiples of 4", param, ctx)
        return size


@click.command()
@click.argument(
    "recordings", metavar="RECORDING...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--layout", type=click.Choice(LAYOUTS), default="grid", show_default=True)
@click.option("--format", "kind", type=click.Choice(FORMATS), default="mp4", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="The film, or the folder for several.")
@click.option("--size", type=SizeParam(), default="1280x720", show_default=True, help="Pixels.")
@click.option("--fps", type=click.IntRange(1, 60), default=30, show_default=True)
@click.option("--pictures", type=click.Path(path_type=Path), help="Folder of the pictures on boards.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Films made at once.")
def compose(
    *,
    recordings: tuple[Path, ...],
    layout: Layout,
    kind: Format,
    out: Path | None,
    size: Size,
    fps: int,
    pictures: Path | None,
    jobs: int,
) -> None:
    """Make one film of each RECORDING, a folder with a manifest.json.

    Stopped or killed, the same command goes on where it was.
    """
    width, height = size
    works = [
        Job(
            str(folder),
            str(film_of(folder, layout, kind, out, alone=len(recordings) == 1)),
            *(layout, kind, width, height, fps),
            "" if pictures is None else str(pictures),
        )
        for folder in recordings
    ]
    failed = False
    with (
        click.progressbar(length=STEPS * len(works), label="Composing", file=sys.stderr) as bar,
        ThreadPoolExecutor(jobs) as pool,
    ):
        running = {pool.submit(_run, work, bar): work for work in works}
        problems = [(running[one], one.result()) for one in as_completed(running)]
    for work, problem in problems:
        if problem:
            failed = True
            click.echo(f"sfumato: {work.folder}: {problem}", err=True)
        else:
            click.echo(work.out)
    if failed:
        raise click.exceptions.Exit(1)


def film_of(folder: Path, layout: Layout, kind: Format, out: Path | None, *, alone: bool) -> Path:
    """Where a film goes: beside the recording's files, if nobody says otherwise."""
    if out is not None and alone and not out.is_dir():
        return out
    name = f"{layout.replace('+', '-')}.{kind}"
    return folder / name if out is None else out / f"{folder.resolve().name}-{name}"


def _run(job: Job, bar: Any) -> str:
    """One film in a process of its own; what went wrong, or nothing."""
    with _started() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(orjson.dumps(asdict(job)) + b"\n")
        process.stdin.close()
        shown, problem = 0, "it was ended"
        for line in process.stdout:
            said = orjson.loads(line)
            if "share" in said:
                now = round(said["share"] * STEPS)
                bar.update(now - shown)
                shown = now
            problem = "" if "done" in said else said.get("message", problem)
        return problem


@contextmanager
def _started() -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "recording.compose.process"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield process
        except BaseException:
            process.terminate()
            raise
