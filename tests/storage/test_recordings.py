"""Recordings and what webhooks still have to be told, on both databases."""

from contextlib import suppress
from dataclasses import replace

from datachannels.repositories import Unstorable
from storage.recordings import RecordingRecord, RecordingState
from storage.store import Store
from storage.webhook_events import Waiting

FIRST = RecordingRecord("re_1", "r", "rm_1", "node", "anna", "Anna", 1_000)
FILES = [{"name": "01-camera.webm", "codec": "VP8", "bytes": 7, "sha256": "ab"}]


async def test_a_recording_is_kept_as_it_is_now(store: Store) -> None:
    await store.recordings.put(FIRST)
    assert await store.recordings.get("re_1") == replace(FIRST, files=[], problems=[])
    problems = [{"at_ms": 5, "code": "no_keyframe", "track": "tr_1", "detail": ""}]
    over = replace(
        FIRST, state=RecordingState.FINISHED, ended_at=9_000, octets=7, files=FILES, problems=problems
    )
    await store.recordings.put(over)
    assert await store.recordings.get("re_1") == over
    await store.recordings.delete("re_1")
    assert await store.recordings.get("re_1") is None


async def test_what_no_recording_can_be_called_is_no_reason_to_ask_again(store: Store) -> None:
    with suppress(Unstorable):  # PostgreSQL's text has no NUL
        assert await store.recordings.get("re_\0") is None
        assert await store.recordings.newest("r\0", "", 2) == []


async def test_recordings_come_newest_first_in_pages(store: Store) -> None:
    for name, at in {"re_5": 1_000, "re_2": 2_000, "re_3": 2_000, "re_1": 3_000}.items():
        await store.recordings.put(replace(FIRST, id=name, started_at=at))
    await store.recordings.put(replace(FIRST, id="re_9", room="s", started_at=9_000))
    first = await store.recordings.newest("r", "", 2)
    assert [one.id for one in first] == ["re_1", "re_3"]
    assert [one.id for one in await store.recordings.newest("r", "re_3", 5)] == ["re_2", "re_5"]
    assert [one.id for one in await store.recordings.newest(None, "", 1)] == ["re_9"]
    assert await store.recordings.newest("r", "re_unknown", 5) == []


async def test_what_a_node_left_unfinished_is_told_from_what_is_over(store: Store) -> None:
    states = [*RecordingState]
    for number, state in enumerate(states):
        await store.recordings.put(replace(FIRST, id=f"re_{number}", state=state, started_at=number))
    await store.recordings.put(replace(FIRST, id="re_elsewhere", node="other"))
    unfinished = [one.state for one in await store.recordings.unfinished("node")]
    assert unfinished == [state for state in states if not state.over]
    assert [one.state for one in await store.recordings.over("node")] == [one for one in states if one.over]


async def test_events_wait_in_their_order_until_they_are_taken(store: Store) -> None:
    events = [Waiting(f"wh_{at}", at, "node", "http://receiver", "{}") for at in (3, 1, 2)]
    await store.webhook_events.put(events[:2])
    await store.webhook_events.put(events[2:])
    await store.webhook_events.put([replace(events[0], id="wh_x", node="other")])
    await store.webhook_events.put([replace(events[0], id="wh_y", url="http://other")])
    url = "http://receiver"
    assert [one.id for one in await store.webhook_events.waiting("node", url, 2)] == ["wh_1", "wh_2"]
    await store.webhook_events.taken(["wh_1", "wh_2"])
    assert await store.webhook_events.waiting("node", url, 9) == [events[0]]
