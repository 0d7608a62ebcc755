import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket as NodeSocket } from "ws";
import { DocumentSession } from "../../src/client/document_session";
import { FakeServer, type Message, type Peer } from "./fake_server";

const socket = NodeSocket as unknown as new (url: string, protocol: string) => WebSocket;
const DOC = "do_1";

let server: FakeServer;
let items: Map<string, string>;

beforeEach(async () => {
  server = await FakeServer.start();
  items = new Map();
  vi.stubGlobal("window", {});
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  });
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await server.stop();
});

/** The next message that the client sends on the channel of documents. */
async function asked(peer: Peer, t: string): Promise<Message> {
  for (;;) {
    const { label, data } = await peer.next();
    if (label === "documents" && (data as Message).t === t) return data as Message;
  }
}

test("what was typed and not stored is kept when the session ends, for the page that is loaded next", async () => {
  const arriving = server.client();
  const url = server.url.replace("ws:", "http:").replace("/rtc", "");
  const session = DocumentSession.connect({ url, token: "t", doc: DOC, socket });
  const peer = await arriving;
  const { id } = await peer.next();
  const who = { id: "pa_1", identity: "guest", name: "Ada" };
  const room = { id: "rm_1", name: "", documents: [{ id: DOC, title: "Plan" }], boards: [] };
  peer.send({
    ...{ type: "joined", id, resume: "r", resumed: false, token: "t", room, participant: who },
    ...{ participants: [who], tracks: [] },
  });
  const open = await asked(peer, "open");
  const opened = new Promise((resolve) => session.document.on("replaced", resolve));
  const snapshot = { t: "snapshot", re: open.id, doc: DOC, epoch: "e", version: 1, seq: 0 };
  const delta = { ops: [{ insert: "Plan\n" }] };
  peer.send({
    ...{ type: "channel", label: "documents" },
    data: { ...snapshot, delta, comments: [], reviews: [] },
  });
  await opened;
  session.document.edit(session.document.content.slice(0, 0).insert("My "));
  await asked(peer, "submit");
  const over = new Promise((resolve) => session.on("closed", resolve));
  peer.socket.close(4403);
  await over;
  expect([...items.keys()]).toEqual([`sfumato.typed ${DOC}`]);
  expect([...items.values()].join()).toContain("My ");
});
