import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Channels, type Message } from "../../src/client/channels";
import { Topic } from "../../src/client/topic";
import { FakeSocket } from "./fake_connection";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A board's topic over the socket; `sent` is what it said, `heard` what its observer was told. */
function start() {
  const socket = new FakeSocket();
  const channels = new Channels(socket);
  const link = channels.link("whiteboard");
  channels.close();
  socket.isUp = true;
  channels.socketUp();
  const heard: string[] = [];
  const topic = new Topic(
    {
      link,
      client: "c",
      name: { board: "b" },
      gapless: true,
      fetch: () => Promise.reject(new Error("unused")),
    },
    {
      content: ({ t }) => heard.push(t),
      event: ({ t }) => heard.push(t),
      settled: (_, seq) => heard.push(`settled ${seq}`),
      refused: (_, code) => heard.push(code),
      closed: (reason) => heard.push(reason),
    },
  );
  const hear = (message: Message) => topic.hear({ board: "b", ...message });
  const sent = (): Message[] => socket.sent.map(({ data }) => data);
  const answer = (open: Message | undefined, version: number) =>
    hear({ t: "snapshot", re: open?.id, epoch: "one", seq: 0, version });
  return { topic, hear, sent, heard, answer };
}

test("changes of an earlier opening do not have it opened once more, which would never end", () => {
  const { topic, hear, sent, answer } = start();
  topic.open();
  for (let version = 57; version < 60; version += 1) hear({ t: "change", version, changes: [] });
  expect(sent()).toHaveLength(1);
  answer(sent()[0], 60);
  expect([topic.isOpen, topic.version]).toEqual([true, 60]);
  hear({ t: "change", version: 62, changes: [] });
  expect([topic.isOpen, sent().at(-1)]).toEqual([false, expect.objectContaining({ t: "open", version: 60 })]);
});

test("an acknowledgement that comes while it is opened says nothing of what is here", () => {
  const { topic, hear, sent, answer } = start();
  topic.open();
  // Of an object that had the topic open before, under the same name.
  hear({ t: "ack", re: 3, seq: 1, version: 7 });
  topic.lost();
  topic.open();
  expect(sent().map(({ version }) => version)).toEqual([null, null]);
  answer(sent()[1], 7);
  expect(topic.version).toBe(7);
});

test("a snapshot for a slow reader stands for an answer that was not got either", () => {
  const { topic, hear, sent, answer } = start();
  topic.open();
  hear({ t: "snapshot", epoch: "one", seq: 0, version: 3 });
  expect(sent().map(({ t }) => t)).toEqual(["open", "open"]);
  answer(sent()[1], 3);
  expect([topic.isOpen, topic.version]).toEqual([true, 3]);
  // One for who has it open is taken.
  hear({ t: "snapshot", epoch: "one", seq: 0, version: 5 });
  expect([topic.isOpen, topic.version, sent().length]).toEqual([true, 5, 2]);
});

test("what has to wait does not keep it from being opened anew", () => {
  const { topic, hear, sent, answer } = start();
  topic.open();
  answer(sent()[0], 1);
  topic.submit({ t: "submit", changes: [] });
  topic.submit({ t: "submit", changes: [] });
  const [, first, second] = sent();
  hear({ t: "error", re: first?.id, seq: 1, code: "conflict" });
  hear({ t: "error", re: second?.id, seq: 2, code: "rate_limited", retry_ms: 500 });
  expect(topic.isOpen).toBe(false);
  vi.advanceTimersByTime(1_500);
  answer(sent().at(-1), 1);
  expect([
    topic.isOpen,
    sent()
      .slice(3)
      .map(({ t }) => t),
  ]).toEqual([true, ["open", "submit", "submit"]]);
});
