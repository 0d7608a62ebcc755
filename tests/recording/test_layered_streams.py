"""What browsers send in layers of several sizes is recorded as the largest picture, and as nothing else."""

import gzip
import json
from itertools import groupby
from pathlib import Path

import av
import pytest

from sfu.rtp.packet import RtpPacket
from tests.recording.stage import Sender, Stage, decodes, only_file, probe
from tests.sfu.codecs.captured import DATA

FPS = 6
ROUNDS = 2


class LayeredCamera(Sender):
    """Sends what Chromium once sent, again and again; it begins with a key frame."""

    def __init__(self, stage: Stage, name: str) -> None:
        content = json.loads(gzip.decompress((DATA / f"{name}.json.gz").read_bytes()))
        self._descriptors = {bytes.fromhex(row[4]): bytes.fromhex(row[2]) for row in content["packets"]}
        pictures = [
            [bytes.fromhex(row[4]) for row in rows]
            for _, rows in groupby(content["packets"], key=lambda row: row[0])
        ]
        self.pictures = len(pictures)
        super().__init__(
            stage,
            "tr_cam",
            "camera",
            content["codec"],
            payloads=lambda number, _: pictures[(number - 1) % len(pictures)],
            fps=FPS,
        )

    def _receive(self, packets: list[RtpPacket], now: float) -> None:
        for packet in packets:
            if descriptor := self._descriptors[packet.payload]:
                packet.extras = (("dependency_descriptor", descriptor),)
        super()._receive(packets, now)


@pytest.mark.parametrize(
    ("name", "codec", "size"),
    [("whole_vp9_l3t3_key", "vp9", (1280, 720)), ("whole_av1_l2t2", "av1", (640, 360))],
)
def test_the_largest_layer_is_recorded(tmp_path: Path, name: str, codec: str, size: tuple[int, int]) -> None:
    stage = Stage(tmp_path)
    stage.start()
    sender = LayeredCamera(stage, name)
    stage.add(sender)
    stage.run(ROUNDS * sender.pictures / FPS - 0.02)
    manifest = stage.stop()
    entry = only_file(manifest, "tr_cam")
    assert (entry.width, entry.height, entry.frames) == (*size, ROUNDS * sender.pictures)
    found = probe(tmp_path / entry.name)
    assert (found.codec, found.width, found.height) == (codec, *size)
    assert len(found.packets) == entry.frames
    assert decodes(tmp_path / entry.name) == ""
    with av.open(str(tmp_path / entry.name)) as file:
        shown = [(frame.width, frame.height) for frame in file.decode(video=0)]
    assert set(shown) == {size}
    assert len(shown) == entry.frames
    assert manifest.problems == []
