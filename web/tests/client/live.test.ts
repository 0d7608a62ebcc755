import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Channels } from "../../src/client/channels";
import { Live } from "../../src/client/live";
import { FakeConnection, FakeSocket } from "./fake_connection";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const socket = new FakeSocket();
  const channels = new Channels(socket);
  const live = new Live(channels.link("live"));
  const connection = new FakeConnection();
  channels.attach(connection.real);
  const channel = connection.channels.get("live");
  if (!channel) throw new Error("no channel");
  channel.open();
  return { live, channel, channels, socket };
}

test("the first message goes at once, of those until the next tick the newest of each kind", () => {
  const { live, channel } = start();
  live.send("cursor", { t: "cursor", index: 1 });
  expect(channel.sent).toEqual([{ t: "cursor", index: 1 }]);
  live.send("cursor", { t: "cursor", index: 2 });
  live.send("pointer", { t: "pointer", x: 0 });
  live.send("cursor", { t: "cursor", index: 3 });
  expect(channel.sent.length).toBe(1);
  vi.advanceTimersByTime(34);
  expect(channel.sent[1]).toEqual([
    { t: "cursor", index: 3 },
    { t: "pointer", x: 0 },
  ]);
});

test("at most sixty datagrams a second leave, five over the socket", () => {
  for (const [way, most] of [
    ["channel", 61],
    ["socket", 6],
  ] as const) {
    const { live, channel, channels, socket } = start();
    if (way === "socket") {
      socket.isUp = true;
      channel.end();
    }
    for (let ms = 0; ms < 1_000; ms += 2) {
      live.send("cursor", { t: "cursor", ms });
      vi.advanceTimersByTime(2);
    }
    const { length } = way === "channel" ? channel.sent : socket.sent;
    expect(length).toBeLessThanOrEqual(most);
    expect(length).toBeGreaterThan(most - 4);
    channels.close();
  }
});

test("who types is told every two seconds, and at once after it was sent", () => {
  const { live, channel } = start();
  for (let ms = 0; ms < 4_500; ms += 100) {
    live.type("chat");
    vi.advanceTimersByTime(100);
  }
  expect(channel.sent).toEqual(Array(3).fill({ t: "typing", topic: "chat" }));
  live.typed("chat");
  live.type("chat");
  expect(channel.sent.length).toBe(4);
});

test("who types is shown until they say it, leave, or stop for five seconds", () => {
  const { live, channel } = start();
  const told: string[][] = [];
  live.on("typing", () => told.push([...live.typing("chat")]));
  const types = (participant: string) => channel.receive({ t: "typing", participant, topic: "chat" });
  types("ada");
  types("bo");
  vi.advanceTimersByTime(4_000);
  types("ada");
  vi.advanceTimersByTime(1_000);
  expect(live.typing("chat")).toEqual(["ada"]);
  live.rested("ada", "chat");
  types("cy");
  live.rested("cy");
  expect(told).toEqual([["ada"], ["ada", "bo"], ["ada"], [], ["cy"], []]);
  expect(live.typing("another")).toEqual([]);
});

test("a client that claims to type as many is not remembered without end", () => {
  const { live, channel } = start();
  for (let index = 0; index < 1_000; index += 1)
    channel.receive({ t: "typing", participant: `pa_${index}`, topic: "chat" });
  expect(live.typing("chat").length).toBe(200);
});

test("everything else is passed on with who sent it; without a sender it is none", () => {
  const { live, channel } = start();
  const heard: unknown[] = [];
  live.on("message", ({ message }) => heard.push(message));
  channel.receive([
    { t: "cursor", participant: "ada", index: 4 },
    { t: "cursor" },
    { t: "typing", participant: "b" },
  ]);
  expect(heard).toEqual([{ t: "cursor", participant: "ada", index: 4 }]);
});

test("after the end no timer is left", () => {
  const { live, channel, channels } = start();
  live.send("a", { t: "a" });
  live.send("a", { t: "a" });
  channel.receive({ t: "typing", participant: "ada", topic: "chat" });
  live.close();
  channels.close();
  expect(vi.getTimerCount()).toBe(0);
});
