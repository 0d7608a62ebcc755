import Delta from "quill-delta";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Channels } from "../../src/client/channels";
import { Documents } from "../../src/client/documents";
import { Live } from "../../src/client/live";
import { RequestError } from "../../src/client/signaling";
import { FakeSocket } from "./fake_connection";
import { tab } from "./fake_storage";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** `answers`: what requests are answered with, in order; an empty object then. */
function start(...answers: (object | Error)[]) {
  const socket = new FakeSocket();
  const channels = new Channels(socket);
  channels.close();
  const asked: [string, RequestInit | undefined][] = [];
  const documents = new Documents(
    {
      kept: tab(),
      link: channels.link("documents"),
      live: new Live(channels.link("live")),
      client: "c",
      messageBytes: () => 65_536,
      who: () => null,
      self: () => "pa_1",
      http: (path, init) => {
        asked.push([path, init]);
        const answer = answers.shift() ?? {};
        if (answer instanceof Error) return Promise.reject(answer);
        return Promise.resolve({ json: () => Promise.resolve(answer) } as Response);
      },
    },
    () => "a room",
  );
  const connect = (): void => {
    socket.isUp = true;
    channels.socketUp();
  };
  const hear = (data: object): void => channels.hear("documents", data);
  return { socket, channels, documents, asked, connect, hear };
}

test("the list is the room's, and told where it changes", () => {
  const { documents } = start();
  let changes = 0;
  documents.on("changed", () => {
    changes += 1;
  });
  documents.know(undefined);
  documents.know([{ id: "do_1", title: "Notes" }]);
  documents.know([{ id: "do_1", title: "Notes" }]);
  documents.know([{ id: "do_1", title: "Minutes" }]);
  expect([documents.list, changes]).toEqual([[{ id: "do_1", title: "Minutes" }], 2]);
});

test("a document is made with its content, or it is said why not", async () => {
  const answer = { id: "do_1", title: "Notes", owner: "ada", version: 1 };
  const { documents, asked } = start(answer, new RequestError("forbidden", "no"));
  expect(await documents.create("Notes", { ops: [{ insert: "hello\n" }] })).toEqual({
    id: "do_1",
    title: "Notes",
  });
  const [path, init] = asked[0] ?? [];
  expect([path, init?.method]).toEqual(["/api/v1/rooms/a%20room/documents", "POST"]);
  expect(JSON.parse(String(init?.body))).toEqual({ title: "Notes", delta: { ops: [{ insert: "hello\n" }] } });
  await expect(documents.create("More")).rejects.toMatchObject({ code: "forbidden" });
});

test("a document whose making was not answered is asked for again, by the same key", async () => {
  const failed = new TypeError("the connection was lost");
  const { documents, asked } = start(failed, new RequestError("unavailable", "later"), {
    id: "do_1",
    title: "",
  });
  const made = documents.create("Notes");
  await vi.advanceTimersByTimeAsync(5_000);
  expect((await made).id).toBe("do_1");
  const keys = asked.map(([, init]) => new Headers(init?.headers).get("Idempotency-Key"));
  expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
  void documents.create("Another");
  expect(new Headers(asked.at(-1)?.[1]?.headers).get("Idempotency-Key")).not.toBe(keys[0]);
});

test("a server that does not answer for long is given up", async () => {
  const { documents } = start(...Array.from({ length: 60 }, () => new TypeError("no network")));
  const made = expect(documents.create("Notes")).rejects.toMatchObject({ code: "unreachable" });
  await vi.advanceTimersByTimeAsync(30_000);
  await made;
});

test.each([
  ["", () => {}],
  [", in another room too", (documents: Documents) => documents.moved()],
])("what waits when a document is closed is sent all the same%s", async (_, before) => {
  const { documents, socket, channels, connect, hear } = start({ delta: { ops: [{ insert: "\n" }] } });
  const sent = (name: string) => socket.sent.filter(({ data }) => data.t === name).map(({ data }) => data);
  before(documents);
  documents.know([{ id: "do_1", title: "Notes" }]);
  const document = await documents.open("do_1");
  connect();
  const delta = { ops: [{ insert: "\n" }] };
  const there = { doc: "do_1", epoch: "e", version: 1, seq: 0, comments: [], reviews: [] };
  hear({ t: "snapshot", re: sent("open")[0]?.id, ...there, delta });
  socket.isUp = false;
  channels.socketDown();
  document.edit(new Delta().insert("typed"));
  document.close();
  await vi.advanceTimersByTimeAsync(100);
  connect();
  await vi.advanceTimersByTimeAsync(100);
  hear({ t: "changes", re: sent("open").at(-1)?.id, ...there, changes: [] });
  const submit = sent("submit").at(-1);
  expect(submit).toMatchObject({ base: 1, seq: 1, delta: { ops: [{ insert: "typed" }] } });
  expect(sent("close")).toHaveLength(0);
  hear({ t: "ack", re: submit?.id, doc: "do_1", seq: 1, version: 2 });
  expect(sent("close")).toHaveLength(1);
  const again = await documents.open("do_1");
  expect(again).not.toBe(document);
  hear({ t: "snapshot", re: sent("open").at(-1)?.id, ...there, delta });
  expect([again.state, sent("close").length]).toEqual(["open", 1]);
});

test("what somebody opens stays open, though the list changes while it is loaded", async () => {
  const { documents, socket, connect, hear } = start({ delta: { ops: [{ insert: "\n" }] } });
  const opens = () => socket.sent.filter(({ data }) => data.t === "open").map(({ data }) => data);
  const there = { doc: "do_1", epoch: "e", version: 1, seq: 0, comments: [], reviews: [] };
  documents.know([{ id: "do_1", title: "Notes" }]);
  const before = await documents.open("do_1");
  connect();
  hear({ t: "snapshot", re: opens()[0]?.id, ...there, delta: { ops: [{ insert: "\n" }] } });
  before.edit(new Delta().insert("typed"));
  before.close();
  const opening = documents.open("do_1");
  documents.know([{ id: "do_1", title: "Minutes" }]);
  const document = await opening;
  await vi.advanceTimersByTimeAsync(100);
  hear({ t: "changes", re: opens().at(-1)?.id, ...there, changes: [] });
  hear({ t: "ack", doc: "do_1", seq: 1, version: 2 });
  expect([document.state, document.saved]).toEqual(["open", true]);
});

test("whose documents are whose, and when they changed, is asked of the server", async () => {
  const listed = [{ id: "do_1", owner: "ada", updated_at: 7, title: "Notes" }];
  const { documents, asked } = start({ documents: listed });
  expect(await documents.facts()).toEqual(new Map([["do_1", { owner: "ada", updatedAt: 7 }]]));
  expect(asked[0]?.[0]).toBe("/api/v1/rooms/a%20room/documents?limit=500");
});

test("an open document is one object until it is closed", async () => {
  const { documents, socket, connect, hear } = start();
  const [one, other] = await Promise.all([documents.open("do_1"), documents.open("do_1")]);
  expect(one).toBe(other);
  connect();
  const open = socket.sent.filter(({ data }) => data.t === "open");
  expect(open.map(({ data }) => data.doc)).toEqual(["do_1"]);
  hear({ t: "closed", doc: "do_1", reason: "deleted" });
  expect(one.closedBecause).toBe("deleted");
  const again = await documents.open("do_1");
  expect([again === one, again.state]).toEqual([false, "opening"]);
  documents.moved();
  expect([again.state, again.closedBecause]).toEqual(["closed", "moved"]);
  const elsewhere = await documents.open("do_2");
  documents.end("ended");
  expect(elsewhere.state).toBe("closed");
});

test("renaming and deleting are asked over HTTP", async () => {
  const { documents, asked } = start();
  await documents.rename("do_1", "Minutes");
  await documents.delete("do_1");
  expect(asked).toEqual([
    [
      "/api/v1/documents/do_1",
      { method: "PATCH", body: '{"title":"Minutes"}', headers: { "Content-Type": "application/json" } },
    ],
    ["/api/v1/documents/do_1", { method: "DELETE" }],
  ]);
});
