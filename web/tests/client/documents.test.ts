import { expect, test } from "vitest";
import { Channels } from "../../src/client/channels";
import { Documents } from "../../src/client/documents";
import { Live } from "../../src/client/live";
import { FakeSocket } from "./fake_connection";

function start() {
  const socket = new FakeSocket();
  const channels = new Channels(socket);
  channels.close();
  const asked: [string, RequestInit | undefined][] = [];
  const documents = new Documents({
    link: channels.link("documents"),
    live: new Live(channels.link("live")),
    client: "c",
    messageBytes: () => 65_536,
    who: () => null,
    self: () => "pa_1",
    http: (path, init) => {
      asked.push([path, init]);
      return Promise.resolve({ ok: true } as Response);
    },
  });
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

test("a document is made, or it is said why not", async () => {
  const { documents, socket, connect, hear } = start();
  await expect(documents.create("early")).rejects.toMatchObject({ code: "unavailable" });
  connect();
  const made = documents.create("Notes", { ops: [{ insert: "hello\n" }] });
  const { data } = socket.sent.at(-1) ?? {};
  expect(data).toMatchObject({ t: "create", title: "Notes", delta: { ops: [{ insert: "hello\n" }] } });
  hear({ t: "created", re: data?.id, doc: { id: "do_1", title: "Notes", version: 1 } });
  expect(await made).toEqual({ id: "do_1", title: "Notes" });
  const refused = documents.create("More");
  hear({ t: "error", re: socket.sent.at(-1)?.data.id, code: "forbidden", message: "no" });
  await expect(refused).rejects.toMatchObject({ code: "forbidden" });
});

test("what is being made when the line breaks is given up", async () => {
  const { documents, socket, channels, connect } = start();
  connect();
  const made = documents.create("Notes");
  socket.isUp = false;
  channels.socketDown();
  await expect(made).rejects.toMatchObject({ code: "unavailable" });
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
  documents.end("ended");
  expect(again.state).toBe("closed");
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
