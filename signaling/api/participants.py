"""Participants over HTTP: who is in a room, who waits at its door, and what a moderator does to them."""

import time
from http import HTTPStatus
from typing import Any

from aiohttp import web

from signaling.api.body import page, read_changes
from signaling.api.caller import Callers
from signaling.api.endpoint import GRANTS, PAGED, ROLE, Endpoint, page_of, ref
from signaling.audit import Concerned
from signaling.driver import SignalingDriver
from signaling.moderation import mute_track
from signaling.participant import Participant
from signaling.permissions import Action, Subject, TrackOf, allowed
from signaling.problems import Problem, json_response
from signaling.room import Room

CHANGES = {
    "role": ROLE,
    "grants": GRANTS,
    "hand": {"const": False, "description": "lowers the hand"},
    "muted": {"const": True, "description": "mutes the microphones"},
    "admitted": {"const": True, "description": "lets in who waits"},
}


class ParticipantEndpoints:
    """Everything about single participants."""

    def __init__(self, driver: SignalingDriver, callers: Callers) -> None:
        self._driver = driver
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        room, participants = "/rooms/{name}", {200: page_of("participants", ref("Participant"))}
        at = room + "/participants/{id}"
        return [
            Endpoint(
                "GET",
                room + "/participants",
                self.list_participants,
                "Who is in it, save the hidden",
                "room",
                participants,
                PAGED,
            ),
            Endpoint(
                "GET",
                room + "/waiting",
                self.list_waiting,
                "Who is at the door",
                "moderate",
                participants,
                PAGED,
            ),
            Endpoint(
                "PATCH",
                at,
                self.change_participant,
                "Change role, grants, hand or microphone, or let somebody in",
                "moderate (`muted`: mute_others)",
                {200: ref("Participant")},
                body=CHANGES,
            ),
            Endpoint(
                "DELETE",
                at,
                self.remove_participant,
                "Out of the meeting, or away from its door",
                "moderate",
                {204: None},
                {"ban": {"type": "boolean", "default": False}},
            ),
        ]

    async def list_participants(self, request: web.Request) -> web.Response:
        """Who is in it, save the hidden."""
        room, _ = self._callers.member(request)
        visible = {member.id: member for member in room.participants.values() if not member.hidden}
        return _listed(request, visible)

    async def list_waiting(self, request: web.Request) -> web.Response:
        """Who is at the door."""
        room, _ = self._callers.moderator(request, "waiting")
        knocks = room.admission.lobby.knocks()
        return _listed(request, {knock.participant.id: knock.participant for knock in knocks})

    async def change_participant(self, request: web.Request) -> web.Response:
        """Several changes at once hold together: all are judged before the first is made."""
        room, subject = self._callers.member(request)
        participant = request.match_info["id"]
        body = await read_changes(request, CHANGES)
        if body.get("hand", False) is not False or any(
            body.get(name, True) is not True for name in ("muted", "admitted")
        ):
            raise Problem("bad_message", "hand may be false, muted and admitted true")
        if not {"muted"}.issuperset(body):
            self._callers.moderator(request, "change")
        if "muted" in body:
            self._check_mute(room, subject, participant)
        self._callers.moderate(room, subject, _acts(participant, body))
        target = room.participants.get(participant)
        if target is None:
            raise Problem("not_found", "no such participant")
        if "muted" in body:
            _mute(room, subject, target)
        self._driver.pump()
        return json_response(target.describe())

    async def remove_participant(self, request: web.Request) -> web.Response:
        """As `moderate remove`, or `deny` for somebody at the door; `?ban=true` for good."""
        room, subject = self._callers.moderator(request, "remove")
        participant = request.match_info["id"]
        action = "deny" if participant in room.admission.lobby else "remove"
        ban = request.query.get("ban", "false") == "true"
        self._callers.moderate(room, subject, [{"action": action, "participant": participant, "ban": ban}])
        self._driver.pump()
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _check_mute(self, room: Room, subject: Subject, participant: str) -> None:
        if not allowed(subject, Action.MUTE, TrackOf(participant, "microphone")):
            room.audit_refusal("mute", subject, "forbidden", time.monotonic())
            raise Problem("forbidden", "needs the grant mute_others")


def _acts(participant: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    acts: list[dict[str, Any]] = []
    if "admitted" in body:
        acts.append({"action": "admit"})
    if "role" in body:
        acts.append({"action": "set_role", "role": body["role"]})
    if "grants" in body:
        acts.append({"action": "set_grants", "grants": body["grants"]})
    if "hand" in body:
        acts.append({"action": "lower_hand"})
    return [act | {"participant": participant} for act in acts]


def _mute(room: Room, by: Subject, target: Participant) -> None:
    for track in room.tracks_of(target):
        if track.source == "microphone":
            mute_track(room, track, muted=True)
    room.audit("mute", by, time.monotonic(), Concerned(target.subject.identity, target.id))


def _listed(request: web.Request, participants: dict[str, Participant]) -> web.Response:
    keys, after = page(request, sorted(participants))
    return json_response({"participants": [participants[key].describe() for key in keys], "after": after})
