import pytest

from config.settings import Limits, RoomSettings
from sfu.identifiers import Mid, PeerId, Rid, TrackId
from sfu.messages import (
    ApplyOffer,
    AskStats,
    AssignSlot,
    AudioLevels,
    ClosePeer,
    CloseTrack,
    ConnectionQuality,
    LayerInfo,
    LayersWanted,
    MuteTrack,
    OpenPeer,
    PeerClosed,
    PeerStats,
    SlotState,
    SlotStats,
    TrackLayers,
)
from signaling.permissions import Role
from tests.signaling.meeting import Client, Meeting, track_ids


def kinds(client: Client) -> list[str]:
    return [message["type"] for message in client.inbox]


# --- joining -----------------------------------------------------------------------------------------------


def test_joined_is_complete_and_others_are_told() -> None:
    meeting = Meeting()
    anna = meeting.join("anna", metadata="m")
    tracks = anna.publish("camera", "microphone")
    anna.take()
    bert = meeting.client()
    bert.send({"type": "join", "id": 7, "token": meeting.token("bert", role=Role.HOST)})
    (joined,) = bert.inbox
    assert joined["type"] == "joined"
    assert joined["id"] == 7
    assert joined["resumed"] is False
    assert [p["identity"] for p in joined["participants"]] == ["anna", "bert"]
    assert {t["id"] for t in joined["tracks"]} == set(tracks.values())
    assert joined["participant"]["role"] == "host"
    assert joined["participant"]["grants"]["moderate"] is True
    assert joined["participant"]["joined_at"] == meeting.node.unix_ms(meeting.now)
    assert joined["limits"]["grace_ms"] == 30_000
    assert joined["room"]["name"] == "r"
    assert [m["participant"]["identity"] for m in anna.take("participant_joined")] == ["bert"]


def test_several_connections_of_one_identity_join_up_to_the_limit() -> None:
    meeting = Meeting(Limits(per_identity=2))
    first, second = meeting.join("anna"), meeting.join("anna")
    assert first.id != second.id
    third = meeting.client()
    third.send({"type": "join", "token": meeting.token("anna")})
    assert third.inbox == []
    assert third.closed is not None
    assert third.closed[0] == 4429
    assert '"retry_ms"' in third.closed[1]


def test_full_room_refuses_with_a_time_to_try_again() -> None:
    meeting = Meeting(rooms=RoomSettings(max_participants=1))
    meeting.join("anna")
    late = meeting.client()
    late.send({"type": "join", "token": meeting.token("bert")})
    assert late.closed is not None
    assert late.closed[0] == 4429


def test_room_is_not_made_where_that_is_off() -> None:
    meeting = Meeting(rooms=RoomSettings(auto_create=False))
    client = meeting.client()
    client.send({"type": "join", "token": meeting.token("anna")})
    assert client.closed == (4404, "no such room")


def test_token_for_any_room_needs_the_join_to_name_one() -> None:
    meeting = Meeting()
    client = meeting.client()
    client.send({"type": "join", "token": meeting.token("anna", room="*"), "room": "x"})
    assert client.inbox[0]["room"]["name"] == "x"
    lost = meeting.client()
    lost.send({"type": "join", "token": meeting.token("anna", room="*")})
    assert lost.closed == (4400, "join names no room")


def test_token_for_another_room_is_refused() -> None:
    meeting = Meeting()
    client = meeting.client()
    client.send({"type": "join", "token": meeting.token("anna", room="x"), "room": "y"})
    assert client.closed is not None
    assert client.closed[0] == 4403


def test_expired_token_is_refused() -> None:
    meeting = Meeting()
    token = meeting.token("anna", ttl_s=1.0)
    meeting.advance(60)
    client = meeting.client()
    client.send({"type": "join", "token": token})
    assert client.closed is not None
    assert client.closed[0] == 4401


def test_hidden_participant_is_shown_to_nobody_and_sees_all() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    spy = meeting.client()
    spy.send({"type": "join", "token": meeting.token("spy", grants={"hidden": True})})
    assert anna.inbox == []
    assert len(spy.inbox[0]["participants"]) == 2
    bert = meeting.client()
    bert.send({"type": "join", "token": meeting.token("bert")})
    assert [p["identity"] for p in bert.inbox[0]["participants"]] == ["anna", "bert"]
    spy.drop()
    meeting.advance(60)
    assert kinds(anna) == ["participant_joined"]


def test_room_that_stays_empty_ends_and_a_join_makes_a_new_one() -> None:
    meeting = Meeting()
    meeting.join("anna").ask("leave")
    old = meeting.rooms.registry.named("r")
    meeting.advance(59)
    assert meeting.rooms.registry.named("r") is old
    meeting.advance(2)
    assert meeting.rooms.registry.named("r") is None
    meeting.join("anna")
    assert meeting.rooms.registry.named("r") is not old


def test_large_room_sums_up_joins_and_leaves_twice_a_second() -> None:
    meeting = Meeting(Limits(roster=2))
    anna, bert = meeting.join("anna"), meeting.join("bert")
    anna.take()
    carl = meeting.join("carl")
    meeting.join("dora")
    meeting.advance(0.2)
    (first,) = anna.take()
    assert first["type"] == "roster"
    assert [p["identity"] for p in first["joined"]] == ["carl", "dora"]
    assert first["count"] == 4
    bert.ask("leave")
    carl.drop()
    emil = meeting.join("emil")
    track = emil.publish("camera")["camera"]
    assert [m["track"]["id"] for m in emil.inbox if m["type"] == "track_published"] == [track]
    meeting.advance(1.0)
    told = [m for m in anna.take() if m["type"] != "participant_updated"]
    assert [m["type"] for m in told] == ["roster", "track_published"]
    assert told[0]["left"] == [bert.id]
    assert [p["identity"] for p in told[0]["joined"]] == ["emil"]


# --- offers ------------------------------------------------------------------------------------------------


def test_answer_comes_before_track_published_and_slots_after_it() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    anna.publish("camera")
    bert = meeting.join("bert")
    bert.offer([{"mid": "0", "source": "microphone"}], video=2, audio=1)
    assert kinds(bert) == ["answer", "track_published", "slots"]
    assert bert.inbox[0]["slots"] == [
        {"mid": "v1", "kind": "video", "seat": 1},
        {"mid": "v2", "kind": "video", "seat": 2},
        {"mid": "a1", "kind": "audio", "seat": 1},
    ]


def test_publisher_and_others_are_told_of_the_whole_track() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    anna.offer([{"mid": "0", "source": "screen", "name": "two", "surface": "window"}], codec="H264/42e01f")
    for client in (anna, bert):
        (published,) = client.take("track_published")
        track = published["track"]
        assert (track["kind"], track["source"], track["name"]) == ("video", "screen", "two")
        assert (track["codec"], track["surface"], track["participant"]) == ("H264", "window", anna.id)
        assert track["csrc"] > 0


def test_listed_mid_keeps_its_track_and_an_absent_one_is_unpublished() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    tracks = anna.publish("camera", "microphone")
    bert.take()
    answer = anna.offer([{"mid": "p1", "source": "microphone"}])
    assert answer["tracks"] == [{"mid": "p1", "track": tracks["microphone"]}]
    assert bert.take() == [{"type": "track_unpublished", "track": tracks["camera"]}]
    again = anna.offer([{"mid": "p0", "source": "camera"}, {"mid": "p1", "source": "microphone"}])
    assert again["tracks"][0]["track"] != tracks["camera"]


def test_source_that_is_not_allowed_is_answered_forbidden_and_the_rest_stands() -> None:
    meeting = Meeting()
    anna = meeting.join("anna", grants={"publish_video": False})
    answer = anna.offer([{"mid": "0", "source": "camera"}, {"mid": "1", "source": "microphone"}])
    assert answer["tracks"][0] == {"mid": "0", "track": None, "code": "forbidden"}
    assert answer["tracks"][1]["track"] is not None


def test_refused_offer_changes_nothing_and_closes_the_connection_it_opened() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    number = anna.begin_offer([{"mid": "0", "source": "camera"}])
    meeting.refuse(meeting.last_offer(), "too_large")
    assert anna.reply(number)["code"] == "too_large"
    (opened,) = meeting.of(OpenPeer)
    assert meeting.of(ClosePeer) == [ClosePeer(opened.peer)]
    assert kinds(anna) == ["error"]


def test_offer_without_fingerprint_is_a_bad_message_and_opens_nothing() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    assert anna.ask("offer", sdp="v=0\r\n", tracks=[])["code"] == "bad_message"
    assert meeting.commands == []


def test_another_fingerprint_moves_the_tracks_to_a_new_connection() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    camera = anna.publish("camera", fingerprint="AA")["camera"]
    first = meeting.last_offer().peer
    bert.take()
    answer = anna.offer(
        [{"mid": "7", "source": "camera"}, {"mid": "8", "source": "microphone"}], fingerprint="BB"
    )
    assert answer["tracks"][0] == {"mid": "7", "track": camera}
    assert meeting.last_offer().peer != first
    assert meeting.of(ClosePeer) == [ClosePeer(first)]
    assert [m["type"] for m in bert.take()] == ["track_published"]


def test_new_connection_is_seated_anew_and_a_manual_view_becomes_auto() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    camera = anna.publish("camera")["camera"]
    bert.offer(video=2)
    assert bert.ask("view", mode="manual", slots=[{"mid": "v2", "track": camera}])["type"] == "ok"
    assert track_ids(bert.slots()) == {"v1": None, "v2": camera}
    bert.take()
    bert.offer(video=2, fingerprint="BB")
    assert track_ids(bert.slots()) == {"v1": camera, "v2": None}


def test_refused_new_connection_leaves_the_old_one() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    anna.publish("camera", fingerprint="AA")
    old = meeting.last_offer().peer
    anna.begin_offer([], "BB")
    new = meeting.last_offer().peer
    meeting.refuse(meeting.last_offer())
    assert meeting.of(ClosePeer) == [ClosePeer(new)]
    anna.offer([{"mid": "p0", "source": "camera"}], fingerprint="AA")
    assert meeting.last_offer().peer == old


def test_closed_connection_leaves_its_tracks_until_the_next_offer() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    camera = anna.publish("camera", fingerprint="AA")["camera"]
    peer = meeting.last_offer().peer
    bert.take()
    meeting.event(PeerClosed(peer, "consent"))
    assert anna.take("pc_closed") == [{"type": "pc_closed", "reason": "consent"}]
    assert bert.take() == []
    answer = anna.offer([{"mid": "p0", "source": "camera"}], fingerprint="AA")
    assert answer["tracks"] == [{"mid": "p0", "track": camera}]
    assert meeting.last_offer().peer != peer
    assert meeting.of(ClosePeer) == [ClosePeer(peer)]


def test_closed_connection_is_closed_for_good_when_its_participant_leaves() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    anna.publish("camera")
    peer = meeting.last_offer().peer
    meeting.event(PeerClosed(peer, "consent"))
    anna.ask("leave")
    assert meeting.of(ClosePeer) == [ClosePeer(peer)]


def test_connection_that_fails_before_its_answer_is_an_error_and_closed() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    number = anna.begin_offer()
    peer = meeting.last_offer().peer
    meeting.event(PeerClosed(peer, "dtls"))
    assert anna.reply(number)["code"] == "unavailable"
    assert meeting.of(ClosePeer) == [ClosePeer(peer)]


def test_requests_wait_for_the_answer_of_an_offer_before_them() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    offer = anna.begin_offer([{"mid": "0", "source": "camera"}])
    ping = anna.request("ping")
    assert kinds(anna) == []
    meeting.answer(meeting.last_offer())
    assert kinds(anna) == ["answer", "track_published", "pong"]
    assert anna.reply(ping)["type"] == "pong"
    assert anna.reply(offer)["type"] == "answer"


def test_answer_for_somebody_who_left_is_ignored() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    anna.begin_offer([{"mid": "0", "source": "camera"}])
    anna.drop()
    meeting.advance(40)
    bert.take()
    meeting.answer(meeting.last_offer())
    assert bert.take() == []
    assert meeting.of(ClosePeer) == [ClosePeer(meeting.last_offer().peer)]


def test_grant_lost_while_an_offer_is_under_way_stops_the_track() -> None:
    meeting = Meeting()
    anna, host = meeting.join("anna"), meeting.join("host", Role.HOST)
    anna.begin_offer([{"mid": "0", "source": "camera"}])
    host.ask("moderate", action="set_role", participant=anna.id, role="viewer")
    meeting.answer(meeting.last_offer())
    assert len(meeting.of(CloseTrack)) == 1
    assert kinds(host)[-2:] == ["track_published", "track_unpublished"]


def test_csrcs_of_a_room_differ() -> None:
    meeting = Meeting()
    for name in ("anna", "bert"):
        meeting.join(name).publish("camera", "microphone", "screen")
    offers = [offer for offer in meeting.commands if isinstance(offer, ApplyOffer)]
    csrcs = [track.csrc for offer in offers for track in offer.tracks]
    assert len(set(csrcs)) == 6


# --- slots -------------------------------------------------------------------------------------------------


def test_new_video_is_announced_as_switching_until_it_flows() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    bert.offer(video=1)
    assert bert.slots() == {
        "v1": {"mid": "v1", "track": None, "participant": None, "layer": None, "paused": "no_source"}
    }
    bert.take()
    camera = anna.publish("camera")["camera"]
    slot = bert.slots()["v1"]
    assert (slot["track"], slot["participant"], slot["paused"]) == (camera, anna.id, "switching")
    (assigned,) = meeting.of(AssignSlot)
    assert (assigned.mid, assigned.track) == ("v1", camera)
    bert.take()
    layer = LayerInfo("f", 1280, 720)  # type: ignore[arg-type]
    meeting.event(SlotState(assigned.peer, Mid("v1"), TrackId(camera), None, layer))
    (event,) = bert.take()
    assert event["slots"][0]["paused"] is None
    assert event["slots"][0]["layer"] == {"rid": "f", "width": 1280, "height": 720}
    meeting.event(SlotState(assigned.peer, Mid("v1"), TrackId(camera), None, layer))
    assert bert.take() == []
    lower = LayerInfo("f", 640, 360, spatial=1, temporal=0)  # type: ignore[arg-type]
    meeting.event(SlotState(assigned.peer, Mid("v1"), TrackId(camera), None, lower))
    (event,) = bert.take()
    assert event["slots"][0]["layer"] == {
        "rid": "f",
        "width": 640,
        "height": 360,
        "spatial": 1,
        "temporal": 0,
    }


def test_muted_camera_keeps_its_seat_and_waits_for_a_picture_after_unmute() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    camera = anna.publish("camera")["camera"]
    bert.offer(video=1)
    meeting.flow()
    assert bert.slots()["v1"]["paused"] is None
    assert anna.ask("mute", track=camera, muted=True)["type"] == "ok"
    assert bert.slots()["v1"]["paused"] == "muted"
    anna.ask("mute", track=camera, muted=False)
    assert meeting.of(MuteTrack) == [MuteTrack(TrackId(camera), True), MuteTrack(TrackId(camera), False)]
    assert bert.slots()["v1"]["track"] == camera
    assert len(meeting.of(AssignSlot)) == 1


def test_track_that_ends_empties_its_slot() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    camera = anna.publish("camera")["camera"]
    bert.offer(video=1)
    bert.take()
    assert anna.ask("unpublish", track=camera)["type"] == "ok"
    assert kinds(bert) == ["track_unpublished", "slots"]
    assert bert.slots()["v1"]["paused"] == "no_source"
    assert meeting.of(CloseTrack) == [CloseTrack(TrackId(camera))]


def test_leaving_unpublishes_before_it_is_told() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    anna.publish("camera")
    bert.take()
    assert anna.ask("leave") == {"type": "ok", "id": 2}
    assert anna.closed == (1000, "left")
    assert kinds(bert) == ["track_unpublished", "participant_left"]
    assert meeting.of(ClosePeer) == [ClosePeer(meeting.last_offer().peer)]


def test_sizes_and_hiding_reach_the_media_side() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    camera = anna.publish("camera")["camera"]
    bert.offer(video=1)
    peer = meeting.last_offer().peer
    bert.ask("view", mode="auto", slots=[{"mid": "v1", "width": 320, "height": 180}])
    bert.ask("view", mode="auto", slots=[{"mid": "v1", "width": 0, "height": 0}])
    assert meeting.of(AssignSlot)[1:] == [
        AssignSlot(peer, Mid("v1"), TrackId(camera), 320, 180),
        AssignSlot(peer, Mid("v1"), TrackId(camera), hidden=True),
    ]
    assert bert.slots()["v1"]["paused"] == "hidden"


def test_publisher_is_asked_for_a_codec_that_all_decode() -> None:
    meeting = Meeting()
    anna, bert, carl = meeting.join("anna"), meeting.join("bert"), meeting.join("carl")
    bert.offer(video=2, codecs=("VP9/0", "H264/42e01f"))
    camera = anna.publish("camera")["camera"]
    asked = {"type": "codec", "track": camera, "use": "H264"}
    assert anna.take("codec") == [asked]
    carl.offer(video=1, codecs=("VP8", "VP9/0"))
    assert anna.take("codec") == []
    bert.offer(video=2, codecs=("VP9/0", "H264/42e01f"))
    assert anna.take("codec") == [asked | {"use": "VP9"}]
    carl.offer(video=1, codecs=("AV1/0",))
    assert anna.take("codec") == bert.take("codec") == []


def test_publisher_is_asked_for_a_codec_again_after_a_resume() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    camera = anna.publish("camera")["camera"]
    bert.offer(video=2, codecs=("H264/42e01f",))
    asked = {"type": "codec", "track": camera, "use": "H264"}
    assert anna.take("codec") == [asked]
    anna.drop()
    back = meeting.client()
    back.send({"type": "join", "token": meeting.token("anna"), "resume": anna.resume})
    assert back.take("codec") == [asked]


def test_publisher_alone_hears_which_encodings_are_wanted_and_again_after_a_resume() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    camera = TrackId(anna.publish("camera")["camera"])
    anna.take(), bert.take()
    meeting.event(LayersWanted(camera, (Rid("q"), Rid("h"))))
    told = {"type": "layers", "track": camera, "wanted": ["q", "h"]}
    assert (anna.take("layers"), bert.take("layers")) == ([told], [])
    anna.drop()
    meeting.event(LayersWanted(camera, ()))
    meeting.event(LayersWanted(TrackId("tr_gone"), ()))
    back = meeting.client()
    back.send({"type": "join", "id": 1, "token": meeting.token("anna"), "resume": anna.resume})
    assert back.take("layers") == [{"type": "layers", "track": camera, "wanted": []}]


def test_scores_are_told_once_a_second_and_again_after_a_resume() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    peers = {}
    for client in (anna, bert):
        client.offer(video=1)
        peers[client.id] = meeting.last_offer().peer
    meeting.event(ConnectionQuality(peers[anna.id], 2, "loss"))
    meeting.event(ConnectionQuality(PeerId("pe_gone"), 1, "loss"))
    meeting.advance(0.2)
    poor = {"participant": anna.id, "score": 2, "reason": "loss"}
    assert bert.take("quality") == [{"type": "quality", "participants": [poor]}]
    meeting.event(ConnectionQuality(peers[anna.id], 2, "loss"))
    meeting.event(ConnectionQuality(peers[bert.id], 4, ""))
    meeting.event(ConnectionQuality(peers[bert.id], 5, ""))
    meeting.advance(0.5)
    assert bert.take("quality") == []
    meeting.advance(0.6)
    fine = {"participant": bert.id, "score": 5, "reason": ""}
    assert anna.take("quality")[1:] == bert.take("quality") == [{"type": "quality", "participants": [fine]}]
    bert.drop()
    back = meeting.client()
    back.send({"type": "join", "id": 1, "token": meeting.token("bert"), "resume": bert.resume})
    assert back.take("quality") == [{"type": "quality", "participants": [poor, fine]}]
    back.send({"type": "leave"})
    late = meeting.client()
    late.send({"type": "join", "token": meeting.token("late")})
    assert late.take("quality") == [{"type": "quality", "participants": [poor]}]


@pytest.mark.parametrize(("roster", "grants"), [(1, {}), (100, {"hidden": True})])
def test_in_a_large_room_and_unseen_one_hears_of_oneself_alone(roster: int, grants: dict[str, bool]) -> None:
    meeting = Meeting(limits=Limits(roster=roster))
    anna, bert = meeting.join("anna", grants=grants), meeting.join("bert")
    anna.offer(video=1)
    meeting.event(ConnectionQuality(meeting.last_offer().peer, 3, "delay"))
    meeting.advance(2)
    assert len(anna.take("quality")) == 1
    assert bert.take("quality") == []
    late = meeting.client()
    late.send({"type": "join", "token": meeting.token("late")})
    assert kinds(late)[0] == "joined"
    assert late.take("quality") == []


def test_what_a_page_has_a_place_for_gets_a_slot_after_the_pinned_and_is_no_pin() -> None:
    meeting = Meeting()
    cameras = {name: meeting.join(name).publish("camera")["camera"] for name in ("anna", "bert", "carl")}
    viewer = meeting.join("viewer")
    viewer.ask("view", mode="auto", pin=[cameras["carl"]], want=[cameras["bert"]])
    viewer.offer(video=2)
    assert set(track_ids(viewer.slots()).values()) == {cameras["carl"], cameras["bert"]}
    ranks = {command.track: command.rank for command in meeting.of(AssignSlot) if command.track is not None}
    assert (ranks[TrackId(cameras["carl"])], ranks[TrackId(cameras["bert"])]) == (1, 3)
    answer = viewer.ask("view", mode="auto", want=["tr_unknown"])
    assert answer["code"] == "not_found"


def test_listeners_are_told_of_pins_when_they_change() -> None:
    meeting = Meeting()
    camera = meeting.join("anna").publish("camera")["camera"]
    viewer, ghost = meeting.join("viewer"), meeting.join("ghost", grants={"hidden": True})
    listener = meeting.client()
    (room,) = meeting.rooms.registry
    room.audience.listeners[listener.session.id] = None
    for pin in ([camera], [camera], []):
        for one in (viewer, ghost):
            one.ask("view", mode="auto", pin=pin, want=[camera])
        told = {"type": "pinned", "participant": viewer.id, "tracks": [camera]}
        assert room.pins() == ([told] if pin else [])
    assert [message["tracks"] for message in listener.take("pinned")] == [[camera], []]
    assert viewer.take("pinned") == []
    viewer.offer(video=1)
    viewer.ask("view", mode="auto", pin=[camera])
    viewer.offer(video=1, fingerprint="BB")  # another page: nothing of the view is left
    assert [message["tracks"] for message in listener.take("pinned")] == [[camera], []]


def test_what_grows_first_reaches_the_media_side() -> None:
    meeting = Meeting()
    names = ("screen", "pinned", "speaker", "other")
    publishers = {name: meeting.join(name) for name in names}
    tracks = {
        name: client.publish("screen" if name == "screen" else "camera", "microphone")
        for name, client in publishers.items()
    }
    viewer = meeting.join("viewer")
    pinned = tracks["pinned"]["camera"]
    viewer.ask("view", mode="auto", pin=[pinned], slots=[{"mid": "v2", "fps": 15, "priority": 2}])
    viewer.offer(video=4)
    meeting.event(AudioLevels(((TrackId(tracks["speaker"]["microphone"]), 0.5),)))
    newest = {command.track: command for command in meeting.of(AssignSlot) if command.track is not None}
    ranks = [newest[tracks[name].get("screen") or tracks[name]["camera"]].rank for name in names]
    assert ranks == [0, 1, 2, 3]
    by_mid = {command.mid: (command.fps, command.priority) for command in newest.values()}
    assert by_mid == {"v1": (0.0, 0), "v2": (15.0, 2), "v3": (0.0, 0), "v4": (0.0, 0)}


def test_manual_view_empties_video_slots_it_does_not_name_and_leaves_audio_automatic() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    tracks = anna.publish("camera", "microphone")
    carl = meeting.join("carl")
    other = carl.publish("camera", "microphone")
    bert.offer(video=2, audio=2)
    bert.ask("view", mode="manual", slots=[{"mid": "v2", "track": other["camera"]}])
    shown = track_ids(bert.slots())
    assert (shown["v1"], shown["v2"]) == (None, other["camera"])
    assert (shown["a1"], shown["a2"]) == (tracks["microphone"], other["microphone"])
    bert.ask("view", mode="manual", slots=[{"mid": "a1", "track": other["microphone"]}])
    shown = track_ids(bert.slots())
    assert (shown["a1"], shown["a2"]) == (other["microphone"], tracks["microphone"])


def test_wrong_manual_views_apply_nothing() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    tracks = anna.publish("camera", "microphone")
    own = bert.publish("camera", video=1, audio=1)["camera"]
    before = track_ids(bert.slots())
    for slots, code in (
        ([{"mid": "nope", "track": tracks["camera"]}], "not_found"),
        ([{"mid": "v1", "track": "tr_nope"}], "not_found"),
        ([{"mid": "v1", "track": tracks["microphone"]}], "conflict"),
        ([{"mid": "v1", "track": own}], "conflict"),
        ([{"mid": "v1", "track": 3}], "bad_message"),
        ([{"mid": "v1"}, {"mid": "v1"}], "bad_message"),
    ):
        assert bert.ask("view", mode="manual", slots=slots)["code"] == code
    assert track_ids(bert.slots()) == before


def test_view_before_the_first_offer_holds_for_the_mids_the_offer_has() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    camera = anna.publish("camera")["camera"]
    slots = [{"mid": "v2", "track": camera}, {"mid": "gone", "track": camera}]
    assert bert.ask("view", mode="manual", slots=slots)["type"] == "ok"
    bert.offer(video=2)
    assert track_ids(bert.slots()) == {"v1": None, "v2": camera}


def test_manual_view_of_a_codec_the_slot_lacks_says_so_and_auto_does_not_place_it() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    camera = anna.publish("camera", codec="AV1/0")["camera"]
    bert.offer(video=1)
    assert track_ids(bert.slots()) == {"v1": None}
    bert.ask("view", mode="manual", slots=[{"mid": "v1", "track": camera}])
    assert bert.slots()["v1"]["paused"] == "codec"


def test_parked_slot_is_hidden_and_comes_back_as_it_was() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    camera = anna.publish("camera")["camera"]
    bert.offer(video=2)
    bert.offer(video=2, parked=["v1"])
    assert track_ids(bert.slots()) == {"v1": None, "v2": camera}
    bert.offer(video=1, parked=["v1"])
    bert.take()
    bert.offer(video=1)
    assert track_ids(bert.slots()) == {"v1": camera}


def test_speakers_take_the_seats_of_who_spoke_longest_ago() -> None:
    meeting = Meeting()
    publishers = {name: meeting.join(name) for name in ("a", "b", "c")}
    tracks = {name: client.publish("camera", "microphone") for name, client in publishers.items()}
    viewer = meeting.join("viewer")
    viewer.offer(video=2, audio=2)
    assert track_ids(viewer.slots())["v2"] == tracks["b"]["camera"]
    meeting.event(AudioLevels(((TrackId(tracks["c"]["microphone"]), 0.5),)))
    shown = track_ids(viewer.slots())
    assert shown["v1"] == tracks["a"]["camera"]
    assert shown["v2"] == tracks["c"]["camera"]
    assert shown["a2"] == tracks["c"]["microphone"]
    (event,) = viewer.take("speakers")
    assert event["speakers"] == [{"participant": publishers["c"].id, "level": 0.5}]
    assert publishers["c"].slots() == {}


@pytest.mark.parametrize("interval_s", [0.08, 0.09, 0.11])
def test_speaker_who_stops_gives_the_seat_to_who_goes_on(interval_s: float) -> None:
    meeting = Meeting()
    ann, bob, viewer = (meeting.join(name) for name in ("ann", "bob", "viewer"))
    anns, bobs = (one.publish("microphone", "camera") for one in (ann, bob))
    viewer.offer(video=1)
    for levels in [(0.2, 0.0)] * 10 + [(0.02, 0.03)] * 10 + [(0.005, 0.009)] * 20:
        heard = zip((anns, bobs), levels, strict=True)
        meeting.event(AudioLevels(tuple((TrackId(of["microphone"]), level) for of, level in heard)))
        meeting.advance(interval_s)  # the room has ticks of its own
    assert track_ids(viewer.slots()) == {"v1": bobs["camera"]}


def test_who_may_not_subscribe_gets_empty_slots() -> None:
    meeting = Meeting()
    meeting.join("anna").publish("camera")
    bert = meeting.join("bert", grants={"subscribe": False})
    bert.offer(video=1)
    assert track_ids(bert.slots()) == {"v1": None}
    assert meeting.of(AssignSlot) == []


def test_members_of_a_large_room_are_seated_over_several_turns() -> None:
    meeting = Meeting(Limits(roster=1000))
    clients = [meeting.join(f"m{index}") for index in range(120)]
    for client in clients:
        client.offer(video=1)
    camera = clients[0].publish("camera")["camera"]
    assert all(client.slots()["v1"]["track"] == camera for client in clients[1:])


# --- other requests ----------------------------------------------------------------------------------------


def test_layers_of_a_track_are_told() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    camera = anna.publish("camera")["camera"]
    meeting.event(TrackLayers(TrackId(camera), (LayerInfo("q", 320, 180, 150_000),)))  # type: ignore[arg-type]
    (updated,) = anna.take("track_updated")
    assert updated["track"]["layers"] == [{"rid": "q", "width": 320, "height": 180, "bitrate_bps": 150_000}]


def test_update_is_told_to_everybody() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    assert anna.ask("update", name="A", hand=True)["type"] == "ok"
    for client in (anna, bert):
        (updated,) = client.take("participant_updated")
        assert (updated["participant"]["name"], updated["participant"]["hand"]) == ("A", True)


def test_stats_are_asked_of_the_media_side() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    assert anna.ask("stats")["slots"] == []
    anna.offer(video=1)
    number = anna.request("stats")
    (asked,) = meeting.of(AskStats)
    slot = SlotStats(Mid("v1"), None, None, 0, 0, 0.0, 0, 0.0, 0, "no_layer")
    meeting.event(PeerStats(asked.peer, asked.request, 1_000_000, 12.5, (slot,), ()))
    reply = anna.reply(number)
    assert (reply["estimate_bps"], reply["rtt_ms"]) == (1_000_000, 12.5)
    assert reply["slots"][0]["mid"] == "v1"


def test_stats_of_a_connection_that_closes_are_unavailable() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    anna.offer(video=1)
    number = anna.request("stats")
    meeting.event(PeerClosed(meeting.last_offer().peer, "dtls"))
    assert anna.reply(number)["code"] == "unavailable"


def test_channel_messages_find_no_service() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    anna.send({"type": "channel", "label": "chat", "data": {"t": "open", "id": 4}})
    (answer,) = anna.take("channel")
    assert answer["label"] == "chat"
    assert answer["data"]["code"] == "not_found"
    assert answer["data"]["re"] == 4


def test_only_the_owner_unmutes_and_presenters_mute_others() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    presenter = meeting.join("presenter", Role.PRESENTER)
    microphone = anna.publish("microphone")["microphone"]
    assert bert.ask("mute", track=microphone, muted=True)["code"] == "forbidden"
    assert presenter.ask("mute", track=microphone, muted=True)["type"] == "ok"
    assert presenter.ask("mute", track=microphone, muted=False)["code"] == "forbidden"
    assert anna.ask("mute", track=microphone, muted=False)["type"] == "ok"
    assert bert.ask("unpublish", track=microphone)["code"] == "forbidden"
    assert bert.ask("mute", track="tr_nope", muted=True)["code"] == "not_found"


# --- moderation --------------------------------------------------------------------------------------------


def test_moderation_needs_the_grant() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    for action in ("remove", "mute_all", "set_role", "set_grants", "lock", "end", "lobby"):
        assert anna.ask("moderate", action=action, participant=bert.id)["code"] == "forbidden"


def test_moderation_of_somebody_names_whom() -> None:
    host = Meeting().join("host", Role.HOST)
    for action in ("admit", "deny", "remove", "set_role", "set_grants", "lower_hand"):
        about = {"action": action, "role": "viewer", "grants": {}}
        assert host.ask("moderate", **about)["code"] == "bad_message"
        assert host.ask("moderate", **about, participant="pa_nobody")["code"] == "not_found"


def test_removed_participant_is_out_and_a_banned_one_stays_out() -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    assert host.ask("moderate", action="remove", participant=anna.id)["type"] == "ok"
    assert anna.closed == (4403, "removed")
    anna = meeting.join("anna")
    host.ask("moderate", action="remove", participant=anna.id, ban=True)
    back = meeting.client()
    back.send({"type": "join", "token": meeting.token("anna"), "resume": anna.resume})
    assert back.closed is not None
    assert back.closed[0] == 4403


def test_role_set_in_a_meeting_beats_the_token_and_stops_what_is_not_allowed() -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    camera = anna.publish("camera")["camera"]
    host.take()
    host.ask("moderate", action="set_role", participant=anna.id, role="viewer")
    assert [m["type"] for m in host.inbox] == ["participant_updated", "track_unpublished", "ok"]
    assert meeting.of(CloseTrack) == [CloseTrack(TrackId(camera))]
    anna.ask("leave")
    again = meeting.client()
    again.send({"type": "join", "token": meeting.token("anna")})
    assert again.inbox[0]["participant"]["role"] == "viewer"


def test_grants_are_merged_by_key() -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    host.ask("moderate", action="set_grants", participant=anna.id, grants={"record": True})
    host.ask("moderate", action="set_grants", participant=anna.id, grants={"publish_audio": False})
    grants = anna.take("participant_updated")[-1]["participant"]["grants"]
    assert (grants["record"], grants["publish_audio"], grants["publish_video"]) == (True, False, True)
    for wrong in ({"hidden": True}, {"fly": True}, {"record": 1}, None):
        reply = host.ask("moderate", action="set_grants", participant=anna.id, grants=wrong)
        assert reply["code"] == "bad_message"


def test_mute_all_mutes_everybody_else() -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.PRESENTER), meeting.join("anna")
    host.publish("microphone")
    microphone = anna.publish("microphone")["microphone"]
    host.ask("moderate", action="mute_all")
    assert meeting.of(MuteTrack) == [MuteTrack(TrackId(microphone), True)]


def test_locked_room_lets_only_hosts_in() -> None:
    meeting = Meeting()
    host = meeting.join("host", Role.HOST)
    host.ask("moderate", action="lock", locked=True)
    assert host.take("room_updated")[0]["room"]["locked"] is True
    late = meeting.client()
    late.send({"type": "join", "token": meeting.token("late")})
    assert late.closed == (4423, "the room is locked")
    meeting.join("other", Role.HOST)


def test_what_is_decided_about_somebody_shows_and_hides_none_of_their_connections() -> None:
    meeting = Meeting()
    host, seen = meeting.join("host", Role.HOST), meeting.join("anna")
    ghost = meeting.join("anna", Role.HOST, grants={"hidden": True})
    for by, target in ((host, seen), (ghost, ghost)):
        decided = by.ask("moderate", action="set_grants", participant=target.id, grants={"record": True})
        assert decided["type"] == "ok"
        late = meeting.client()
        late.send({"type": "join", "token": meeting.token("late")})
        (joined,) = late.take("joined")
        assert {seen.id, ghost.id} & {one["id"] for one in joined["participants"]} == {seen.id}


@pytest.mark.parametrize("news", ["look", "quality"])
def test_room_ends_with_news_that_nobody_was_told(news: str) -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    anna.offer()
    if news == "look":
        anna.ask("look", at="do_1")
    else:
        meeting.event(ConnectionQuality(meeting.last_offer().peer, 2, "loss"))
    host.ask("moderate", action="end")
    meeting.advance(1)
    assert len(meeting.rooms.registry) == 0


def test_ended_room_tells_everybody_and_answers_who_ended_it() -> None:
    meeting = Meeting()
    host, anna = meeting.join("host", Role.HOST), meeting.join("anna")
    assert host.ask("moderate", action="end")["type"] == "ok"
    for client in (host, anna):
        assert client.take("ended") == [{"type": "ended", "reason": "ended"}]
        assert client.closed == (4410, "ended")
    again = meeting.client()
    again.send({"type": "join", "token": meeting.token("anna"), "resume": anna.resume})
    assert again.inbox[0]["resumed"] is False


def test_what_is_not_offered_is_unavailable() -> None:
    meeting = Meeting()
    host = meeting.join("host", Role.HOST)
    assert host.ask("moderate", action="move", room="other")["code"] == "unavailable"


# --- coming back -------------------------------------------------------------------------------------------


def test_lost_socket_is_away_until_it_resumes_and_nothing_was_lost() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    camera = bert.publish("camera")["camera"]
    anna.offer(video=1)
    peer = meeting.last_offer().peer
    bert.take()
    anna.drop()
    assert bert.take("participant_updated")[0]["participant"]["state"] == "away"
    meeting.advance(20)
    back = meeting.client()
    back.send({"type": "join", "id": 1, "token": meeting.token("anna"), "resume": anna.resume})
    joined = back.inbox[0]
    assert joined["resumed"] is True
    assert joined["participant"]["id"] == anna.id
    assert kinds(back) == ["joined", "slots", "speakers", "room_updated"]
    assert back.slots()["v1"]["track"] == camera
    assert bert.take("participant_updated")[0]["participant"]["state"] == "active"
    back.begin_offer([])
    assert meeting.last_offer().peer == peer


def test_resume_replaces_an_open_socket() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    bert.take()
    back = meeting.client()
    back.send({"type": "join", "token": meeting.token("anna"), "resume": anna.resume})
    assert anna.closed == (4409, "a newer socket took over")
    assert back.inbox[0]["resumed"] is True
    assert bert.take() == []
    anna.send({"type": "ping"})
    assert anna.take("pong") == []


def test_expired_token_resumes_its_own_participant_only() -> None:
    meeting = Meeting()
    token = meeting.token("anna", ttl_s=1.0)
    anna = meeting.client()
    anna.send({"type": "join", "token": token})
    resume = anna.inbox[0]["resume"]
    meeting.advance(60)
    back = meeting.client()
    back.send({"type": "join", "token": token, "resume": resume})
    assert back.inbox[0]["resumed"] is True
    thief = meeting.client()
    thief.send({"type": "join", "token": meeting.token("bert"), "resume": resume})
    assert thief.inbox[0]["resumed"] is False


def test_grace_time_ends_the_participant() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    anna.publish("camera")
    bert.take()
    anna.drop()
    meeting.advance(31)
    assert kinds(bert) == ["participant_updated", "track_unpublished", "participant_left"]
    back = meeting.client()
    back.send({"type": "join", "token": meeting.token("anna"), "resume": anna.resume})
    assert back.inbox[0]["resumed"] is False


def test_answer_asked_by_a_lost_socket_is_kept_from_the_new_one() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    anna.begin_offer([{"mid": "0", "source": "camera"}])
    anna.drop()
    back = meeting.client()
    back.send({"type": "join", "id": 1, "token": meeting.token("anna"), "resume": anna.resume})
    back.send({"type": "ping", "id": 2})
    meeting.answer(meeting.last_offer(), video=1)
    assert "answer" not in kinds(back)
    assert kinds(back)[-1] == "pong"
    assert "slots" in kinds(back)


def test_fresh_token_comes_before_the_old_one_expires() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    meeting.advance(3_602)
    tokens = anna.take("token")
    assert len(tokens) == 2
    assert tokens[0]["expires_at"] > meeting.node.unix_ms(meeting.now)
    again = meeting.client()
    again.send({"type": "join", "token": tokens[-1]["token"]})
    assert again.inbox[0]["type"] == "joined"


def test_draining_node_tells_everybody_and_refuses_joins() -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    meeting.rooms.drain(meeting.now + 10, meeting.now)
    meeting.pump()
    assert anna.take("draining") == [
        {"type": "draining", "deadline_at": meeting.node.unix_ms(meeting.now + 10)}
    ]
    late = meeting.client()
    late.send({"type": "join", "token": meeting.token("late")})
    assert late.closed is not None
    assert late.closed[0] == 4503
    meeting.rooms.close_all(meeting.now)
    meeting.pump()
    assert anna.closed is not None
    assert anna.closed[0] == 4503
