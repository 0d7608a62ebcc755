import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket as NodeSocket } from "ws";
import { CLOSE_UNREACHABLE } from "../../src/client/endings";
import { Line, type LineOptions } from "../../src/client/line";
import { SessionClosed } from "../../src/client/signaling";
import type { Joined } from "../../src/client/types";
import { FakeServer, type Message, type Peer } from "./fake_server";

const socket = NodeSocket as unknown as new (url: string, protocol: string) => WebSocket;

let server: FakeServer;
let lines: { line: Line }[];

beforeEach(async () => {
  server = await FakeServer.start();
  lines = [];
});

afterEach(async () => {
  vi.restoreAllMocks();
  const leaving = lines.map(({ line }) => line.leave());
  // Nobody answers `leave` there; a socket that ends is answer enough.
  await server.stop();
  await Promise.all(leaving);
});

/** A line with what its observer heard; `next` waits for the next word of it. */
function lineTo(url: string, options: Partial<LineOptions> = {}) {
  const said: string[] = [];
  const wanted: { word: string; resolve: () => void }[] = [];
  const say = (word: string): void => {
    said.push(word);
    const at = wanted.findIndex((one) => one.word === word);
    if (at >= 0) wanted.splice(at, 1)[0]?.resolve();
  };
  const line = new Line(
    { url, token: "t", room: "weekly", socket, ...options },
    {
      opened: () => say("opened"),
      up: ({ resumed }: Joined) => say(resumed ? "resumed" : "joined"),
      down: () => say("down"),
      over: ({ code }) => say(`over ${code}`),
      refused: () => say("refused"),
    },
  );
  lines.push({ line });
  const next = (word: string): Promise<void> => new Promise((resolve) => wanted.push({ word, resolve }));
  return { line, said, next };
}

const joined = (id: unknown, resume: string, resumed = false): Message => ({
  ...{ type: "joined", id, resume, resumed, token: `token of ${resume}`, participants: [], tracks: [] },
});

/** The node lets the next client in; resolves with its end and what it asked. */
async function admit(resume: string, resumed = false): Promise<{ peer: Peer; asked: Message }> {
  const peer = await server.client();
  const asked = await peer.next();
  peer.send(joined(asked.id, resume, resumed));
  return { peer, asked };
}

async function joinedLine(options: Partial<LineOptions> = {}) {
  const { line, said, next } = lineTo(server.url, options);
  const up = next("joined");
  const admitted = admit("first");
  line.open();
  const { peer, asked } = await admitted;
  await up;
  return { line, said, next, peer, asked };
}

describe("a line", () => {
  test("joins with its token and room, and nothing to resume", async () => {
    const { line, asked } = await joinedLine({ client: "test" });
    expect(asked).toMatchObject({ type: "join", token: "t", room: "weekly", client: "test" });
    expect(asked).not.toHaveProperty("resume");
    expect(line.isUp).toBe(true);
    expect([line.resume, line.token]).toEqual(["first", "token of first"]);
  });

  test("joins again with the last secret and the newest token when its socket is lost", async () => {
    const { line, said, next, peer } = await joinedLine();
    const heard = new Promise((resolve) => line.on("token", resolve));
    peer.send({ type: "token", token: "fresh", expires_at: 1 });
    await heard;
    const again = admit("second", true);
    const up = next("resumed");
    peer.socket.terminate();
    const { asked } = await again;
    await up;
    expect(asked).toMatchObject({ token: "fresh", resume: "first" });
    expect(said).toEqual(["opened", "joined", "down", "opened", "resumed"]);
    expect(line.resume).toBe("second");
  });

  test("carries listeners and requests over to the new socket", async () => {
    const { line, next, peer } = await joinedLine();
    const heard: unknown[] = [];
    line.on("draining", ({ deadline_at }) => heard.push(deadline_at));
    peer.send({ type: "draining", deadline_at: 1 });
    const again = admit("second", true);
    const up = next("resumed");
    peer.socket.close(1001);
    const { peer: second } = await again;
    await up;
    second.send({ type: "draining", deadline_at: 2 });
    const answered = line.request("mute", { track: "tr_1", muted: true });
    const { type, id } = await second.next();
    expect(type).toBe("mute");
    second.send({ type: "ok", id });
    await answered;
    expect(heard).toEqual([1, 2]);
  });

  test("refuses requests while it is down", async () => {
    const { line } = lineTo(server.url);
    await expect(line.request("stats", {})).rejects.toBeInstanceOf(SessionClosed);
  });

  test.each([4400, 4401, 4403, 4404, 4409, 4410, 4413, 4423])("is over after %i", async (code) => {
    const { said, next, peer } = await joinedLine();
    const over = next(`over ${code}`);
    peer.socket.close(code);
    await over;
    expect(said).not.toContain("down");
  });

  test.each([1001, 4408, 4429, 4503])("comes back after %i", async (code) => {
    const { next, peer } = await joinedLine();
    const again = admit("second", true);
    const up = next("resumed");
    peer.socket.close(code, code === 4429 ? '{"message":"x","retry_ms":5}' : "");
    await again;
    await up;
  });

  test.each([4408, 4429, 4503])("that is refused with %i before it was ever in is over", async (code) => {
    const { line, next } = lineTo(server.url);
    const arriving = server.client();
    line.open();
    const peer = await arriving;
    await peer.next();
    const over = next(`over ${code}`);
    peer.socket.close(code);
    await over;
  });

  test("becomes a new participant where the server knows the secret no more", async () => {
    const { said, next, peer } = await joinedLine();
    const again = admit("other", false);
    const up = next("joined");
    peer.socket.terminate();
    await again;
    await up;
    expect(said.filter((word) => word === "joined")).toHaveLength(2);
  });

  test("asks for another token, once, when the server takes the old one no longer", async () => {
    const tokens = ["stale", "fresh"];
    const { line, said, next } = lineTo(server.url, { token: async () => tokens.shift() ?? "none" });
    const first = server.client();
    line.open();
    const peer = await first;
    expect(await peer.next()).toMatchObject({ token: "stale" });
    const second = server.client();
    peer.socket.close(4401);
    const another = await second;
    expect(await another.next()).toMatchObject({ token: "fresh" });
    const over = next("over 4401");
    another.socket.close(4401);
    await over;
    expect(said).not.toContain("refused");
  });

  test("is over when no token can be had", async () => {
    const { line, said, next } = lineTo(server.url, { token: () => Promise.reject(new Error("no guests")) });
    const over = next("over 4401");
    line.open();
    await over;
    expect(said).toContain("refused");
  });

  test("gives up when nobody listens long enough", async () => {
    const { url } = server;
    await server.stop();
    const { line, said, next } = lineTo(url, { firstTryMs: 1 });
    const over = next(`over ${CLOSE_UNREACHABLE}`);
    line.open();
    await over;
    expect(said).toEqual([`over ${CLOSE_UNREACHABLE}`]);
    server = await FakeServer.start();
  });

  test("that is silent when asked is replaced", async () => {
    const { line, next, peer } = await joinedLine();
    const again = admit("second", true);
    const up = next("resumed");
    const checked = line.check();
    // The ping is heard and not answered.
    expect((await peer.next()).type).toBe("ping");
    await again;
    await checked;
    await up;
  });

  test("that answers when asked stays", async () => {
    const { line, said, peer } = await joinedLine();
    const { session } = line;
    const checked = line.check();
    const { id } = await peer.next();
    peer.send({ type: "pong", id });
    await checked;
    expect(line.session).toBe(session);
    expect(said).toEqual(["opened", "joined"]);
  });

  test("says goodbye when it leaves, and tries nothing more", async () => {
    const { line, said, peer } = await joinedLine();
    const left = line.leave();
    const { type, id } = await peer.next();
    expect(type).toBe("leave");
    peer.send({ type: "ok", id });
    await left;
    await peer.closed;
    expect(said).toEqual(["opened", "joined", "over 1000"]);
  });

  test("goes where a server that stops sends it, and takes its place along", async () => {
    const { line, next, peer } = await joinedLine();
    const other = await FakeServer.start();
    try {
      peer.send({
        type: "draining",
        deadline_at: 0,
        url: other.url.replace("ws:", "http:").replace("/rtc", ""),
      });
      const [arriving, up] = [other.client(), next("joined")];
      peer.socket.close(4503, "");
      const arrived = await arriving;
      const asked = await arrived.next();
      expect(asked).toMatchObject({ type: "join", token: "token of first", resume: "first" });
      arrived.send(joined(asked.id, "second"));
      await up;
      // That is its server now.
      const [again, resumed] = [other.client(), next("resumed")];
      arrived.socket.terminate();
      const back = await again;
      back.send(joined((await back.next()).id, "second", true));
      await resumed;
      await line.leave();
    } finally {
      await other.stop();
    }
  });

  test("comes back to a server that stopped when nobody is where it was sent to", async () => {
    const { next, peer } = await joinedLine();
    const gone = await FakeServer.start();
    const nowhere = gone.url.replace("ws:", "http:");
    await gone.stop();
    peer.send({ type: "draining", deadline_at: 0, url: nowhere });
    const [back, up] = [admit("second"), next("joined")];
    peer.socket.close(4503, "");
    expect((await back).asked).toMatchObject({ type: "join", resume: "first" });
    await up;
  });

  test("waits in the lobby without asking again", async () => {
    const { line, said, next } = lineTo(server.url);
    const waiting = new Promise<void>((resolve) => line.on("waiting", () => resolve()));
    const arriving = server.client();
    line.open();
    const peer = await arriving;
    const { id } = await peer.next();
    peer.send({ type: "waiting" });
    await waiting;
    expect(line.isUp).toBe(false);
    const up = next("joined");
    peer.send(joined(id, "late"));
    await up;
    expect(said).toEqual(["opened", "joined"]);
  });

  test("knocks again when its socket is lost in the lobby, however long it waited there", async () => {
    const { line, said, next } = lineTo(server.url);
    const waiting = new Promise<void>((resolve) => line.on("waiting", () => resolve()));
    const arriving = server.client();
    line.open();
    const peer = await arriving;
    await peer.next();
    peer.send({ type: "waiting" });
    await waiting;
    const now = performance.now();
    vi.spyOn(performance, "now").mockReturnValue(now + 60_000);
    const [again, up] = [admit("late"), next("joined")];
    peer.socket.terminate();
    expect((await again).asked).not.toHaveProperty("resume");
    await up;
    expect(said).toEqual(["opened", "down", "opened", "joined"]);
  });
});
