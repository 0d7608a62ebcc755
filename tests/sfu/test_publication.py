from dataclasses import dataclass, field

from quality.dynacast import HOLD_S, Asked
from sfu.flush import FlushSchedule
from sfu.publication import Publication
from tests.sfu.packets import video, vp8
from tests.sfu.stage import Track


@dataclass(eq=False)
class Follower:
    """A reader that notes when it was asked to choose again."""

    hidden: bool = False
    aimed: list[float] = field(default_factory=list)
    shown: Asked | None = None

    def aim(self, now: float) -> None:
        self.aimed.append(now)

    def asked(self) -> Asked | None:
        return self.shown

    def assign(self, publication: Publication | None, hidden: bool, now: float) -> None:
        raise NotImplementedError

    def withdraw(self, publication: Publication, now: float) -> None:
        raise NotImplementedError


def simulcast() -> tuple[Track, Follower]:
    track = Track(FlushSchedule(), rids=("q", "h", "f"))
    follower = Follower()
    track.publication.readers.append(follower)
    return track, follower


def best(track: Track, now: float) -> str:
    layer = track.publication.best(now)
    assert layer is not None
    return layer.rid


def key(index: int, width: int, height: int) -> bytes:
    return vp8(key=True, size_of_picture=(width, height))


def test_the_highest_layer_that_is_alive_is_best() -> None:
    track, _ = simulcast()
    track.feed(video(1), rid="h", now=1.0)
    assert best(track, 1.0) == "h"
    track.feed(video(1), rid="f", now=1.5)
    track.feed(video(1), rid="q", now=2.0)
    assert best(track, 2.0) == "f"
    assert best(track, 3.6) == "q"


def test_without_any_layer_alive_the_lowest_is_awaited() -> None:
    track, _ = simulcast()
    assert best(track, 1.0) == "q"


def test_readers_choose_again_when_a_layer_begins_and_when_it_falls_silent() -> None:
    track, follower = simulcast()
    track.feed(video(1), rid="q", now=1.0)
    track.feed(video(2), rid="q", now=1.1)
    assert follower.aimed == [1.0]
    track.feed(video(1), rid="f", now=2.0)
    assert follower.aimed == [1.0, 2.0]
    track.publication.check_alive(2.5)
    assert follower.aimed == [1.0, 2.0]
    track.publication.check_alive(3.2)
    assert follower.aimed == [1.0, 2.0, 3.2]
    track.feed(video(3), rid="q", now=3.3)
    assert follower.aimed == [1.0, 2.0, 3.2, 3.3]


def test_quality_order_follows_measured_size() -> None:
    track, _ = simulcast()
    for rid, (width, height) in {"q": (1280, 720), "h": (640, 360), "f": (320, 180)}.items():
        track.feed(video(1, key(1, width, height)), rid=rid, now=1.0)
    assert [layer.rid for layer in track.publication.layers] == ["f", "h", "q"]
    assert best(track, 1.0) == "q"
    assert [(info.rid, info.width) for info in track.publication.infos(1.0)] == [
        ("f", 320),
        ("h", 640),
        ("q", 1280),
    ]


def test_muting_drops_packets_of_every_layer_and_readers_choose_again() -> None:
    track, follower = simulcast()
    track.publication.mute(True, 1.0)
    assert all(layer.muted for layer in track.publication.layers)
    track.publication.mute(True, 1.1)
    track.publication.mute(False, 1.2)
    assert not any(layer.muted for layer in track.publication.layers)
    assert follower.aimed == [1.0, 1.2]


def test_unknown_rid_is_no_layer() -> None:
    track, _ = simulcast()
    assert track.publication.layer("x") is None


def test_what_no_reader_shows_is_not_wanted_and_who_comes_wants_at_once() -> None:
    track, follower = simulcast()
    publication = track.publication
    for index, (rid, width) in enumerate({"q": 320, "h": 640, "f": 1280}.items()):
        track.feed(video(1, key(index, width, width * 9 // 16)), rid=rid, now=1.0)
    follower.shown = Asked(320, 180)
    assert publication.look_at_wants(1.0) is None
    assert publication.look_at_wants(1.0 + HOLD_S) == ("q",)
    assert [publication.wants(layer) for layer in publication.layers] == [True, False, False]
    follower.shown = None
    assert publication.want(follower, 3.0) is None
    assert publication.look_at_wants(3.0) is None
    assert publication.look_at_wants(3.0 + HOLD_S) == ()
    follower.shown = Asked(1280, 720)
    assert publication.want(follower, 5.0) == ("q", "h", "f")
