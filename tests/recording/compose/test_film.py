"""The files of a film, joined."""

from pathlib import Path

import av
import numpy as np
import pytest

from recording.compose.film import ENCODINGS, PicturePart, join, write_sound
from recording.compose.job import FORMATS, Format
from recording.compose.sound import RATE

SIZE, FPS = 160, 10


@pytest.mark.parametrize("kind", FORMATS)
def test_sound_is_heard_when_it_was_made(tmp_path: Path, kind: Format) -> None:
    pictures, sound, film = tmp_path / "p.nut", tmp_path / "s.nut", tmp_path / f"film.{kind}"
    part = PicturePart(pictures, ENCODINGS[kind], SIZE, SIZE, FPS, 0)
    for _ in range(2 * FPS):
        part.write(np.full((SIZE * 3 // 2, SIZE), 128, np.uint8))
    part.close()
    samples = np.zeros((2, 2 * RATE), np.float32)
    samples[:, RATE:] = 0.8 * np.sin(2 * np.pi * 1_000 * np.arange(RATE) / RATE)
    blocks = [np.ascontiguousarray(block) for block in np.split(samples, 4, axis=1)]
    assert [*write_sound(sound, ENCODINGS[kind], iter(blocks))][-1] == 2 * RATE
    join(film, kind, [pictures], sound, "")
    with av.open(str(film)) as container:
        assert container.streams.video[0].start_time == 0
    with av.open(str(film)) as container:
        frames = [*container.decode(audio=0)]
    heard = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    begins_s = (frames[0].time or 0.0) + float(np.flatnonzero(np.abs(heard) > 0.3)[0]) / RATE
    assert begins_s == pytest.approx(1.0, abs=0.010)
