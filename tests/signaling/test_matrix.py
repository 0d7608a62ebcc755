"""Every action, by every role, with the grant given and taken: asked of a real meeting.

What is expected comes from the two tables below, written by hand from the protocol's page.
"""

from collections.abc import Callable
from typing import Any

import pytest

from signaling.permissions import Role
from signaling.requests import Action as ModerateAction
from tests.signaling.meeting import Meeting, track_ids

ROLES = (Role.VIEWER, Role.PARTICIPANT, Role.PRESENTER, Role.HOST)
LETTER = dict(zip(ROLES, "vprh", strict=True))

HAS = {
    "subscribe": "vprh",
    "publish_audio": "prh",
    "publish_video": "prh",
    "publish_screen": "prh",
    "mute_others": "rh",
    "moderate": "h",
}
"""Grant → the roles that have it; v viewer, p participant, r presenter, h host."""


class Scene:
    """Somebody in question, a host, and a third whom things are done to."""

    def __init__(self, role: Role, grants: dict[str, bool]) -> None:
        self.meeting = Meeting()
        self.host = self.meeting.join("host", Role.HOST)
        self.third = self.meeting.join("third")
        self.tracks = self.third.publish("microphone", "camera")
        self.me = self.meeting.join("me", role, grants=grants)
        self.me.take()

    def moderates(self, action: str, **fields: Any) -> bool:
        return _done(self.me.ask("moderate", action=action, **fields))

    def knock(self) -> str:
        """The id of somebody at the door."""
        self.host.ask("moderate", action="lobby", enabled=True)
        self.host.take()
        self.meeting.client().send({"type": "join", "token": self.meeting.token("guest")})
        return str(self.host.take("knock")[0]["participant"]["id"])


def _done(reply: dict[str, Any]) -> bool:
    assert reply["type"] != "error" or reply["code"] == "forbidden", reply
    return bool(reply["type"] != "error")


def publishes(source: str) -> Callable[[Scene], bool]:
    def act(scene: Scene) -> bool:
        answer = scene.me.offer([{"mid": "0", "source": source}])
        (track,) = answer["tracks"]
        assert (track["track"] is None) == (track.get("code") == "forbidden")
        published = [
            t for t in scene.third.take("track_published") if t["track"]["participant"] == scene.me.id
        ]
        assert len(published) == (track["track"] is not None)
        return track["track"] is not None

    return act


def sees(scene: Scene) -> bool:
    scene.me.offer(video=1, audio=1)
    return set(track_ids(scene.me.slots()).values()) == set(scene.tracks.values())


def muted_again(scene: Scene) -> bool:
    scene.host.ask("mute", track=scene.tracks["microphone"], muted=True)
    return _done(scene.me.ask("mute", track=scene.tracks["microphone"], muted=False))


def moves(scene: Scene) -> bool:
    reply = scene.me.ask("moderate", action="move", participant=scene.third.id, room="other")
    assert reply["code"] in ("forbidden", "unavailable")
    return bool(reply["code"] == "unavailable")


ALWAYS, NEVER = "always", "never"

ACTS: dict[str, tuple[str, Callable[[Scene], bool]]] = {
    "publish microphone": ("publish_audio", publishes("microphone")),
    "publish camera": ("publish_video", publishes("camera")),
    "publish screen": ("publish_screen", publishes("screen")),
    "publish screen_audio": ("publish_screen", publishes("screen_audio")),
    "subscribe": ("subscribe", sees),
    "mute another's": (
        "mute_others",
        lambda s: _done(s.me.ask("mute", track=s.tracks["microphone"], muted=True)),
    ),
    "unmute another's": (NEVER, muted_again),
    "unpublish another's": (NEVER, lambda s: _done(s.me.ask("unpublish", track=s.tracks["camera"]))),
    "update": (ALWAYS, lambda s: _done(s.me.ask("update", name="x", hand=True))),
    "view": (ALWAYS, lambda s: _done(s.me.ask("view", mode="auto"))),
    "stats": (ALWAYS, lambda s: _done(s.me.ask("stats"))),
    "ping": (ALWAYS, lambda s: _done(s.me.ask("ping"))),
    "leave": (ALWAYS, lambda s: _done(s.me.ask("leave"))),
    "moderate mute_all": ("mute_others", lambda s: s.moderates("mute_all")),
    "moderate remove": ("moderate", lambda s: s.moderates("remove", participant=s.third.id)),
    "moderate set_role": (
        "moderate",
        lambda s: s.moderates("set_role", participant=s.me.id, role="host"),
    ),
    "moderate set_grants": (
        "moderate",
        lambda s: s.moderates("set_grants", participant=s.me.id, grants={"record": True}),
    ),
    "moderate lower_hand": ("moderate", lambda s: s.moderates("lower_hand", participant=s.third.id)),
    "moderate lock": ("moderate", lambda s: s.moderates("lock", locked=True)),
    "moderate limit": ("moderate", lambda s: s.moderates("limit", max_participants=9)),
    "moderate lobby": ("moderate", lambda s: s.moderates("lobby", enabled=True)),
    "moderate admit": ("moderate", lambda s: s.moderates("admit", participant=s.knock())),
    "moderate deny": ("moderate", lambda s: s.moderates("deny", participant=s.knock())),
    "moderate move": ("moderate", moves),
    "moderate end": ("moderate", lambda s: s.moderates("end")),
}
"""What is done → the grant it needs, and how it is asked for: true if it was done, false if forbidden."""


def test_every_moderate_action_is_in_the_table() -> None:
    actions = {name.removeprefix("moderate ") for name in ACTS if name.startswith("moderate ")}
    assert actions == set(ModerateAction.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("override", [None, True, False])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ACTS)
def test_who_may_do_what(name: str, role: Role, override: bool | None) -> None:
    grant, act = ACTS[name]
    if grant in (ALWAYS, NEVER):
        # Not a matter of grants: all of them, or none, make no difference.
        expected = grant == ALWAYS
        grants = {} if override is None else dict.fromkeys(HAS, override)
    else:
        expected = LETTER[role] in HAS[grant] if override is None else override
        grants = {} if override is None else {grant: override}
    assert act(Scene(role, grants)) == expected


@pytest.mark.parametrize("role", ROLES)
def test_what_is_forbidden_changes_nothing_and_nobody_hears_of_it(role: Role) -> None:
    for name, (grant, act) in ACTS.items():
        if name.startswith("moderate ") and LETTER[role] not in HAS[grant]:
            scene = Scene(role, {})
            scene.third.take()
            before = scene.meeting.rooms.registry.named("r")
            assert before is not None
            assert act(scene) is False
            told = [m for m in scene.third.take() if m["type"] != "room_updated"]
            assert told == []
            assert len(before.participants) == 3


def test_own_tracks_are_ones_own_whatever_is_taken_away_later() -> None:
    scene = Scene(Role.PARTICIPANT, {})
    scene.host.ask("moderate", action="set_grants", participant=scene.third.id, grants={"mute_others": False})
    microphone = scene.tracks["microphone"]
    for muted in (True, False):
        assert _done(scene.third.ask("mute", track=microphone, muted=muted))
    assert _done(scene.third.ask("unpublish", track=microphone))
