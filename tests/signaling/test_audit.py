"""Who did what to whom, kept."""

import logging

import orjson
import pytest

from signaling.audit import REFUSALS_PER_S, Audit, AuditEntry, LoggedAudit
from signaling.permissions import Role, Subject
from tests.signaling.meeting import UNIX_S, Meeting


def test_each_act_of_moderation_is_one_entry() -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    microphone = anna.publish("microphone")["microphone"]
    assert meeting.audited == []
    host.ask("moderate", action="lock", locked=True)
    host.ask("moderate", action="set_role", participant=anna.id, role="presenter")
    host.ask("mute", track=microphone, muted=True)
    host.ask("moderate", action="remove", participant=anna.id, ban=True)
    at = int(UNIX_S * 1000)
    about = {"target": "anna", "target_participant": anna.id}
    by = {"at": at, "room": "r", "by": "host", "by_participant": host.id}
    assert meeting.audited == [
        AuditEntry(action="lock", detail={"locked": True}, **by),  # type: ignore[arg-type]
        AuditEntry(action="set_role", detail={"role": "presenter"}, **by, **about),  # type: ignore[arg-type]
        AuditEntry(action="mute", detail={"source": "microphone"}, **by, **about),  # type: ignore[arg-type]
        AuditEntry(action="remove", detail={"ban": True}, **by, **about),  # type: ignore[arg-type]
    ]


def test_what_somebody_does_to_themselves_is_no_moderation() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    microphone = anna.publish("microphone")["microphone"]
    anna.ask("mute", track=microphone, muted=True)
    anna.ask("update", hand=True)
    anna.ask("unpublish", track=microphone)
    assert meeting.audited == []


def test_refusals_are_kept_with_their_code() -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    microphone = host.publish("microphone")["microphone"]
    anna.ask("moderate", action="remove", participant=host.id)
    anna.ask("mute", track=microphone, muted=True)
    host.ask("moderate", action="remove", participant="pa_nobody")
    host.ask("moderate", action="lock", locked=True)
    late = meeting.client()
    late.send({"type": "join", "token": meeting.token("late")})
    thief = meeting.client()
    thief.send({"type": "join", "token": meeting.token("thief", role=Role.HOST), "resume": anna.resume})
    said = [(e.action, e.by, e.target, e.outcome) for e in meeting.audited if e.outcome != "done"]
    assert said == [
        ("remove", "anna", "host", "forbidden"),
        ("mute", "anna", "host", "forbidden"),
        ("remove", "host", "", "not_found"),
        ("join", "late", "", "locked"),
        ("resume", "thief", "anna", "forbidden"),
    ]


def test_flood_of_refusals_is_counted_not_kept_and_acts_always_are() -> None:
    kept: list[AuditEntry] = []

    class Kept:
        def record(self, entry: AuditEntry) -> None:
            kept.append(entry)

    audit = Audit(Kept(), now=0.0)
    for _ in range(1_000):
        audit.refused(1, "r", "lock", Subject("anna"), "forbidden", 0.0)
    assert len(kept) == REFUSALS_PER_S
    audit.done(2, "r", "lock", Subject("host"))
    assert kept[-1].outcome == "done"
    assert kept[-1].left_out == 1_000 - REFUSALS_PER_S
    audit.done(3, "r", "lock", Subject("host"))
    assert kept[-1].left_out == 0


def test_log_line_is_one_json_object(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "sfumato.audit"):
        LoggedAudit().record(AuditEntry(at=5, room="a\nb", action="lock", by="host", detail={"locked": True}))
    (record,) = caplog.records
    line = record.getMessage()
    assert "\n" not in line
    said = {"at": 5, "room": "a\nb", "action": "lock", "by": "host", "outcome": "done"}
    assert orjson.loads(line) == said | {"detail": {"locked": True}}
