import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Channels, type Link, type Message } from "../../src/client/channels";
import { type FakeChannel, FakeConnection, FakeSocket } from "./fake_connection";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const socket = new FakeSocket();
  const channels = new Channels(socket);
  const link = channels.link("chat");
  const seen: string[] = [];
  link.observe({
    up: () => seen.push(`up ${link.carriedBy}`),
    down: () => seen.push("down"),
    heard: (message: Message) => seen.push(message.t),
  });
  return { socket, channels, link, seen };
}

function join({ socket, channels }: { socket: FakeSocket; channels: Channels }): FakeConnection {
  socket.isUp = true;
  channels.socketUp();
  const connection = new FakeConnection();
  channels.attach(connection.real);
  return connection;
}

function channelOf(connection: FakeConnection, label = "chat"): FakeChannel {
  const channel = connection.channels.get(label);
  if (!channel) throw new Error(`no channel ${label}`);
  return channel;
}

function open(parts: ReturnType<typeof start>): { connection: FakeConnection; channel: FakeChannel } {
  const connection = join(parts);
  const channel = channelOf(connection);
  channel.open();
  return { connection, channel };
}

test("channels are opened in-band, with the protocol's name and the order their label wants", () => {
  const parts = start();
  const connection = join(parts);
  expect(channelOf(connection).init).toEqual({ protocol: "sfumato.v1", ordered: true });
  parts.channels.link("live");
  expect(channelOf(connection, "live").init).toEqual({
    protocol: "sfumato.v1",
    ordered: false,
    maxRetransmits: 0,
  });
});

test("messages go and come on the data channel once it is open", () => {
  const parts = start();
  const { channel } = open(parts);
  expect(parts.seen).toEqual(["up channel"]);
  expect(parts.link.send({ t: "say" })).toBe(true);
  channel.receive({ t: "ack" });
  expect(channel.sent).toEqual([{ t: "say" }]);
  expect(parts.seen).toEqual(["up channel", "ack"]);
  expect(parts.socket.sent).toEqual([]);
});

test("without a data channel in time the socket carries", () => {
  const parts = start();
  const connection = join(parts);
  expect(parts.link.send({ t: "say" })).toBe(false);
  vi.advanceTimersByTime(3_000);
  expect(parts.seen).toEqual(["up socket"]);
  parts.link.send({ t: "say" });
  parts.channels.hear("chat", { t: "ack" });
  expect(parts.socket.sent).toEqual([{ label: "chat", data: { t: "say" } }]);
  channelOf(connection).open();
  expect(parts.seen).toEqual(["up socket", "ack", "up channel"]);
});

test("a connection that has no data channels is not waited for", () => {
  const parts = start();
  channelOf(join(parts)).end();
  expect(parts.seen).toEqual(["up socket"]);
});

test("a channel that closes is replaced by the socket, a new connection brings a new one", () => {
  const parts = start();
  const { channel } = open(parts);
  channel.end();
  expect(parts.seen).toEqual(["up channel", "up socket"]);
  const connection = new FakeConnection();
  parts.channels.attach(connection.real);
  channelOf(connection).open();
  expect(parts.seen).toEqual(["up channel", "up socket", "down", "up channel"]);
});

test("what the old connection's channel says is not heard on the new one", () => {
  const parts = start();
  const { channel } = open(parts);
  parts.channels.attach(new FakeConnection().real);
  channel.receive({ t: "ack" });
  channel.end();
  expect(parts.seen).toEqual(["up channel", "down"]);
});

test("a data channel carries on while the socket is down, and is tried anew when it is back", () => {
  const parts = start();
  const { channel } = open(parts);
  parts.socket.isUp = false;
  parts.channels.socketDown();
  parts.link.doubt();
  expect(parts.link.send({ t: "say" })).toBe(true);
  expect(channel.sent.length).toBe(1);
  parts.socket.isUp = true;
  parts.channels.socketUp();
  expect(parts.seen).toEqual(["up channel", "up channel"]);
});

test("a data channel that does not answer is left for the socket until it speaks again", () => {
  const parts = start();
  const { channel } = open(parts);
  parts.link.doubt();
  parts.link.send({ t: "open" });
  expect(parts.socket.sent.length).toBe(1);
  // An answer to what was asked there before: a sign of life, and no news.
  channel.receive({ t: "snapshot" });
  parts.channels.hear("chat", { t: "late" });
  expect(parts.seen).toEqual(["up channel", "up socket", "up channel"]);
});

test("while nothing comes over the connection the socket carries, where there is one", () => {
  const parts = start();
  const { channel } = open(parts);
  parts.channels.note("disconnected");
  parts.channels.hear("chat", { t: "over the socket" });
  // What it still had to say is of what was open there before.
  channel.receive({ t: "late" });
  expect(parts.seen).toEqual(["up channel", "up socket", "over the socket"]);
  parts.channels.note("failed");
  parts.socket.isUp = false;
  parts.channels.socketDown();
  parts.channels.note("connected");
  expect(parts.seen.slice(3)).toEqual(["up channel"]);
  channel.receive({ t: "message" });
  expect(parts.seen.slice(4)).toEqual(["message"]);
});

test("what is opened over a socket is opened anew over the next one", () => {
  const parts = start();
  channelOf(join(parts)).end();
  parts.socket.isUp = false;
  parts.channels.socketDown();
  parts.socket.isUp = true;
  parts.channels.socketUp();
  expect(parts.seen).toEqual(["up socket", "down", "up socket"]);
});

test("several messages go as one on a channel, one by one over the socket, and come as one or as many", () => {
  const parts = start();
  const { channel } = open(parts);
  parts.link.send({ t: "a" }, { t: "b" });
  expect(channel.sent).toEqual([[{ t: "a" }, { t: "b" }]]);
  channel.receive([{ t: "c" }, { t: "d" }]);
  parts.link.doubt();
  parts.link.send({ t: "a" }, { t: "b" });
  expect(parts.socket.sent.map(({ data }) => data.t)).toEqual(["a", "b"]);
  expect(parts.seen).toEqual(["up channel", "c", "d", "up socket"]);
});

test("what is no message is passed over", () => {
  const parts = start();
  const { channel } = open(parts);
  for (const text of ["", "{", "[]", "[1]", "null", "7", '{"t":1}', new ArrayBuffer(2)])
    channel.receive(text);
  parts.link.doubt();
  for (const data of [null, 7, {}, { t: 1 }]) parts.channels.hear("chat", data);
  parts.channels.hear("unheard of", { t: "x" });
  expect(parts.seen).toEqual(["up channel", "up socket"]);
});

test("a preview is dropped rather than queued, a durable message is not", () => {
  const parts = start();
  const live: Link = parts.channels.link("live");
  const connection = join(parts);
  for (const label of ["chat", "live"]) {
    const channel = channelOf(connection, label);
    channel.open();
    channel.bufferedAmount = 100_000;
  }
  expect(live.send({ t: "cursor" })).toBe(false);
  expect(parts.link.send({ t: "say" })).toBe(true);
});

test("after the end nothing is sent and no timer is left", () => {
  const parts = start();
  open(parts);
  parts.socket.isUp = false;
  parts.channels.close();
  expect(parts.link.send({ t: "say" })).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});
