"""The numbers behind a score, from publications and slots."""

from quality.dynacast import HOLD_S, Asked
from quality.scores import Score
from sfu.flush import FlushSchedule
from sfu.peer_quality import PeerQuality
from sfu.publication import Publication
from tests.sfu.packets import video, vp8
from tests.sfu.stage import Track
from tests.sfu.test_publication import Follower

SIZES = {"q": (320, 180), "h": (640, 360), "f": (1280, 720)}


def feed(track: Track, *rids: str, second: int, fps: int = 30) -> None:
    """A second of frames, a packet each."""
    for frame in range(fps):
        index = second * 100 + frame
        for rid in rids:
            payload = vp8(key=frame == 0, size_of_picture=SIZES[rid])
            track.feed(video(index, payload), rid=rid, now=second + frame / fps)


def scores(track: Track, seconds: list[tuple[str, int]]) -> list[Score | None]:
    """What is told, looking after each second of (rids that come, frames of them)."""
    quality = PeerQuality()
    told = []
    for second, (rids, fps) in enumerate(seconds):
        feed(track, *rids, second=second, fps=fps)
        told.append(quality.look([track.publication], [], 0.03, second + 0.999))
    return told


def camera() -> Track:
    return Track(FlushSchedule(), rids=("q", "h", "f"))


def test_all_encodings_fluent_is_excellent() -> None:
    assert scores(camera(), [("qhf", 30)] * 5) == [Score(5, ""), None, None, None, None]


def test_missing_encodings_are_want_of_bandwidth() -> None:
    told = scores(camera(), [("qhf", 30)] * 3 + [("q", 30)] * 12)
    assert Score(3, "bandwidth") in told


def test_an_encoding_that_nobody_wants_is_not_missed() -> None:
    track = camera()
    feed(track, "q", "h", "f", second=0)
    publication: Publication = track.publication
    follower = Follower()
    publication.readers.append(follower)
    publication.look_at_wants(1.0)
    follower.shown = Asked(320, 180)
    assert publication.want(follower, 1.0 + HOLD_S) == ("q",)
    quality = PeerQuality()
    for second in range(1, 12):
        feed(track, "q", second=second)
        told = quality.look([publication], [], 0.03, second + 0.999)
        assert told == (Score(5, "") if second == 1 else None)


def test_a_fluent_camera_that_crawls_has_a_slow_machine() -> None:
    told = scores(camera(), [("qhf", 30)] * 3 + [("qhf", 2)] * 12)
    assert Score(3, "cpu") in told


def test_a_camera_that_was_never_fluent_is_no_fault() -> None:
    assert scores(camera(), [("qhf", 5)] * 6) == [Score(5, "")] + [None] * 5


def test_who_publishes_nothing_and_sees_nothing_has_a_good_connection() -> None:
    assert PeerQuality().look([], [], None, 1.0) == Score(5, "")
