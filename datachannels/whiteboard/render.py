"""Exports a board in a process of its own: ``python -m datachannels.whiteboard.render``.

On standard input one line of JSON (`Job`), then the content (`pages`, `elements`); on standard output the
file. Nothing a board says can hold the node: whoever starts it ends it in time, and its memory is bounded.
"""

import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from datachannels.whiteboard.drawing import Rect, draw, extent, in_order
from datachannels.whiteboard.look import PAPER, Element
from datachannels.whiteboard.marks import Mark
from datachannels.whiteboard.pdf import Pixels, pdf
from datachannels.whiteboard.pictures import picture_in, written
from datachannels.whiteboard.svg import svg
from datachannels.whiteboard.typeface import bundled

MAX_SIDE = 8_192
"""Pixels of a PNG; what is larger is drawn smaller."""

MEMORY_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Job:
    """`format` is ``svg``, ``png``, ``pdf``, or ``files`` for the pictures alone, in JSON; `page` "" is the
    first, of a PDF all of them; `files` the folder of the room's pictures; `region` what to draw instead of
    all there is."""

    format: str
    title: str
    files: str
    page: str = ""
    region: list[float] | None = None
    scale: float = 2.0


def render(job: Job, content: dict[str, Any]) -> bytes:
    """The file. Raises LookupError for a page that is not there."""
    files = Path(job.files)
    if job.format == "files":
        return orjson.dumps(written(files, [one["file"] for one in content["elements"] if "file" in one]))
    pages = [page["id"] for page in in_order(content["pages"]) if not page.get("deleted")]
    if job.page:
        pages = [job.page] if job.page in pages else []
    if not pages:
        raise LookupError("there is no such page")
    if job.format == "pdf":
        return pdf([_marks(job, content, page) for page in pages], lambda name: _decoded(files, name))
    marks, region = _marks(job, content, pages[0])
    text = svg(marks, region, lambda name: picture_in(files, name), job.title)
    return text.encode() if job.format == "svg" else _png(text, region, job.scale)


def _marks(job: Job, content: dict[str, Any], page: str) -> tuple[list[Mark], Rect]:
    elements: list[Element] = [one for one in content["elements"] if one["page"] == page]
    if job.region is not None:
        x, y, w, h = job.region
        return draw(elements, bundled()), (x, y, w, h)
    return draw(elements, bundled()), extent(elements)


def _png(text: str, region: Rect, scale: float) -> bytes:
    import resvg_py

    scale = min(scale, MAX_SIDE / max(region[2], region[3], 1.0))
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=text,
            background=PAPER,
            width=max(1, round(region[2] * scale)),
            height=max(1, round(region[3] * scale)),
        )
    )


def _decoded(folder: Path, name: str) -> Pixels | None:
    found = picture_in(folder, name)
    if found is None:
        return None
    import av
    import numpy as np

    try:
        with av.open(str(folder / name)) as container:
            frame = next(container.decode(video=0)).to_ndarray(format="rgba")
    except (av.FFmpegError, StopIteration, IndexError):
        return None
    alpha = np.ascontiguousarray(frame[:, :, 3])
    return Pixels(
        frame.shape[1],
        frame.shape[0],
        np.ascontiguousarray(frame[:, :, :3]).tobytes(),
        None if alpha.min() == 255 else alpha.tobytes(),
    )


def main() -> None:
    """One job."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    head, _, body = sys.stdin.buffer.read().partition(b"\n")
    sys.stdout.buffer.write(render(Job(**orjson.loads(head)), orjson.loads(body)))


if __name__ == "__main__":
    main()
