import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket as NodeSocket } from "ws";
import { Roster } from "../../src/client/roster";
import { Session } from "../../src/client/signaling";
import { FakeServer, type Peer } from "./fake_server";

const person = (id: string, name = id) => ({ id, identity: `identity of ${id}`, name, state: "active" });
const track = (id: string, participant: string, source = "camera", kind = "video") => ({
  id,
  participant,
  source,
  kind,
  muted: false,
});
const room = { id: "rm_1", name: "weekly" };

let server: FakeServer;
let session: Session;
let peer: Peer;
let roster: Roster;

beforeEach(async () => {
  server = await FakeServer.start();
  const arriving = server.client();
  session = new Session({
    url: server.url,
    socket: NodeSocket as unknown as new (url: string, protocol: string) => WebSocket,
  });
  peer = await arriving;
  roster = new Roster();
  roster.follow(session, () => {});
  const joining = session.join({ token: "t" });
  const { id } = await peer.next();
  peer.send({
    type: "joined",
    id,
    participant: person("pa_1"),
    room,
    participants: [person("pa_1"), person("pa_2", "Ada")],
    tracks: [track("tr_1", "pa_1"), track("tr_2", "pa_2"), track("tr_3", "pa_2", "microphone", "audio")],
  });
  await joining;
});

afterEach(async () => {
  session.close();
  await server.stop();
});

/** Sends events and waits until the session has taken them all. */
async function send(...events: object[]): Promise<void> {
  for (const event of events) peer.send(event);
  const settled = session.request("ping", {});
  const { id } = await peer.next();
  peer.send({ type: "pong", id });
  await settled;
}

test("joined fills the roster", () => {
  expect(roster.self).toBe("pa_1");
  expect(roster.room?.name).toBe("weekly");
  expect(roster.count).toBe(2);
  expect(roster.name("pa_2")).toBe("Ada");
  expect([roster.othersTracks("video"), roster.othersTracks("audio")]).toEqual([1, 1]);
  expect(roster.trackOf("pa_2", "microphone")?.id).toBe("tr_3");
});

test("who leaves takes tracks and speech along", async () => {
  await send(
    { type: "speakers", speakers: [{ participant: "pa_2", level: 0.5 }] },
    { type: "participant_left", participant: "pa_2", reason: "left" },
  );
  expect(roster.count).toBe(1);
  expect(roster.speakers.size).toBe(0);
  expect([...roster.tracks.keys()]).toEqual(["tr_1"]);
});

test("who joins twice by two messages is counted once", async () => {
  const joined = { type: "participant_joined", participant: person("pa_3") };
  await send(joined, joined);
  expect(roster.count).toBe(3);
});

test("tracks come, change and go", async () => {
  await send(
    { type: "track_published", track: track("tr_4", "pa_2", "screen") },
    { type: "track_updated", track: { ...track("tr_2", "pa_2"), muted: true } },
    { type: "track_unpublished", track: "tr_3" },
  );
  expect(roster.othersTracks("video")).toBe(2);
  expect(roster.tracks.get("tr_2")?.muted).toBe(true);
  expect(roster.trackOf("pa_2", "microphone")).toBeNull();
});

test("in a big room the server's count holds", async () => {
  await send({ type: "roster", joined: [person("pa_3")], left: ["pa_2"], count: 812 });
  expect(roster.count).toBe(812);
  expect([...roster.participants.keys()]).toEqual(["pa_1", "pa_3"]);
});

test("moving to another room replaces everybody but oneself", async () => {
  await send({
    type: "moved",
    room: { id: "rm_2", name: "breakout" },
    participants: [person("pa_1")],
    tracks: [],
  });
  expect(roster.room?.name).toBe("breakout");
  expect(roster.self).toBe("pa_1");
  expect([roster.count, roster.tracks.size]).toEqual([1, 0]);
});

test("somebody unknown or without a name is still called something", async () => {
  await send({ type: "participant_updated", participant: person("pa_2", "") });
  expect(roster.name("pa_2")).toBe("identity of pa_2");
  expect(roster.name("pa_9")).toBe("Someone");
  expect(roster.name(null)).toBe("Someone");
});

test("who knocks waits until somebody answered, is in, or another session begins", async () => {
  const knocks = ["pa_7", "pa_8", "pa_9"].map((id) => ({ type: "knock", participant: person(id) }));
  await send(...knocks);
  expect([...roster.knocking.keys()]).toEqual(["pa_7", "pa_8", "pa_9"]);
  await send(
    { type: "knock_ended", participant: "pa_7", reason: "denied" },
    { type: "participant_joined", participant: person("pa_8") },
  );
  expect([...roster.knocking.keys()]).toEqual(["pa_9"]);
  roster.answered("pa_9");
  expect(roster.knocking.size).toBe(0);
});

test("who looks at what is kept until they, or what they look at, are gone", async () => {
  const look = (participant: string, at: string | null) => ({ participant, at });
  await send({ type: "looking", participants: [look("pa_1", "do_1"), look("pa_2", "tr_1")] });
  expect([...roster.looking]).toEqual([
    ["pa_1", "do_1"],
    ["pa_2", "tr_1"],
  ]);
  await send({ type: "track_unpublished", track: "tr_1" });
  expect([...roster.looking]).toEqual([["pa_1", "do_1"]]);
  await send({ type: "looking", participants: [look("pa_1", null), look("pa_2", "bo_1")] });
  expect([...roster.looking]).toEqual([["pa_2", "bo_1"]]);
  await send({ type: "participant_left", participant: "pa_2", reason: "left" });
  expect(roster.looking.size).toBe(0);
});
