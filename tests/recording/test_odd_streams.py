"""What senders and networks do wrong: a playable file of what was there, and a manifest of what was not."""

from errno import ENOSPC
from itertools import pairwise
from pathlib import Path
from random import Random

import av
import pytest

from loadtests.canned import CannedOpus
from recording.media_file import MediaFile
from sfu import redundancy
from sfu.codecs import red
from sfu.rtp.packet import RtpPacket
from tests.recording.stage import Sender, Stage, camera, decodes, microphone, only_file, pictures, probe
from tests.sfu.redundant_audio import RedStream

OPUS_TYPE = 96


class Disk:
    """Takes files until it is full."""

    def __init__(self) -> None:
        self.full = False

    def open(self, path: Path, codec: str, width: int, height: int) -> "FileOnDisk":
        self.check()
        return FileOnDisk(self, MediaFile(path, codec, width, height))

    def check(self) -> None:
        if self.full:
            raise OSError(ENOSPC, "No space left on device")


class FileOnDisk:
    """A file that cannot grow while its disk is full."""

    def __init__(self, disk: Disk, file: MediaFile) -> None:
        self._disk = disk
        self._file = file

    def write(self, data: bytes, at_ms: int, keyframe: bool) -> None:
        self._disk.check()
        self._file.write(data, at_ms, keyframe)

    def close(self) -> None:
        self._file.close()
        self._disk.check()


class RedMicrophone(Sender):
    """Says everything again, as often as `depth`; received as a peer's packets are."""

    def __init__(self, stage: Stage, depth: int) -> None:
        self.stream = RedStream(depth, OPUS_TYPE, CannedOpus(1).packet)
        super().__init__(
            stage, "tr_mic", "microphone", "opus", payloads=lambda n, _: [self.stream.payload(n)], fps=50
        )

    def _receive(self, packets: list[RtpPacket], now: float) -> None:
        whole: list[RtpPacket] = []
        for packet in packets:
            self.layer.arrived(packet.index, packet.timestamp, len(packet.payload), now)
            voice = red.primary(packet.payload)
            newest = RtpPacket(packet.index, False, OPUS_TYPE, packet.timestamp, voice, now)
            whole += redundancy.unpack(self.layer, newest, packet.payload, OPUS_TYPE)
            whole.append(newest)
        super()._receive(whole, now)


@pytest.mark.parametrize("codec", ["VP8", "VP9", "H264", "AV1"])
def test_of_a_stream_with_thirty_percent_loss_remains_what_can_be_seen(tmp_path: Path, codec: str) -> None:
    stage = Stage(tmp_path)
    stage.start()
    random = Random(5)
    sender = camera(stage, codec)
    voice = microphone(stage)
    sender.loses = voice.loses = lambda index: random.random() < 0.3
    stage.run(30.0)
    manifest = stage.stop()
    picture, sound = manifest.tracks
    assert 0.2 * sender.sent < picture.lost < 0.4 * sender.sent
    assert picture.packets + picture.lost == pytest.approx(sender.sent, abs=20)
    assert picture.skipped > 0
    assert any(gap.reason == "loss" for gap in picture.gaps)
    entry = only_file(manifest, "tr_cam")
    found = probe(tmp_path / entry.name)
    assert decodes(tmp_path / entry.name) == ""
    assert len(found.keyframes) > 10  # asked for again and again
    assert found.packets[-1][0] > 20.0
    entry = only_file(manifest, "tr_mic")
    assert decodes(tmp_path / entry.name) == ""
    assert abs(probe(tmp_path / entry.name).duration_s - 30.0) < 0.5
    assert sound.lost == pytest.approx(0.3 * voice.sent, rel=0.2)


def test_a_stream_without_a_key_frame_is_told_at_once_and_leaves_no_file(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    video = pictures("VP8")
    video(0, True)
    sender = camera(stage)
    sender.play(lambda number, _: video(number, False))
    microphone(stage)
    stage.run(8.0)
    assert stage.problems() == ["no_keyframe"]
    manifest = stage.stop()
    assert len(sender.keyframes) >= 5  # asked for again and again
    track, sound = manifest.tracks
    assert abs(probe(tmp_path / sound.files[0].name).duration_s - 8.0) < 0.5
    assert decodes(tmp_path / sound.files[0].name) == ""
    assert track.files == []
    assert track.skipped == track.packets > 0
    assert manifest.problems[0].track == "tr_cam"
    assert 5_000 <= manifest.problems[0].at_ms < 6_500


def test_a_picture_that_is_lost_for_good_is_kept_up_to_then(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    sender = camera(stage)
    stage.run(4.0)
    good = pictures("VP8")
    good(0, True)
    sender.play(lambda number, _: good(number, False))
    lost = sender.index + 1
    sender.loses = lambda index: index == lost
    stage.run(8.0)
    assert stage.problems() == ["no_keyframe"]
    manifest = stage.stop()
    (track,) = manifest.tracks
    (gap,) = track.gaps
    assert (gap.reason, track.lost) == ("loss", 1)
    assert abs(gap.from_ms - 4_000) < 200
    assert abs(gap.to_ms - 12_000) < 200
    assert [problem.track for problem in manifest.problems] == ["tr_cam"]
    entry = only_file(manifest, "tr_cam")
    assert abs(probe(tmp_path / entry.name).duration_s - 4.0) < 0.5
    assert decodes(tmp_path / entry.name) == ""


def test_a_track_that_changes_its_codec_goes_on_in_another_file(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    sender = camera(stage, "VP8")
    stage.run(3.0)
    sender.publish("H264", pictures("H264"))
    stage.run(3.0)
    sender.publish("VP8", pictures("VP8"))
    stage.run(3.0)
    manifest = stage.stop()
    (track,) = manifest.tracks
    assert [file.codec for file in track.files] == ["VP8", "H264", "VP8"]
    assert [Path(file.name).suffix for file in track.files] == [".webm", ".mp4", ".webm"]
    for number, file in enumerate(track.files):
        assert abs(file.offset_ms - 3_000 * number) < 150
        found = probe(tmp_path / file.name)
        assert found.codec == file.codec.lower()
        assert abs(found.duration_s - 3.0) < 0.5
        assert decodes(tmp_path / file.name) == ""
    assert (track.gaps, track.lost, manifest.problems) == ([], 0, [])


@pytest.mark.parametrize("index", [0, 3, 500_000], ids=["from zero", "a little", "far"])
def test_a_stream_that_begins_anew_on_its_ssrc_goes_on_in_its_file(tmp_path: Path, index: int) -> None:
    stage = Stage(tmp_path)
    stage.start()
    senders = camera(stage), microphone(stage)
    stage.run(3.0)
    for sender in senders:
        sender.renumber(index)
    stage.run(3.0)
    manifest = stage.stop()
    assert stage.problems() == []
    for name, interval_s in (("tr_cam", 0.2), ("tr_mic", 0.05)):
        entry = only_file(manifest, name)
        found = probe(tmp_path / entry.name)
        assert abs(found.duration_s - 6.0) < 0.5
        assert max(after - before for (before, _), (after, _) in pairwise(found.packets)) < interval_s
        assert decodes(tmp_path / entry.name) == ""
    assert all(track.lost == 0 for track in manifest.tracks)


@pytest.mark.parametrize("leap_s", [-3600.0, -2.0, 2.0, 3600.0])
def test_a_clock_that_jumps_is_told_and_the_file_goes_on_in_step(tmp_path: Path, leap_s: float) -> None:
    stage = Stage(tmp_path)
    stage.start()
    senders = camera(stage), microphone(stage)
    stage.run(4.0)
    for sender in senders:
        sender.clock_leap_s = leap_s
    stage.run(8.0)
    manifest = stage.stop()
    assert set(stage.problems()) == {"clock_jump"}
    assert {problem.track for problem in manifest.problems} == {"tr_cam", "tr_mic"}
    for problem in manifest.problems:
        assert abs(float(problem.detail.removesuffix(" s")) - abs(leap_s)) < 0.1
    for name in ("tr_cam", "tr_mic"):
        entry = only_file(manifest, name)
        found = probe(tmp_path / entry.name)
        assert abs(found.duration_s - 12.0) < 0.5
        assert decodes(tmp_path / entry.name) == ""


def test_frames_that_are_none_end_neither_the_file_nor_the_recorder(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    sender = camera(stage, "H264")
    stage.run(2.0)
    good = pictures("H264")
    random = Random(9)

    def rubbish(number: int, keyframe: bool) -> list[bytes]:
        payloads = good(number, keyframe)
        return [random.randbytes(len(payload)) for payload in payloads] if number % 3 == 0 else payloads

    sender.play(rubbish)
    stage.run(4.0)
    sender.play(pictures("H264"))
    stage.run(4.0)
    manifest = stage.stop()
    found = probe(tmp_path / only_file(manifest, "tr_cam").name)
    assert found.packets[-1][0] > 9.5
    assert manifest.tracks[0].malformed + manifest.tracks[0].skipped > 0


def test_a_stream_that_begins_anew_without_end_costs_no_more_than_a_few(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    sender = camera(stage)
    stage.run(2.0)
    good = pictures("VP8")
    good(0, True)
    sender.play(lambda number, _: good(number, False))
    for _ in range(100):
        sender.renumber(7)
        stage.run(0.1)
    sender.play(pictures("VP8"))
    stage.run(3.0)
    manifest = stage.stop()
    found = probe(tmp_path / only_file(manifest, "tr_cam").name)
    assert abs(found.duration_s - 15.0) < 0.5
    assert max(after - before for (before, _), (after, _) in pairwise(found.packets)) > 9.0
    assert manifest.tracks[0].skipped >= 140


def test_a_picture_is_not_missed_while_nothing_is_sent(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    sender = camera(stage)
    stage.run(3.0)
    sender.keyframes.clear()
    sender.loses = lambda index: index % 2 == 0
    stage.run(1.0)
    sender.sending = False
    stage.run(10.0)
    assert stage.problems() == []
    sender.loses = lambda index: False
    sender.sending = True
    stage.run(3.0)
    entry = only_file(stage.stop(), "tr_cam")
    assert abs(probe(tmp_path / entry.name).duration_s - 17.0) < 0.5


def test_packets_sent_again_within_a_second_are_in_their_place(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.start()
    sender = camera(stage)
    random = Random(2)
    sender.delays_s = lambda index: 0.7 if random.random() < 0.1 else 0.0
    stage.run(8.0)
    sender.delays_s = lambda index: 0.0
    stage.run(1.0)
    manifest = stage.stop()
    (track,) = manifest.tracks
    assert (track.lost, track.skipped, track.gaps) == (0, 0, [])
    assert track.files[0].frames == 136
    assert decodes(tmp_path / track.files[0].name) == ""


@pytest.mark.parametrize("depth", [1, 2])
def test_words_that_are_said_again_leave_no_gap_where_they_were_lost(tmp_path: Path, depth: int) -> None:
    stage = Stage(tmp_path)
    stage.start()
    sender = RedMicrophone(stage, depth)
    first = sender.index + 1
    sender.loses = lambda index: index > first and (index - first) % (depth + 1) != 0
    stage.add(sender)
    stage.run(6.0)
    sender.loses = lambda index: False
    stage.run(0.1)
    manifest = stage.stop()
    (track,) = manifest.tracks
    assert (track.lost, track.gaps, manifest.problems) == (0, [], [])
    entry = only_file(manifest, "tr_mic")
    assert entry.frames == sender.sent
    assert decodes(tmp_path / entry.name) == ""
    with av.open(str(tmp_path / entry.name)) as file:
        written = [(packet.pts, bytes(packet)) for packet in file.demux(audio=0) if packet.pts is not None]
    assert [data for _, data in written] == [sender.stream.voice(number + 1) for number in range(sender.sent)]
    assert all(abs(at_ms - 20 * number) <= 10 for number, (at_ms, _) in enumerate(written))


def test_on_a_disk_that_has_room_again_a_track_goes_on_in_a_new_file(tmp_path: Path) -> None:
    disk = Disk()
    stage = Stage(tmp_path, disk.open)
    stage.start()
    camera(stage)
    microphone(stage)
    stage.run(4.0)
    disk.full = True
    stage.run(4.0)
    assert stage.problems() == ["disk_full"] * 2  # of each track, and not again for each packet
    disk.full = False
    stage.run(10.0)
    manifest = stage.stop()
    assert {problem.code for problem in manifest.problems} == {"disk_full"}
    for track in manifest.tracks:
        before, after = track.files
        (gap,) = track.gaps
        assert gap.reason == "disk"
        assert abs(gap.from_ms - 4_000) < 200
        assert abs(gap.to_ms - 14_000) < 700
        assert abs(gap.to_ms - after.offset_ms) < 100
        for file, seconds in ((before, 4.0), (after, 4.0)):
            assert file.complete
            assert abs(probe(tmp_path / file.name).duration_s - seconds) < 1.0
            assert decodes(tmp_path / file.name) == ""
