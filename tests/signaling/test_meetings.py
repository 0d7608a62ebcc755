"""Any course of a meeting keeps the promises of the protocol, as each client sees them."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from config.settings import Limits
from sfu.identifiers import TrackId
from sfu.messages import AudioLevels, PeerClosed
from signaling.permissions import Role
from tests.signaling.meeting import Client, Meeting

SOURCES = ("camera", "microphone", "screen", "screen_audio")


class Told:
    """What a client knows from its messages alone; complains where an event makes no sense."""

    def __init__(self, client: Client, joined: dict[str, Any]) -> None:
        self.client = client
        self.id = joined["participant"]["id"]
        self.participants = {participant["id"] for participant in joined["participants"]}
        self.tracks = {track["id"]: track["participant"] for track in joined["tracks"]}
        self.mids: set[str] = set()
        self.shown: dict[str, str | None] = {}

    def read(self) -> None:
        for message in self.client.take():
            reader = getattr(self, f"on_{message['type']}", None)
            if reader is not None:
                reader(message)

    def on_participant_joined(self, message: dict[str, Any]) -> None:
        assert message["participant"]["id"] not in self.participants
        self.participants.add(message["participant"]["id"])

    def on_participant_updated(self, message: dict[str, Any]) -> None:
        assert message["participant"]["id"] in self.participants

    def on_participant_left(self, message: dict[str, Any]) -> None:
        assert message["participant"] not in self.tracks.values()
        self.participants.remove(message["participant"])

    def on_track_published(self, message: dict[str, Any]) -> None:
        track = message["track"]
        assert track["participant"] in self.participants
        assert track["id"] not in self.tracks
        self.tracks[track["id"]] = track["participant"]

    def on_track_updated(self, message: dict[str, Any]) -> None:
        assert message["track"]["id"] in self.tracks

    def on_track_unpublished(self, message: dict[str, Any]) -> None:
        del self.tracks[message["track"]]

    def on_looking(self, message: dict[str, Any]) -> None:
        for look in message["participants"]:
            assert look["participant"] in self.participants
            assert look["at"] is None or look["at"] == "do_1" or look["at"] in self.tracks

    def on_answer(self, message: dict[str, Any]) -> None:
        self.mids = {slot["mid"] for slot in message["slots"]}
        self.shown = {}

    def on_slots(self, message: dict[str, Any]) -> None:
        for slot in message["slots"]:
            assert slot["mid"] in self.mids
            self.shown[slot["mid"]] = slot["track"]
            if slot["track"] is not None:
                assert self.tracks[slot["track"]] == slot["participant"]
                assert slot["participant"] != self.id

    def check(self) -> None:
        held = [track for track in self.shown.values() if track is not None]
        assert len(set(held)) == len(held)
        assert set(held) <= self.tracks.keys()
        assert self.shown.keys() == self.mids


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["join", "offer", "reconnect", "mute", "unpublish", "pin", "speak", "leave", "drop", "resume",
             "wait", "lose", "role", "look"]
        ),
        st.integers(0, 7),
        st.integers(0, 15),
    ),
    max_size=30,
)  # fmt: skip


class Course:
    """Carries out steps on a meeting of up to five people."""

    def __init__(self) -> None:
        self.meeting = Meeting(Limits(per_identity=9, messages_per_s=10_000))
        self.host = self.enter(Role.HOST)
        self.told: list[Told] = [self.host]
        self.dropped: list[Client] = []

    def enter(self, role: Role, resume: str | None = None) -> Told:
        client = self.meeting.client()
        token = self.meeting.token("host" if role is Role.HOST else "anna", role=role)
        client.send({"type": "join", "token": token} | ({"resume": resume} if resume else {}))
        joined = client.inbox.pop(0)
        client.id, client.resume = joined["participant"]["id"], joined["resume"]
        return Told(client, joined)

    def step(self, act: str, who: int, value: int) -> None:
        told = self.told[who % len(self.told)]
        client = told.client
        tracks = sorted(told.tracks)
        track = tracks[value % len(tracks)] if tracks else "tr_none"
        if act == "join" and len(self.told) < 5:
            self.told.append(self.enter(Role.PARTICIPANT))
        elif act in ("offer", "reconnect"):
            offered = [
                {"mid": source, "source": source} for bit, source in enumerate(SOURCES) if value >> bit & 1
            ]
            fingerprint = f"{value}" if act == "reconnect" else "AA"
            client.offer(offered, video=who % 4, audio=who % 3, fingerprint=fingerprint)
        elif act == "mute":
            client.request("mute", track=track, muted=bool(who % 2))
        elif act == "unpublish":
            client.request("unpublish", track=track)
        elif act == "pin":
            client.request("view", mode="auto", pin=[track])
        elif act == "look":
            client.request("look", at=(None, "do_1", track)[who % 3])
        elif act == "speak":
            self.meeting.event(
                AudioLevels(tuple((TrackId(name), value / 15) for name in tracks[who % 3 :: 2]))
            )
        elif act == "role":
            role = ("viewer", "participant")[value % 2]
            self.host.client.request("moderate", action="set_role", participant=told.id, role=role)
        elif act == "wait":
            self.meeting.advance(value)
        elif act == "lose":
            for peer in list(self.meeting.node.directory.peers)[: who % 3]:
                self.meeting.event(PeerClosed(peer, "consent"))
        elif act == "leave" and told is not self.host:
            client.request("leave")
            self.told.remove(told)
        elif act == "drop" and told is not self.host:
            client.drop()
            self.told.remove(told)
            self.dropped.append(client)
        elif act == "resume" and self.dropped:
            self.come_back(self.dropped.pop())

    def come_back(self, client: Client) -> None:
        back = self.enter(Role.PARTICIPANT, client.resume)
        self.told.append(back)
        back.mids = {slot["mid"] for message in back.client.inbox if message["type"] == "slots"
                     for slot in message["slots"]}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
@example(steps=[("join", 0, 0), ("offer", 2, 0), ("offer", 1, 1), ("lose", 1, 0), ("offer", 1, 0)])
def test_any_course_of_a_meeting_makes_sense_to_every_client(steps: list[tuple[str, int, int]]) -> None:
    course = Course()
    for act, who, value in steps:
        course.step(act, who, value)
        for told in course.told:
            told.read()
            told.check()
    everybody = {told.id for told in course.told}
    for told in course.told:
        assert everybody <= told.participants
    known = [told.tracks for told in course.told]
    assert all(tracks == known[0] for tracks in known)
