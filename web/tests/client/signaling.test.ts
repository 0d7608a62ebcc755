import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket as NodeSocket } from "ws";
import { CLOSE_SILENT, Session, SessionClosed } from "../../src/client/signaling";
import { FakeServer, type Peer } from "./fake_server";

// Node 20 has no WebSocket of its own; that of `ws` has the browser's interface.
const socket = NodeSocket as unknown as new (url: string, protocol: string) => WebSocket;
// Longer than any test: only the tests of silence let the session ping.
const NEVER_MS = 600_000;

let server: FakeServer;
let sessions: Session[];

beforeEach(async () => {
  server = await FakeServer.start();
  sessions = [];
});

afterEach(async () => {
  for (const session of sessions) session.close();
  await server.stop();
});

async function connect(pingIntervalMs = NEVER_MS): Promise<{ session: Session; peer: Peer }> {
  const arriving = server.client();
  const session = new Session({ url: server.url, socket, pingIntervalMs });
  sessions.push(session);
  const [peer] = await Promise.all([arriving, session.opened]);
  return { session, peer };
}

describe("requests", () => {
  test("the subprotocol is asked for", async () => {
    const { peer } = await connect();
    expect(peer.socket.protocol).toBe("sfumato.v1");
  });

  test("a request is one flat object with its type and an id of its own", async () => {
    const { session, peer } = await connect();
    session.request("mute", { track: "tr_1", muted: true }).catch(() => {});
    session.request("view", { mode: "auto" }).catch(() => {});
    expect(await peer.next()).toEqual({ type: "mute", id: 1, track: "tr_1", muted: true });
    expect(await peer.next()).toEqual({ type: "view", id: 2, mode: "auto" });
  });

  test("replies find their requests in whatever order they come", async () => {
    const { session, peer } = await connect();
    const first = session.request("stats", {});
    const second = session.request("stats", {});
    await Promise.all([peer.next(), peer.next()]);
    peer.send({ type: "stats", id: 2, rtt_ms: 20 });
    peer.send({ type: "stats", id: 1, rtt_ms: 10 });
    expect((await first).rtt_ms).toBe(10);
    expect((await second).rtt_ms).toBe(20);
  });

  test("an error with an id rejects that request alone, with its code", async () => {
    const { session, peer } = await connect();
    const refused = session.request("mute", { track: "tr_x", muted: true });
    const granted = session.request("ping", {});
    peer.send({ type: "error", id: 1, code: "not_found", message: "no such track" });
    peer.send({ type: "pong", id: 2 });
    await expect(refused).rejects.toMatchObject({
      name: "RequestError",
      code: "not_found",
      message: "no such track",
    });
    await expect(granted).resolves.toMatchObject({ type: "pong" });
  });

  test("an error without an id is an event", async () => {
    const { session, peer } = await connect();
    const heard = new Promise((resolve) => session.on("error", resolve));
    peer.send({ type: "error", code: "bad_message", message: "what?" });
    expect(await heard).toMatchObject({ code: "bad_message" });
  });

  test("joined is heard by listeners before any event after it", async () => {
    const { session, peer } = await connect();
    const heard: string[] = [];
    session.on("joined", () => heard.push("joined"));
    const left = new Promise<void>((resolve) => {
      session.on("participant_left", () => {
        heard.push("participant_left");
        resolve();
      });
    });
    const joining = session.join({ token: "t", room: "r" });
    const { id } = await peer.next();
    peer.send({ type: "joined", id });
    peer.send({ type: "participant_left", participant: "pa_2", reason: "left" });
    await Promise.all([joining, left]);
    expect(heard).toEqual(["joined", "participant_left"]);
  });
});

describe("events", () => {
  test("a listener that was stopped hears nothing more", async () => {
    const { session, peer } = await connect();
    let stopped = 0;
    const stop = session.on("speakers", () => {
      stopped += 1;
    });
    const both = new Promise<void>((resolve) => {
      session.on("ended", () => resolve());
    });
    peer.send({ type: "speakers", speakers: [] });
    const pong = session.request("ping", {});
    peer.send({ type: "pong", id: 1 });
    await pong;
    stop();
    peer.send({ type: "speakers", speakers: [] });
    peer.send({ type: "ended", reason: "closed" });
    await both;
    expect(stopped).toBe(1);
  });

  test.each([
    ["not JSON"],
    ["[1,2]"],
    ["null"],
    ['"text"'],
    ["{}"],
    ['{"type":7}'],
    ['{"type":"pong","id":99}'],
  ])("%s from the server is passed over and the session goes on", async (frame) => {
    const { session, peer } = await connect();
    const reply = session.request("ping", {});
    peer.send(frame);
    peer.socket.send(Buffer.from([1, 2, 3]));
    peer.send({ type: "pong", id: 1 });
    await expect(reply).resolves.toMatchObject({ id: 1 });
  });

  test("no frame of any content breaks the session", async () => {
    const { session, peer } = await connect();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (frame) => {
        const reply = session.request("ping", {});
        const { id } = await peer.next();
        // A frame that happens to answer the request is an answer, not a disturbance.
        if (!frame.includes('"id"')) peer.send(frame);
        peer.send({ type: "pong", id });
        await reply;
      }),
      { numRuns: 50 },
    );
  });
});

describe("the end", () => {
  test("a close code of the server rejects what is unanswered and resolves closed", async () => {
    const { session, peer } = await connect();
    const joining = session.join({ token: "expired" });
    await peer.next();
    peer.socket.close(4401, "token expired");
    await expect(joining).rejects.toMatchObject({
      name: "SessionClosed",
      code: 4401,
      reason: "token expired",
    });
    expect((await session.closed).code).toBe(4401);
  });

  test("a request after the end is rejected with the reason of the end", async () => {
    const { session, peer } = await connect();
    peer.socket.close(4410, "");
    await session.closed;
    await expect(session.request("ping", {})).rejects.toMatchObject({ code: 4410 });
  });

  test("leave says goodbye and then closes", async () => {
    const { session, peer } = await connect();
    const leaving = session.leave();
    const { type, id } = await peer.next();
    peer.send({ type: "ok", id });
    await leaving;
    expect(type).toBe("leave");
    expect(await peer.closed).toBe(1000);
    expect((await session.closed).code).toBe(1000);
  });

  test("an address nobody listens at ends the session before it opened", async () => {
    const { url } = server;
    await server.stop();
    const session = new Session({ url, socket });
    await expect(session.opened).rejects.toBeInstanceOf(SessionClosed);
    await expect(session.join({ token: "t" })).rejects.toBeInstanceOf(SessionClosed);
    server = await FakeServer.start();
  });

  test("somebody who waits in the lobby notices a dead path, too", async () => {
    const { session, peer } = await connect(20);
    const joining = session.join({ token: "t" });
    joining.catch(() => {});
    await peer.next();
    peer.send({ type: "waiting" });
    expect((await peer.next()).type).toBe("ping");
    expect((await session.closed).code).toBe(CLOSE_SILENT);
  });

  test("a server that answers pings keeps the session, one that is silent ends it", async () => {
    const { session, peer } = await connect(10);
    const joined = session.join({ token: "t" });
    // No ping comes before `join` is answered.
    const { type, id } = await peer.next();
    expect(type).toBe("join");
    peer.send({ type: "joined", id });
    await joined;
    for (let round = 0; round < 4; round += 1) {
      const { type, id } = await peer.next();
      expect(type).toBe("ping");
      peer.send({ type: "pong", id });
    }
    expect((await session.closed).code).toBe(CLOSE_SILENT);
  });
});
